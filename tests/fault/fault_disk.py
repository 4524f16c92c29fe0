#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""A disk that is full or sick: the client is told to try again, the server lives, and works as soon as the disk does.

    fault_disk.py BUILD_DIR [--quick]

Each fault meets each kind of copy, once and for a while. Then the same request, with the same Idempotency-Key, has to do."""
import argparse
import re
import shutil
import sqlite3
import sys
import time

from disk import Shim
from harness import Server
from imsio import COMPANY, image_id, login, request, wait_job
from soapio import auth, call_body, copy_parameters, envelope, get, post
from vault import Vault

# calls, part of the path, error
FAULTS = [
    (("write",), "store/", "ENOSPC"),
    (("write",), "store/", "EIO"),
    (("sync",), "store/tmp", "EIO"),       # of a file that has no name yet
    (("sync",), "store/", "EIO"),          # of a folder, too
    (("sync",), "store/", "ENOSPC"),
    (("create",), "store/tmp", "ENOSPC"),
    (("create",), "store/tmp", "EMFILE"),
    (("link", "rename"), "store/", "ENOSPC"),
    (("link", "rename"), "store/", "EDQUOT"),
    (("mkdir",), "store/", "ENOSPC"),
    (("write",), "catalog.db-wal", "ENOSPC"),
    (("write",), "catalog.db-wal", "EIO"),
    (("sync",), "catalog.db-wal", "EIO"),
    (("write", "truncate"), "catalog.db", "ENOSPC"),
    (("write", "create", "mkdir", "link", "rename", "truncate"), "", "ENOSPC"),
    (("write", "create", "mkdir", "link", "rename", "truncate", "sync"), "", "EIO"),
    (("write", "create", "mkdir", "link", "rename", "truncate"), "", "EROFS"),
]
TIMES = {"once": 1, "for a while": -1}
QUICK = [0, 3, 10]
INSIDES = re.compile(r"sqlite|wal|errno|/tmp|store/|No space|Input/output|database|\.c:", re.I)
PASSING = re.compile(r"try again", re.I)


class Test:
    def __init__(self, build, quick):
        self.build, self.faults = build, [FAULTS[i] for i in QUICK] if quick else FAULTS
        self.findings, self.acknowledged = [], {}
        self.cases = self.refused = 0
        self.serial = 0

    def prepare(self, data):
        self.safe = Vault(data, self.build)

    def command(self, *arguments, check=True):
        return self.safe.command(self.server.data, *arguments, check=check)

    # ---- Kinds of copies: each gives (done, words) ----

    def soap(self, name, modifier="", source="a|739|1|537"):
        body = envelope(call_body("copyImage", copy_parameters(name, modifier, assetHandle=source)), auth())
        reply = post(self.server, body, headers={"Content-Type": "text/xml", "Idempotency-Key": name}, timeout=60)
        if reply.status == 200:
            return True, reply.find("assetHandle")
        if reply.fault[1] != 30000:
            self.findings.append(f"{name}: {reply.fault}")
        return False, reply.fault[2]

    def identity(self, name):
        return self.soap(name)

    def rendered(self, name):
        return self.soap(name, f"wid={20 + self.serial}&fmt=png")

    def encrypted(self, name):
        return self.soap(name, f"wid={20 + self.serial}&fmt=png", self.safe.handle)

    def imported(self, name):
        file = self.safe.folder / f"{name}.png"
        # Other bytes each time: what is stored already need not be written.
        shutil.copy(self.safe.file, file)
        with open(file, "ab") as more:
            more.write(name.encode())
        done = self.command("import", "--company", COMPANY, "--user", "demo@openips.example", file, check=False)
        return done.returncode == 0, done.stdout.split("\t")[0] if done.returncode == 0 else done.stderr

    def job(self, name):
        reply = request(self.server, "POST", f"/v1/cloudimages/{self.source}/copy", {"name": name, "cmk_id": self.safe.key},
                        self.token, {"Idempotency-Key": name})
        if reply.status != 200:
            return False, reply.raw.decode()
        ended = wait_job(self.server, self.token, reply.json["job_id"])
        return ended["status"] == "SUCCESS", str(ended.get("fail_reason"))

    KINDS = ["identity", "rendered", "encrypted", "imported", "job"]

    # ---- One case ----

    def meet(self, fault, kind, times):
        calls, part, error = fault
        self.serial += 1
        self.cases += 1
        name = f"{kind}-{self.serial}"
        what = f"{'+'.join(calls)} {part or 'anything'} {error} {times}, {kind}"
        ask = getattr(self, kind)
        with self.shim.failing(*calls, error=error, part=part, times=TIMES[times]) as shim:
            if kind == "job" and times == "for a while":
                done, words = self.job_meanwhile(name)
            else:
                done, words = ask(name)
            hits = shim.hits
        if done:
            self.note(name, words)
            if hits and times == "for a while" and "catalog.db" not in part and kind != "job":
                self.findings.append(f"{what}: acknowledged, though {hits} calls failed")
            return
        self.refused += 1
        if not hits:
            self.findings.append(f"{what}: refused, though nothing failed: {words}")
        if kind not in ("imported", "job") and (INSIDES.search(words) or not PASSING.search(words)):
            self.findings.append(f"{what}: {words}")
        # The disk is well.
        done, words = ask(name if kind != "job" else name + "-again")
        if not done:
            self.findings.append(f"{what}, then: {words}")
            return
        self.note(name, words)

    def job_meanwhile(self, name):
        """It may be accepted and wait: not longer than until the disk is well."""
        reply = request(self.server, "POST", f"/v1/cloudimages/{self.source}/copy", {"name": name, "cmk_id": self.safe.key},
                        self.token, {"Idempotency-Key": name})
        if reply.status != 200:
            return False, reply.raw.decode()
        time.sleep(0.1)
        self.shim.relent()
        ended = wait_job(self.server, self.token, reply.json["job_id"])
        return ended["status"] == "SUCCESS", str(ended.get("fail_reason"))

    def note(self, name, handle):
        if handle.startswith("a|"):
            self.acknowledged[name] = handle

    def rows(self, statement):
        catalog = sqlite3.connect(self.server.data / "catalog.db")
        try:
            return catalog.execute(statement).fetchall()
        finally:
            catalog.close()

    # ---- The moment between commit and answer ----

    def kill_before_answer(self):
        """The copy is on the disk, the server is gone, and the client has heard nothing."""
        for kind in ("identity", "rendered", "encrypted"):
            self.serial += 1
            name = f"window-{kind}"
            self.shim.kill_after("sync", "catalog.db-wal")
            try:
                getattr(self, kind)(name)
                self.findings.append(f"{name}: answered by a killed server")
            except OSError:
                pass
            self.server.process.wait()
            self.server.process.stdout.close()
            self.shim.well()
            self.server.start()
            there = self.rows(f"SELECT id FROM assets WHERE name = '{name}'")
            done, handle = getattr(self, kind)(name)
            if len(there) != 1 or not done or handle.split("|")[1] != str(there[0][0]):
                self.findings.append(f"{name}: on the disk {there}, told {handle}")
            self.cases += 1

    def run(self):
        with Shim(self.build) as self.shim, Server(build=self.build, prepare=self.prepare) as self.server:
            self.server.end()
            self.server.flags = ("--master-key", self.safe.master, "--image-quota", "0", "--task-limit", "0")
            self.server.start()
            self.token, _ = login(self.server)
            self.source = image_id(self.server)
            pid = self.server.pid
            for fault in self.faults:
                for times in TIMES:
                    for kind in self.KINDS:
                        self.meet(fault, kind, times)
            if self.server.process.poll() is not None or self.server.pid != pid:
                self.findings.append("the server is gone")
            self.kill_before_answer()
            self.look()

    def look(self):
        names = dict((name, number) for number, name in self.rows("SELECT id, name FROM assets"))
        lost = [name for name, handle in self.acknowledged.items() if names.get(name) != int(handle.split("|")[1])]
        self.findings += [f"{name} is lost" for name in lost]
        for name in list(self.acknowledged)[-20:]:
            reply = get(self.server, f"/is/image/{COMPANY}/{name}?wid=8")
            if reply.status != 200:
                self.findings.append(f"{name} is not shown: {reply.status}")
        checked = self.command("check", "--deep", check=False).stdout
        if not checked.startswith("sound: "):
            self.findings.append(checked)
        self.command("gc", "--min-age", "0")
        needed = {digest for digest, in self.rows("SELECT digest FROM assets WHERE digest IS NOT NULL")}
        self.findings += [f"left behind: {file}" for file in self.server.blobs() if file.name not in needed]
        self.lost = len(lost)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    test = Test(given.build, given.quick)
    test.run()
    print(f"{test.cases} requests met a failing disk: {test.refused} were refused, {len(test.acknowledged)} copies "
          f"acknowledged, {test.lost} lost, {len(test.findings)} findings")
    for finding in test.findings[:30]:
        print("  " + finding)
    sys.exit(1 if test.findings or test.lost or not test.refused else 0)


if __name__ == "__main__":
    main()
