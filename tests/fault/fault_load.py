#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Mixed load at 64 clients: seven copies of ten change no pixel, three are rendered.

    fault_load.py BUILD_DIR [--quick]

In full: five minutes, against a bare loop of libvips and commits on all cores, before and after. No answer may be
anything but 200, memory (with the render processes) must not grow, throughput has to be 0.9 of the bare loop's.
With --quick: seconds, and neither speed nor memory is judged."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from harness import Server
from soapio import PASSWORD, USER

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS, SECONDS, BARE_SECONDS = 64, 300, 60
SOURCE = "a|740"
RATIO, GROWTH, SLACK_KIB = 0.9, 1.05, 4096


def family(pid):
    """A process and all below it."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def resident_kib(pid):
    """Memory of a server and its render processes, what they share counted once."""
    total = 0
    for member in family(pid):
        try:
            text = pathlib.Path(f"/proc/{member}/smaps_rollup").read_text()
        except OSError:  # it ended just now
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
    return total


class Memory(threading.Thread):
    """Samples until the load ends."""

    def __init__(self, pid, pause):
        super().__init__(daemon=True)
        self.pid, self.pause, self.samples, self.ended = pid, pause, [], threading.Event()

    def run(self):
        while not self.ended.wait(self.pause):
            self.samples.append(resident_kib(self.pid))

    def trend(self):
        """(least of the second and third fifth, least of the last two): single samples swing with what is drawn."""
        fifth = len(self.samples) // 5
        return min(self.samples[fifth:3 * fifth]), min(self.samples[3 * fifth:])


def bare(build, source, folder, seconds):
    folder.mkdir()
    rate = float(subprocess.run([build / "tests" / "bench" / "bare_load", source, folder, str(seconds)],
                                capture_output=True, text=True, check=True).stdout)
    shutil.rmtree(folder)
    return rate


def load(server, clients, seconds):
    """wrk's words."""
    return subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s",
                           str(HERE / "mixed.lua"), server.url, "--", "load", SOURCE, USER, PASSWORD],
                          capture_output=True, text=True, check=True).stdout


def errors(words):
    return [line.strip() for line in words.splitlines() if "Non-2xx" in line or "Socket errors" in line]


def rate(words):
    return float(re.search(r"Requests/sec:\s+([\d.]+)", words)[1])


def quick(build):
    with Server(build=build) as server:
        words = load(server, 16, 3)
        clean = server.run("check", check=False).returncode == 0
    print(f"load: {rate(words):.0f} copies/s, {errors(words) or 'no error'}, check {'clean' if clean else 'FAILED'}")
    return clean and not errors(words)


def full(build, seconds):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="openips-load-", dir=build))
    try:
        with Server(build=build) as server:
            source = folder / "source.jpg"
            server.run("export", SOURCE, "-o", source)
            before = bare(build, source, folder / "bare", BARE_SECONDS)
            memory = Memory(server.pid, seconds / 60)
            memory.start()
            start = time.monotonic()
            words = load(server, CLIENTS, seconds)
            memory.ended.set()
            memory.join()
            taken = time.monotonic() - start
            after = bare(build, source, folder / "bare", BARE_SECONDS)
            clean = server.run("check", check=False).returncode == 0
    finally:
        shutil.rmtree(folder)
    early, late = memory.trend()
    ratio = rate(words) / ((before + after) / 2)
    flat = late <= early * GROWTH or late - early <= SLACK_KIB
    p99 = re.search(r"99%\s+(\S+)", words)[1]
    print(f"{CLIENTS} clients for {taken:.0f} s: {rate(words):.1f} copies/s (99 % within {p99}), "
          f"bare loop {before:.1f} before, {after:.1f} after")
    print(f"throughput : bare loop       {ratio:.2f}   goal >= {RATIO}")
    print(f"errors                       {errors(words) or 0}   goal 0")
    print(f"memory early and late        {early / 1024:.1f} MiB, {late / 1024:.1f} MiB   goal flat")
    print(f"check                        {'clean' if clean else 'FAILED'}")
    return ratio >= RATIO and flat and clean and not errors(words)


def main():
    build = pathlib.Path(sys.argv[1])
    done = quick(build) if "--quick" in sys.argv else full(build, SECONDS)
    sys.exit(not done)


if __name__ == "__main__":
    main()
