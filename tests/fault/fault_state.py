#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""What may be found in a data directory: files gone or altered, a catalog that is none, a second server, commands beside
a running one, modes that let others in, a clock that jumps. Nothing is lost, and what is wrong is said.

    fault_state.py BUILD_DIR [--quick]"""
import argparse
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading

from disk import Shim
from harness import Server, binary, environment, openips
from imsio import COMPANY, image_id, login, request, wait_job
from soapio import auth, call, copy_parameters, get

DAY_S, YEAR_S = 86400, 365 * 86400
# what becomes of the catalog's file, words of the refusal
CATALOGS = {
    "deleted": (lambda file: file.unlink(), "has no catalog, but a store"),
    "emptied": (lambda file: file.write_bytes(b""), "is damaged, or no catalog"),
    "half": (lambda file: file.write_bytes(file.read_bytes()[:len(file.read_bytes()) // 2]), "is damaged, or no catalog"),
    "garbage": (lambda file: file.write_bytes(os.urandom(100000)), "is damaged, or no catalog"),
    "words": (lambda file: file.write_bytes(b"this is no catalog\n" * 900), "is damaged, or no catalog"),
    "one page": (lambda file: file.write_bytes(file.read_bytes()[:4096]), "is damaged, or no catalog"),
    "a folder": (lambda file: (file.unlink(), file.mkdir()), ""),
}
CLOCKS = [DAY_S, -DAY_S, 10 * YEAR_S, -10 * YEAR_S, 0]


def flip_middle(data):
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:]


class Test:
    def __init__(self, build, quick):
        self.build, self.quick = build, quick
        self.findings, self.looked = [], 0

    def need(self, good, what, seen=""):
        self.looked += 1
        if not good:
            self.findings.append(f"{what}: {seen}"[:600])

    def server(self, *flags):
        return Server(*flags, build=self.build)

    def copy(self, server, name, modifier=""):
        return call(server, "copyImage", copy_parameters(name, modifier))

    # ---- Stored files ----

    def blob_of(self, server, name):
        catalog = sqlite3.connect(server.data / "catalog.db")
        try:
            digest, = catalog.execute("SELECT digest FROM assets WHERE name = ?", (name,)).fetchone()
        finally:
            catalog.close()
        return server.data / "store" / digest[:2] / digest

    def files(self):
        damages = {
            "deleted": lambda file: file.unlink(),
            "cut": lambda file: (file.chmod(0o600), file.write_bytes(file.read_bytes()[:-1])),
            "altered": lambda file: (file.chmod(0o600), file.write_bytes(flip_middle(file.read_bytes()))),
        }
        with self.server() as server:
            for what, damage in damages.items():
                name, modifier = f"victim {what}", f"wid={60 + len(what)}&fmt=png"
                self.need(self.copy(server, name, modifier).status == 200, f"{what}: a copy")
                blob = self.blob_of(server, name)
                damage(blob)
                handle = call(server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]}).find(
                    "assetArray/items/assetHandle")
                again = call(server, "copyImage", copy_parameters(name + " copy", "wid=20", assetHandle=handle))
                self.need(again.fault and again.fault[1] == 30000 and "store/" not in again.text, f"{what}: copied",
                          again.text)
                shown = get(server, f"/is/image/{COMPANY}/{name.replace(' ', '%20')}?wid=20")
                self.need(shown.status >= 400, f"{what}: shown", shown.status)
                other = get(server, f"/is/image/{COMPANY}/mug?wid=20")
                self.need(other.status == 200, f"{what}: another", other.status)
                checked = server.run("check", "--deep", check=False)
                self.need(checked.returncode == 1 and blob.name in checked.stdout, f"{what}: check --deep", checked.stdout)
                if what != "altered":
                    checked = server.run("check", check=False)
                    self.need(checked.returncode == 1 and blob.name in checked.stdout, f"{what}: check", checked.stdout)
                # Whoever publishes the same bytes mends it for all.
                self.need(self.copy(server, name + " anew", modifier).status == 200, f"{what}: the same again")
                checked = server.run("check", "--deep", check=False)
                self.need(checked.returncode == 0, f"{what}: mended", checked.stdout)

    # ---- Catalogs ----

    def catalogs(self):
        with self.server() as server:
            server.end()
            for what in list(CATALOGS)[:3] if self.quick else CATALOGS:
                data = server.folder / "damaged" / what
                shutil.copytree(server.data, data)
                self.damaged(what, data)
            server.start()

    def damaged(self, what, data):
        damage, words = CATALOGS[what]
        file = data / "catalog.db"

        def state():
            return (file.read_bytes() if file.is_file() else None,
                    sorted(str(path) for path in (data / "store").rglob("*") if path.is_file()))
        damage(file)
        before = state()
        for command in (["serve", "--port", "0"], ["check"], ["init"], ["migrate"], ["gc", "--min-age", "0"],
                        ["backup", data.parent / "copy"]):
            done = openips(*command, "--data", data, build=self.build, check=False)
            self.need(done.returncode == 1 and "openips: " in done.stderr, f"{what}, {command[0]}",
                      f"{done.returncode} {done.stdout} {done.stderr}")
            if command[0] == "serve":
                self.need(words in done.stderr, f"{what}, words", done.stderr)
        self.need(state() == before, f"{what}: written over, or stored files are gone")

    # ---- One server, many commands ----

    def second(self):
        with self.server() as server:
            done = openips("serve", "--data", server.data, "--port", "0", build=self.build, check=False)
            self.need(done.returncode == 1 and "another server is running" in done.stderr, "a second server", done.stderr)
            stop, answers = threading.Event(), []

            def ask():
                for serial in range(10**9):
                    if stop.is_set():
                        return
                    answers.append(self.copy(server, f"beside {serial}", f"wid={30 + serial % 50}").status)
            asking = threading.Thread(target=ask)
            asking.start()
            for command in (["check"], ["gc"], ["backup", server.folder / "copy"], ["company", "list"], ["migrate"],
                            ["user", "list"], ["folder", "add", "New"], ["token", "add", "demo@openips.example"]):
                done = openips(*command, "--data", server.data, build=self.build, check=False)
                self.need(done.returncode == 0, f"{command[0]} beside a server", done.stderr)
            stop.set()
            asking.join()
            self.need(set(answers) == {200}, "copies beside commands", set(answers))

    # ---- Modes ----

    def modes(self):
        before = os.umask(0)
        try:
            server = self.server()
        finally:
            os.umask(before)
        with server:
            self.copy(server, "of a mode", "wid=31")
            server.run("backup", server.folder / "copy")
            for root in (server.data, server.folder / "copy"):
                for path in [root, *root.rglob("*")]:
                    wide = stat.S_IMODE(path.lstat().st_mode) & 0o077
                    self.need(not wide, f"{path.relative_to(server.folder)} is open to others", oct(wide))
            self.need("warning" not in server.run("check").stdout, "a warning without a cause")
            self.need("event=access" not in server.log(), "a warning in the log without a cause")
            blob = server.blobs()[0]
            for path, mode in ((server.data, 0o755), (server.data / "catalog.db", 0o640), (blob, 0o444)):
                path.chmod(mode)
            done = server.run("check")
            for path in (server.data, server.data / "catalog.db", blob):
                self.need(f"warning: {path} has mode" in done.stdout, f"{path.name}: no warning", done.stdout)
            server.end()
            server.start()
            self.need(f"{server.data} has mode 0755" in server.log(), "no warning at the start", server._tail())

    # ---- Clocks ----

    def clocks(self):
        with Shim(self.build) as shim, self.server("--image-quota", "0", "--task-limit", "0") as server:
            source = image_id(server)
            names = []
            for ahead_s in CLOCKS[1:4:2] if self.quick else CLOCKS:
                shim.set_clock(ahead_s)
                what = f"clock {ahead_s:+} s"
                for _ in range(1 if self.quick else 3):  # wrong passwords slow down, but lock nobody out
                    call(server, "copyImage", copy_parameters("x"), auth(password="wrong"))
                token, _ = login(server)
                name = f"clock {len(names)}"
                reply = self.copy(server, name, f"wid={40 + len(names)}")
                self.need(reply.status == 200, f"{what}: copy", reply.text)
                names.append(name)
                job = request(server, "POST", f"/v1/cloudimages/{source}/copy", {"name": name + " job"}, token)
                ended = wait_job(server, token, job.json["job_id"]) if job.status == 200 else {"status": job.raw}
                self.need(ended["status"] == "SUCCESS", f"{what}: job", ended)
                collected = server.run("gc", "--min-age", "60", check=False)
                self.need(collected.returncode == 0, f"{what}: gc", collected.stderr)
                for old in names:
                    shown = get(server, f"/is/image/{COMPANY}/{old.replace(' ', '%20')}?wid=9")
                    self.need(shown.status == 200, f"{what}: {old}", shown.status)
            checked = server.run("check", "--deep", check=False)
            self.need(checked.returncode == 0, "check after the clocks", checked.stdout)

    def collector(self):
        """Copies whose files look years old to a collector that runs all the time."""
        with Shim(self.build) as shim, self.server() as server:
            shim.set_clock(-YEAR_S)
            stop = threading.Event()

            def collect():
                with_clock = {**environment(), "LD_PRELOAD": ""}
                while not stop.is_set():
                    subprocess.run([str(binary(self.build)), "gc", "--min-age", "60", "--data", server.data], env=with_clock,
                                   capture_output=True)
            collecting = threading.Thread(target=collect)
            collecting.start()
            done = again = 0
            for serial in range(20 if self.quick else 300):
                reply = self.copy(server, f"old {serial}", f"wid={30 + serial}&fmt=png")
                if reply.status == 200:
                    done += 1
                else:
                    again += 1
                    self.need("try again" in reply.fault[2], "a copy beside the collector", reply.fault)
            stop.set()
            collecting.join()
            self.need(done > 0, "no copy beside the collector")
            checked = server.run("check", "--deep", check=False)
            self.need(checked.returncode == 0, "check after the collector", checked.stdout)

    def run(self):
        for part in (self.files, self.catalogs, self.second, self.modes, self.clocks, self.collector):
            part()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    test = Test(given.build, given.quick)
    test.run()
    print(f"{test.looked} looks at damaged files and catalogs, second servers, modes and jumping clocks: "
          f"{len(test.findings)} findings")
    for finding in test.findings[:30]:
        print("  " + finding)
    sys.exit(1 if test.findings else 0)


if __name__ == "__main__":
    main()
