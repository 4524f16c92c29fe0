#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Render processes that crash, hang, or are taken away: one request is answered with a fault, the others notice nothing.

    fault_sandbox.py BUILD_DIR [--quick]

And what such a process is: shut in by seccomp, without a network, with nothing open but its socket, under limits."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import sys
import time

from harness import Server
from soapio import call, copy_parameters, get

PICTURE = "/is/image/ApiTestCo/macbookwin1?wid={}&fmt=jpeg"
ASSETS = {"companyHandle": "c|6", "assetHandleArray": ["a|739|1|537"]}
DEADLINE_MS = 3000
ANSWER_S = 1.0        # of cheap requests while all pixels hang
CRASHES, QUICK_CRASHES = 200, 6


class Missed(Exception):
    pass


def need(condition, words):
    if not condition:
        raise Missed(words)


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""


def processes(server):
    """The render processes of a server, as numbers; none that is a zombie."""
    found = []
    for task in pathlib.Path(f"/proc/{server.pid}/task").glob("*/children"):
        found += map(int, read(task).split())
    return [pid for pid in found if b"render-process" in read(f"/proc/{pid}/cmdline")]


def zombies(server):
    found = []
    for task in pathlib.Path(f"/proc/{server.pid}/task").glob("*/children"):
        found += map(int, read(task).split())
    return [pid for pid in found if read(f"/proc/{pid}/stat").rsplit(b")", 1)[-1].split()[:1] == [b"Z"]]


def status_of(pid):
    return dict(line.split(":\t", 1) for line in read(f"/proc/{pid}/status").decode().splitlines() if ":\t" in line)


def shut_in(pid):
    return status_of(pid).get("Seccomp") == "2"


def wait_until(condition, words, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        need(time.monotonic() < end, f"{words}: not within {seconds} s")
        time.sleep(0.02)


def ready(server, count):
    wait_until(lambda: sum(map(shut_in, processes(server))) == count, f"{count} processes that are shut in")


def timed(ask, *arguments):
    """Status, body, seconds."""
    began = time.monotonic()
    reply = ask(*arguments)
    return reply.status, reply.body, time.monotonic() - began


def picture(server, width):
    status, body, seconds = timed(get, server, PICTURE.format(width))
    if status == 200:
        need(body.startswith(b"\xff\xd8"), "no JPEG")
    return status, body, seconds


# ---- What a process is ----


def check_walls(server):
    for pid in processes(server):
        status = status_of(pid)
        need(status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", f"{pid} is not shut in")
        need(read(f"/proc/{pid}/cmdline") == b"openips\0render-process\0", "its title says more than what it is")
        need(b"OPENIPS" not in read(f"/proc/{pid}/environ"), "our settings are in its environment")
        check_files(server, pid)
        check_limits(pid)
    print(f"{len(processes(server))} processes: seccomp, no new rights, one socket, no file of the store")


def check_files(server, pid):
    sockets = 0
    try:
        links = list(pathlib.Path(f"/proc/{pid}/fd").iterdir())
    except PermissionError:
        return  # not even we may look
    for link in links:
        try:
            target = os.readlink(link)
        except OSError:
            continue
        sockets += target.startswith("socket:")
        need(not target.startswith(str(server.data)), f"{pid} holds {target}")
    need(sockets == 1, f"{pid} has {sockets} sockets")


def check_limits(pid):
    limits = read(f"/proc/{pid}/limits").decode()
    need(re.search(r"Max core file size +0 ", limits), "it may write a core")
    need(re.search(r"Max file size +\d+ ", limits), "it may write files of any size")


# ---- What befalls one ----


def check_crash(server):
    """One of two dies in the middle of a picture; the other's picture comes."""
    pids = processes(server)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        asked = [pool.submit(picture, server, 300 + n) for n in range(2)]
        wait_until(lambda: busy(server) == 2, "two requests under way")
        os.kill(pids[0], signal.SIGSEGV)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        answers = sorted(future.result()[:2] for future in asked)
    need([status for status, _ in answers] == [200, 403], f"two requests, one crash: {answers!r:.300}")
    need(len(answers[1][1]) < 200 and b"SEGV" not in answers[1][1], f"words of a crash: {answers[1][1]!r:.200}")
    need('reason="died over a request"' in server.log(), "the log says nothing of a crash")
    ready(server, 2)
    need(picture(server, 310)[0] == 200, "a picture after the crash")
    print("a crash: one fault, the other picture came")


def busy(server):
    found = re.search(rb"^openips_renders_running (\d+)", get(server, "/metrics").body, re.M)
    return int(found[1]) if found else 0


def check_hang(server):
    """All hang; who asks is told in time, and the next picture comes."""
    for pid in processes(server):
        os.kill(pid, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: picture(server, 320 + n), range(2)))
    worst = max(seconds for _, _, seconds in answers)
    need([status for status, _, _ in answers] == [503, 503], f"hanging: {answers!r:.300}")
    need(worst < DEADLINE_MS / 1000 + 2, f"told after {worst:.1f} s")
    ready(server, 2)
    need(picture(server, 330)[0] == 200, "a picture after the deadline")
    print(f"two that hang: killed after {worst:.2f} s, the next picture came")


def check_cheap(server, build_is_slow):
    """While every process hangs and requests queue for pixels, nobody else waits."""
    limit = ANSWER_S * (5 if build_is_slow else 1)
    for pid in processes(server):
        os.kill(pid, signal.SIGSTOP)
    worst = 0
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        asked = [pool.submit(picture, server, 400 + n) for n in range(200)]
        wait_until(lambda: busy(server) == 2, "two requests under way")
        for n in range(3):
            for name, ask in (("health", (get, server, "/healthz")),
                              ("getAssets", (call, server, "getAssets", ASSETS)),
                              ("copyImage", (call, server, "copyImage", copy_parameters(f"cheap{n}")))):
                status, body, seconds = timed(*ask)
                need(status == 200, f"{name} while pixels hang: {status} {body!r:.200}")
                need(seconds < limit, f"{name} took {seconds:.2f} s while pixels hang")
                worst = max(worst, seconds)
        answers = [future.result() for future in asked]
    need(all(status in (200, 503) for status, _, _ in answers), f"{sorted({a[0] for a in answers})}")
    ready(server, 2)
    need(picture(server, 340)[0] == 200, "a picture after all of this")
    print(f"200 requests for pixels, all processes hang: others answered within {worst * 1000:.0f} ms")


def check_idle_deaths(server, crashes):
    """Processes die one after the other, with nothing to do: nobody is told, nothing is left."""
    descriptors = len(os.listdir(f"/proc/{server.pid}/fd"))
    for n in range(crashes):
        victim = processes(server)[0]
        os.kill(victim, signal.SIGKILL if n % 2 else signal.SIGABRT)
        wait_until(lambda: not os.path.exists(f"/proc/{victim}"), "the end of a process")
        need(picture(server, 350)[0] == 200, "a picture after a process died")
        ready(server, 2)
    need(not zombies(server), f"zombies: {zombies(server)}")
    left = len(os.listdir(f"/proc/{server.pid}/fd")) - descriptors
    need(left <= 4, f"{left} more descriptors than before")  # of connections
    print(f"{crashes} processes died: {crashes} pictures, no zombie, {left} descriptors more")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with Server("--render-processes", "2", "--render-deadline", str(DEADLINE_MS), build=options.build) as server:
        try:
            ready(server, 2)
            check_walls(server)
            check_crash(server)
            check_hang(server)
            check_cheap(server, options.quick)
            check_idle_deaths(server, QUICK_CRASHES if options.quick else CRASHES)
        except Missed as missed:
            print(f"missed: {missed}\n{server.log()[-3000:]}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
