#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Hostile files by every way in: the server stays, answers each in time with a picture or a clear fault, and reaches
for nothing that a file names.

    fault_hostile.py BUILD_DIR [--quick] [--only WORD]

Each file is imported while the server runs, put into the store behind its back with a row that says of it what it says
itself, and fetched from a foreign server. After each: /healthz and an ordinary picture, at once."""
import argparse
import contextlib
import hashlib
import http.client
import http.server
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import hostile_boxes
import hostile_documents
import hostile_raster
from harness import Server, binary, environment
from pictures import pixels
from soapio import auth, call_body, copy_parameters, envelope, get, post

DEADLINE_MS, QUICK_DEADLINE_MS, MAX_PIXELS = 5000, 4000, 100_000_000
ANSWER_S, QUICK_ANSWER_S = 13, 30    # a foreign picture is examined, then read: a deadline each; under sanitizers more
HEALTH_S, QUICK_HEALTH_S = 1, 10
RSS_MB = 1500                        # of the server process, at its highest
MAGENTA = (255, 0, 255)
OUR_FAULT = "could not complete the request"
QUICK = """png-9900x9900-in-12k png-profile-bomb jpeg-3000-scans jpeg-paths-65535-knots gif-5000-large-frames tiff-strips-overlap
 webp-huffman-tables heif-grid-of-itself svg-uses-10-to-11 svg-image-url svg-image-picture svg-include-pipe pdf-file-url png-cut-at-40""".split()


class Bait:
    """What no file may reach: an address, and two files."""

    def __init__(self, folder):
        self.pipe, self.picture = folder / "pipe", folder / "magenta.png"
        os.mkfifo(self.pipe)
        self.picture.write_bytes(magenta())
        self.taken = []
        bait = self

        class Listener(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                bait.taken.append(f"address {self.path}")
                self.send_error(404)

            do_POST = do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.url = f"http://127.0.0.1:{self.server.server_port}/bait.png"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def look(self):
        """Who opened the pipe waits in it for a writer."""
        with contextlib.suppress(OSError):
            os.close(os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK))
            self.taken.append("pipe")
        taken, self.taken = self.taken, []
        return taken


def magenta():
    import zlib
    rows = (b"\0" + bytes(MAGENTA) * 100) * 100
    return hostile_raster.png(hostile_raster.header(100, 100), hostile_raster.chunk(b"IDAT", zlib.compress(rows)))


class Gallery:
    """The foreign server: what is asked for is what is being tried."""

    def __init__(self):
        gallery = self
        self.data = b""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(gallery.data)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(gallery.data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Trial:
    def __init__(self, server, build, folder, quick):
        self.server, self.build, self.folder, self.quick = server, build, folder, quick
        self.answer_s = QUICK_ANSWER_S if quick else ANSWER_S
        self.deadline_ms = QUICK_DEADLINE_MS if quick else DEADLINE_MS
        self.health_s = QUICK_HEALTH_S if quick else HEALTH_S
        self.bait, self.gallery = Bait(folder), Gallery()
        self.counts = {"refused": 0, "rendered": 0, "faulted": 0}
        self.missed, self.slowest, self.serial = [], (0, ""), 0
        server.run("company set", "ApiTestCo", "AllowDirectUrls=1", f"DirectUrlHosts={self.gallery.host}")
        self.victim = self.take_victim()

    def take_victim(self):
        file = self.folder / "victim.png"
        file.write_bytes(magenta())
        handle = self.server.run("import", file, "--company", "ApiTestCo").stdout.split()[0]
        with self.catalog() as db:
            self.before = db.execute("SELECT digest, size, mime, width, height, facts FROM assets WHERE name = 'victim'").fetchone()
        return handle

    @contextlib.contextmanager
    def catalog(self):
        db = sqlite3.connect(self.server.data / "catalog.db", timeout=20)
        with contextlib.closing(db), db:
            yield db

    def set_row(self, row):
        with self.catalog() as db:
            db.execute("UPDATE assets SET digest = ?, size = ?, mime = ?, width = ?, height = ?, facts = ? WHERE name = 'victim'", row)

    def miss(self, name, what):
        self.missed.append(f"{name}: {what}")
        print(f"MISSED {name}: {what}", flush=True)

    # ---- The ways in ----

    def timed(self, name, way, act):
        began = time.monotonic()
        try:
            return act()
        except (OSError, http.client.HTTPException, subprocess.TimeoutExpired) as error:
            return self.miss(name, f"{way}: no answer: {error!r}"[:300])
        finally:
            took = time.monotonic() - began
            self.slowest = max(self.slowest, (took, f"{name} by {way}"))
            if took > self.answer_s:
                self.miss(name, f"{way}: took {took:.1f} s")

    def judge(self, name, way, reply, looked_at):
        """A picture, or a fault in words."""
        if reply is None:
            return
        if reply.status == 200 and reply.headers.get("content-type", "").startswith("image/"):
            self.counts["rendered"] += 1
            if looked_at:
                width, height, at = pixels(reply.body)
                if any(at(x, y)[:3] == MAGENTA for y in range(0, height, 3) for x in range(0, width, 3)):
                    self.miss(name, f"{way}: shows what lies in a file outside")
        elif reply.status == 200 and "copyImageReturn" in reply.text:
            self.counts["rendered"] += 1
        else:
            self.counts["faulted"] += 1
            said = reply.fault[2] if reply.fault else re.sub("<[^>]*>", " ", reply.text).strip()
            # What lies in the store is ours, so damage there may be told as our own.
            if reply.status < 400 or not said or (OUR_FAULT in said and way == "foreign"):
                self.miss(name, f"{way}: status {reply.status}, {said[:200]!r}")

    def import_file(self, name, data):
        file = self.folder / f"{self.serial}.bin"
        file.write_bytes(data)
        command = [str(binary(self.build)), "import", "--data", str(self.server.data), "--render-deadline", str(self.deadline_ms),
                   "--max-pixels", str(MAX_PIXELS), "--company", "ApiTestCo", str(file)]
        done = self.timed(name, "import", lambda: subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60))
        file.unlink()
        if done is None:
            return
        self.counts["refused" if done.returncode else "rendered"] += 1
        if done.returncode not in (0, 1) or (done.returncode and not done.stderr.strip()) or OUR_FAULT in done.stderr:
            self.miss(name, f"import: status {done.returncode}, {done.stderr[-300:]!r}")

    def behind_its_back(self, name, data, claim, looked_at):
        mime, width, height, bits, space, alpha = claim or ("image/png", 100, 100, 8, "R", 0)
        digest = hashlib.sha256(data).hexdigest()
        blob = self.server.data / "store" / digest[:2] / digest
        blob.parent.mkdir(exist_ok=True)
        blob.write_bytes(data)
        self.set_row((digest, len(data), mime, width, height, f"1 1 {bits} {space.lower()} {alpha} 0 0 1"))
        path = f"/is/image/ApiTestCo/victim?wid=100&fmt=png&scl=1&serial={self.serial}"
        self.judge(name, "image", self.timed(name, "image", lambda: get(self.server, path)), looked_at)
        parameters = copy_parameters(f"copy-{self.serial}", "wid=100&fmt=png", assetHandle=self.victim)
        body = envelope(call_body("copyImage", parameters), auth())
        self.judge(name, "copyImage", self.timed(name, "copyImage", lambda: post(self.server, body, timeout=60)), False)

    def from_afar(self, name, data, looked_at):
        self.gallery.data = data
        path = f"/is/image/ApiTestCo/mug?src=(http://{self.gallery.host}/{self.serial})&wid=100&fmt=png&scl=1"
        self.judge(name, "foreign", self.timed(name, "foreign", lambda: get(self.server, path)), looked_at)

    # ---- Afterwards ----

    def check_server(self, name):
        began = time.monotonic()
        try:
            healthy = get(self.server, "/healthz").status
            picture = get(self.server, f"/is/image/ApiTestCo/chart?wid={100 + self.serial % 300}&fmt=png").status
        except OSError as error:
            return self.miss(name, f"the server is gone: {error!r}")
        took = time.monotonic() - began
        if healthy != 200 or picture != 200 or took > self.health_s:
            self.miss(name, f"afterwards: health {healthy}, a picture {picture}, {took:.2f} s")
        for what in self.bait.look():
            self.miss(name, f"reached for {what}")

    def alive(self):
        return self.server.process.poll() is None

    def attempt(self, name, data, claim):
        self.serial += 1
        data = data() if callable(data) else data
        looked_at = name.startswith(("svg", "pdf"))
        ways = (lambda: self.behind_its_back(name, data, claim, looked_at) if data else None,  # there is no blob of nothing
                lambda: self.from_afar(name, data, looked_at), lambda: self.import_file(name, data))
        for way in ways[self.serial % 3:][:1] if self.quick else ways:
            way()
        self.check_server(name)


def good_files(server):
    """Small ones of the server's own, to be damaged."""
    rows = {"jpeg": ("jpeg", "R", 0), "png": ("png", "R", 0), "gif": ("gif", "R", 0), "tiff": ("tif", "R", 0), "webp": ("webp", "R", 0),
            "avif": ("avif", "R", 0), "pdf": ("pdf", "R", 1)}
    out = {}
    for name, (word, space, alpha) in rows.items():
        reply = get(server, f"/is/image/ApiTestCo/landscape?size=64,48&fmt={word}&scl=1")
        if reply.status != 200:
            reply = get(server, f"/is/image/ApiTestCo/lamp?size=64,48&fmt={word}&scl=1")
        assert reply.status == 200, reply.text
        out[name] = (reply.body, (reply.headers["content-type"], 64, 48, 8, space, alpha))
    return out


def files(server, bait):
    good = good_files(server)
    yield from hostile_raster.pngs()
    yield from hostile_raster.jpegs(good["jpeg"][0])
    yield from hostile_raster.gifs()
    yield from hostile_raster.bmps()
    yield from hostile_boxes.tiffs()
    yield from hostile_boxes.webps(good["webp"][0])
    yield from hostile_boxes.boxes(good["avif"][0])
    yield from hostile_documents.svgs(bait)
    yield from hostile_documents.pdfs(bait)
    yield from hostile_documents.others(bait)
    yield from hostile_documents.truncations(good)


def status_mb(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+)", text)[1]) // 1024


def pool_counts(server):
    """What the render processes went through, where there are any."""
    found = re.findall(r'^openips_render_processes_(\w+?)_total(?:\{by="(\w+)"\})? (\d+)$', get(server, "/metrics").text, re.M)
    return ", ".join(f"{count} {by or kind}" for kind, by, count in found)


def report(trial, tried, began):
    pid = trial.server.pid
    high, now = status_mb(pid, "VmHWM"), status_mb(pid, "VmRSS")
    if not trial.quick and high > RSS_MB:
        trial.missed.append(f"the server took {high} MB, goal {RSS_MB}")
    print(f"{tried} files, {sum(trial.counts.values())} tries in {time.monotonic() - began:.0f} s: "
          + ", ".join(f"{count} {name}" for name, count in trial.counts.items()))
    print(f"slowest {trial.slowest[0]:.1f} s ({trial.slowest[1]}); server {now} MB, at most {high} MB; render processes: "
          f"{pool_counts(trial.server) or 'none counted'}")


def run(build, quick, only):
    flags = ["--render-deadline", str(QUICK_DEADLINE_MS if quick else DEADLINE_MS), "--max-pixels", str(MAX_PIXELS), "--foreign-networks", "127.0.0.0/8",
             "--foreign-bytes", "64M", "--foreign-timeout", "5000"]
    with tempfile.TemporaryDirectory(prefix="openips-hostile-") as folder, Server(*flags, build=build) as server:
        trial, tried, began = Trial(server, build, pathlib.Path(folder), quick), 0, time.monotonic()
        for name, data, claim in files(server, trial.bait):
            if (quick and name not in QUICK) or (only and only not in name):
                continue
            tried += 1
            trial.attempt(name, data, claim)
            if not trial.alive():
                trial.miss(name, f"THE SERVER HAS ENDED with status {server.process.returncode}")
                print(server.log()[-3000:])
                server.start()
        trial.set_row(trial.before)
        report(trial, tried, began)
        found = server.run("check", check=False)
        if found.returncode:
            trial.missed.append(f"openips check: {found.stdout[-500:]}")
    if not only and tried < (len(QUICK) if quick else 100):
        trial.missed.append(f"only {tried} files were tried")
    print(f"{len(trial.missed)} missed")
    for line in trial.missed:
        print(f"  {line}")
    return 1 if trial.missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", metavar="WORD", help="files with this in their name")
    given = parser.parse_args()
    return run(given.build.resolve(), given.quick, given.only)


if __name__ == "__main__":
    sys.exit(main())
