#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""2,000 idle and 500 slow connections: other clients do not notice, memory stays, the slow ones are ended in time.

    fault_slow.py BUILD_DIR [--quick]

Rounds take turns. In a quiet one the same attackers do the same to another server beside it, so that what they cost
themselves is on both sides of the ratio (slowhttptest keeps a core busy with any server that answers it); what the
attacked one spends on them is told as its CPU. The short form has few connections, slow clients of its own instead of slowhttptest, and
insists on the hard facts alone: it runs under sanitizers, beside other tests."""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import time
import zlib

from harness import Server, openips
from soapio import ENDPOINT, auth, call_body, copy_parameters, envelope, get

RATIO_GOAL, RSS_GOAL_MB = 1.5, 60
SMALL, BIG = "/is/image/ApiTestCo/macbookwin1?wid=120", "/is/image/ApiTestCo/noise?scl=1&fmt=tif"
THINK_S = 0.002
DRIP_S = 0.2
SETTLE_S = 8  # until the slow ones stand there: what they ask for has to be drawn first


# ---- Processes of their own: this program again, with a role ----

def client(kind, host, port, count, mark):
    """Seconds of each request, one after the other on one connection."""
    taken = []
    with socket.create_connection((host, port), timeout=60) as peer:
        reader = peer.makefile("rb")
        for number in range(count):
            if kind == "copy":
                body = envelope(call_body("copyImage", copy_parameters(f"{mark}-{number}")), auth())
                head = f"POST {ENDPOINT} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
            else:
                body, head = b"", f"GET {SMALL} HTTP/1.1\r\nHost: x\r\n\r\n"
            begun = time.perf_counter()
            peer.sendall(head.encode() + body)
            status = reader.readline().split()
            length = 0
            while (line := reader.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            text = reader.read(length)
            taken.append(time.perf_counter() - begun)
            if len(status) < 2 or status[1] != b"200" or not text:
                raise SystemExit(f"{kind} {number}: {status} {text[:300]}")
            time.sleep(THINK_S)
    print(json.dumps(taken))


def idle(host, port, count):
    """Most have said nothing, every fourth has had an answer; all wait until the input ends."""
    peers = []
    for number in range(count):
        peer = socket.create_connection((host, port), timeout=60)
        if number % 4 == 3:
            peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert peer.recv(4096).startswith(b"HTTP/1.1 200")
        peers.append(peer)
    print("ready", flush=True)
    sys.stdin.read()


def slow(host, port, count, limit_s):
    """count of each kind; how each of them ended, and when."""
    kinds = {
        "headers": (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-Slow: 1\r\n"),
        "body": (f"POST {ENDPOINT} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode(), b"<"),
        "read": (f"GET {BIG} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), b""),
    }
    chosen, ended, begun = selectors.DefaultSelector(), [], time.monotonic()
    for kind, (start, _) in kinds.items():
        for _ in range(count):
            peer = socket.socket()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            peer.connect((host, port))
            peer.sendall(start)
            peer.setblocking(False)
            chosen.register(peer, selectors.EVENT_READ, {"kind": kind, "said": b""})
    print("ready", flush=True)
    while chosen.get_map() and time.monotonic() - begun < limit_s:
        time.sleep(DRIP_S)
        for key in list(chosen.get_map().values()):
            state = key.data
            over = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0  # reset, whatever is still to be read
            try:
                if kinds[state["kind"]][1]:
                    key.fileobj.send(kinds[state["kind"]][1])
            except BlockingIOError:
                pass
            except OSError:
                over = True
            try:
                got = key.fileobj.recv(1 if state["kind"] == "read" else 4096)
                state["said"] = (state["said"] + got)[:64]
                over = over or not got
            except BlockingIOError:
                pass
            except OSError:
                over = True
            if over:
                status = int(state["said"].split()[1]) if len(state["said"].split()) > 1 else 0
                ended.append((state["kind"], time.monotonic() - begun, status))
                chosen.unregister(key.fileobj)
                key.fileobj.close()
    ended += [(key.data["kind"], None, 0) for key in chosen.get_map().values()]
    print(json.dumps(ended))


def role(*words, **more):
    return subprocess.Popen([sys.executable, "-B", __file__, "--role", *map(str, words)], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)


def end(process):
    process.kill()
    process.communicate()


# ---- The test ----

def noise(side):
    """A picture whose answer no buffer takes whole, and that is drawn in no time."""
    rows = b"".join(b"\0" + random.randbytes(3 * side) for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def cpu_s(pid):
    """Of the server process, without those that render."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


class Test:
    def __init__(self, build, quick):
        self.build, self.quick = build, quick
        self.requests, self.rounds = (40, 1) if quick else (900, 3)
        self.idle, self.slow = (100, 30) if quick else (2000, 500)
        self.flags = ["--header-timeout", "2", "--request-timeout", "3", "--send-timeout", "2",
                      "--send-rate", "64K"] if quick else []
        self.limits = {"headers": 2, "body": 3, "read": 4} if quick else {"headers": 20, "body": 60, "read": 60}
        self.missed, self.marks = [], 0

    def prepare(self, data):
        folder = data.parent / "files"
        folder.mkdir()
        (folder / "noise.png").write_bytes(noise(340))
        openips("import", "--data", data, "--company", "ApiTestCo", folder, build=self.build)

    def rss_mb(self):
        with open(f"/proc/{self.server.pid}/status") as status:
            return int([line for line in status if line.startswith("VmRSS")][0].split()[1]) / 1024

    def say(self, what, good):
        print(what if good else f"{what}   MISSED", flush=True)
        if not good:
            self.missed.append(what)

    def warm_up(self):
        """What drawing for many at once takes is no connection's doing."""
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            for reply in pool.map(lambda _: get(self.server, BIG), range(8 if self.quick else 200)):
                assert reply.status == 200 and len(reply.body) > 300 * 1000
        self.measure()

    def measure(self):
        """Seconds of copies and of pictures, asked for side by side."""
        self.marks += 1
        kinds = ("copy", "image")
        clients = [role("client", kind, self.server.host, self.server.port, self.requests, f"slow{self.marks}")
                   for kind in kinds]
        answers = [client.communicate(timeout=300)[0] for client in clients]
        if any(client.returncode for client in clients):
            raise SystemExit("a client was not answered")
        return dict(zip(kinds, map(json.loads, answers)))

    @contextlib.contextmanager
    def attack(self, port):
        host = "127.0.0.1"
        idlers = role("idle", host, port, self.idle)
        attackers = [idlers]
        assert idlers.stdout.readline() == "ready\n"
        if self.quick:
            attackers.append(role("slow", host, port, self.slow // 3, 30))
            assert attackers[-1].stdout.readline() == "ready\n"
        else:
            attackers += [subprocess.Popen(["slowhttptest", *flags, "-c", str(self.slow // 3), "-r", "200", "-l", "120",
                                            "-p", "5", "-v", "0", "-u", f"http://{host}:{port}{path}"],
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                          for flags, path in ((["-H", "-i", "5"], "/healthz"),
                                              (["-B", "-i", "5", "-s", "100000"], ENDPOINT),
                                              (["-X", "-w", "512", "-y", "1024", "-n", "2", "-z", "32"], BIG))]
            time.sleep(SETTLE_S)
        try:
            yield attackers
        finally:
            for attacker in attackers:
                if attacker.poll() is None:
                    end(attacker)

    def take_turns(self, decoy_port):
        times = {False: [], True: []}
        before = None
        for number in range(self.rounds + 1):
            for attacked in (False, True):
                with self.attack(self.server.port if attacked else decoy_port) as attackers:
                    spent = cpu_s(self.server.pid)
                    found = self.measure()
                    found["cpu"] = [cpu_s(self.server.pid) - spent]
                    if attacked and number:
                        self.most = max(self.most, self.rss_mb())
                    if attacked and self.quick:
                        self.judge_ends(json.loads(attackers[1].communicate(timeout=60)[0]))
                if number or self.quick:  # the first pair warms up
                    times[attacked].append(found)
                if before is None:
                    before = self.most = self.rss_mb()
                time.sleep(1)
            if self.quick:
                self.most = max(self.most, self.rss_mb())
                break
        return times, before

    def judge_ends(self, ended):
        for kind, limit in self.limits.items():
            mine = [(seconds, status) for its, seconds, status in ended if its == kind]
            open_ones = sum(seconds is None for seconds, _ in mine)
            last = max((seconds for seconds, _ in mine if seconds is not None), default=0)
            told = sum(status == 408 for _, status in mine)
            slack = 15 if self.quick else 5  # a sanitizer's server, and others beside it
            self.say(f"slow {kind}: {len(mine)} connections, {open_ones} still open, the last ended after {last:.1f} s "
                     f"(limit {limit}), {told} with 408",
                     mine and not open_ones and last < limit + slack and (kind == "read" or told >= 0.9 * len(mine)))

    def run(self):
        with Server(*self.flags, build=self.build, prepare=self.prepare) as self.server:
            with Server(*self.flags, build=self.build, prepare=self.prepare) as decoy:
                self.warm_up()
                times, before = self.take_turns(decoy.port)
            if not self.quick:
                watchers = role("slow", "127.0.0.1", self.server.port, 10, 100)
                assert watchers.stdout.readline() == "ready\n"
                self.judge_ends(json.loads(watchers.communicate(timeout=200)[0]))
            self.report(times, before)
        return not self.missed

    def report(self, times, before):
        for kind in ("copy", "image"):
            quiet, attacked = ([statistics.median(p(found[kind], share) for found in times[state]) * 1000
                                for share in (0.5, 0.99)] for state in (False, True))
            ratio = attacked[1] / quiet[1]
            self.say(f"{kind}: quiet p50 {quiet[0]:.2f} ms, p99 {quiet[1]:.2f} ms; {self.idle} idle and {self.slow} slow: "
                     f"p50 {attacked[0]:.2f} ms, p99 {attacked[1]:.2f} ms; ratio of p99 {ratio:.2f} (<= {RATIO_GOAL})",
                     self.quick or ratio <= RATIO_GOAL)
        quiet, attacked = (statistics.median(found["cpu"][0] for found in times[state]) for state in (False, True))
        print(f"CPU of the server for the same requests: {quiet:.2f} s quiet, {attacked:.2f} s attacked")
        growth = self.most - before
        self.say(f"memory: {before:.1f} MB, with all of them {self.most:.1f} MB: {growth:.1f} MB more (< {RSS_GOAL_MB})",
                 growth < RSS_GOAL_MB)


def main():
    if sys.argv[1:2] == ["--role"]:
        name, *words = sys.argv[2:]
        return {"client": client, "idle": idle, "slow": slow}[name](
            *[int(word) if word.isdigit() else word for word in words])
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    return 0 if Test(given.build, given.quick).run() else 1


if __name__ == "__main__":
    sys.exit(main())
