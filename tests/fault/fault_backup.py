#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Backups beside a server that 8 clients ask for copies, while rubbish is collected: each is whole, and what was
acknowledged before it began is in it. One that is killed leaves the one before.

    fault_backup.py BUILD_DIR [--quick]"""
import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from harness import Server, binary, environment, openips
from imsio import COMPANY
from soapio import auth, call, call_body, copy_parameters, envelope, get, post
from vault import Vault

CLIENTS = 8
# what is in the way, words of the refusal
REFUSED = [
    ("somebody's files", "neither empty nor a backup"),
    ("a data directory", "neither empty nor a backup"),
    ("itself", "neither empty nor a backup"),
    ("a file", "neither empty nor a backup"),
    ("nowhere", "No such file"),
]


class Client(threading.Thread):
    def __init__(self, test, number):
        super().__init__(daemon=True)
        self.test, self.number, self.told, self.again = test, number, [], 0

    def run(self):
        for serial in range(10**9):
            if self.test.over.is_set():
                return
            name = f"b{self.number}-{serial}"
            source = ("a|739|1|537", self.test.safe.handle)[serial % 2]
            modifier = ("", f"wid={20 + (serial * 7 + self.number) % 300}&fmt=png")[serial // 2 % 2]
            body = envelope(call_body("copyImage", copy_parameters(name, modifier, assetHandle=source)), auth())
            reply = post(self.test.server, body, timeout=60)
            while reply.fault and "try again" in reply.fault[2]:  # the collector took the file before its row
                self.again += 1
                reply = post(self.test.server, body, timeout=60)
            if reply.status != 200:
                self.test.findings.append(f"{name}: {reply.fault}")
                return
            self.told.append((name, int(reply.find("assetHandle").split("|")[1])))


class Test:
    def __init__(self, build, rounds, kills):
        self.build, self.rounds, self.kills = build, rounds, kills
        self.findings, self.over = [], threading.Event()
        self.shown = self.copies = 0

    def command(self, *arguments, data=None, check=True):
        return self.safe.command(data or self.server.data, *arguments, check=check)

    def prepare(self, data):
        self.folder = data.parent
        self.safe = Vault(data, self.build)

    def told(self):
        return [pair for client in self.clients for pair in list(client.told)]

    def names(self, data):
        catalog = sqlite3.connect(data / "catalog.db")
        try:
            return dict(catalog.execute("SELECT name, id FROM assets"))
        finally:
            catalog.close()

    def prove(self, data, told, what):
        there = self.names(data)
        self.findings += [f"{what}: {name} is missing" for name, number in told if there.get(name) != number]
        done = self.command("check", "--deep", data=data, check=False)
        if not done.stdout.startswith("sound: "):
            self.findings.append(f"{what}: {done.stdout}{done.stderr}")
        self.copies = max(self.copies, len(told))

    def collect(self):
        """All the time, and of any age."""
        while not self.over.is_set():
            self.command("gc", "--min-age", "0", check=False)

    def back_up(self):
        self.backup = self.folder / "backup"
        for number in range(self.rounds):
            time.sleep(0.3)
            told = self.told()
            done = self.command("backup", self.backup, check=False)
            if done.returncode != 0:
                self.findings.append(f"backup {number}: {done.stdout}{done.stderr}")
                return
            self.prove(self.backup, told, f"backup {number}")

    def kill_some(self):
        """Whenever it ends, what is there is the older backup or the newer one."""
        for number in range(self.kills):
            told = self.told()
            begun = subprocess.Popen([str(binary(self.build)), "backup", self.backup, "--data", self.server.data],
                                     env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.01 + 0.25 * number / self.kills)
            begun.send_signal(signal.SIGKILL)
            begun.wait()
            self.prove(self.backup, self.before, f"killed backup {number}")
        self.command("backup", self.backup)
        self.prove(self.backup, told, "the backup after the killed ones")

    def restore(self):
        """Elsewhere: a server on it answers the published sample and shows the copies."""
        told, new = self.told(), self.folder / "new"
        self.command("backup", self.backup)
        shutil.copytree(self.backup, self.folder / "moved")
        shutil.rmtree(self.backup)
        if self.safe.secret.encode() in b"".join(
                file.read_bytes() for file in (self.folder / "moved").glob("catalog.db*")):
            self.findings.append("the master key is in the backup")
        self.command("restore", self.folder / "moved", data=new)
        self.prove(new, told, "what was restored")
        self.server.end()
        self.server.data = new
        self.server.start()
        for name, _ in told[:: max(1, len(told) // 40)]:
            reply = get(self.server, f"/is/image/{COMPANY}/{name}?wid=9")
            self.shown += reply.status == 200 and bool(reply.body)
            if reply.status != 200:
                self.findings.append(f"{name} is not shown by the restored server: {reply.status}")
        reply = call(self.server, "copyImage", copy_parameters("after the restore", "wid=77"))
        if reply.status != 200:
            self.findings.append(f"the restored server: {reply.fault}")

    def refuse(self):
        others = {name: self.folder / f"refused-{i}" for i, (name, _) in enumerate(REFUSED)}
        others["somebody's files"].mkdir()
        (others["somebody's files"] / "mine").write_text("mine")
        self.command("init", data=others["a data directory"])
        others["itself"] = self.server.data
        others["a file"].write_text("a file")
        others["nowhere"] = self.folder / "no" / "where"
        for name, words in REFUSED:
            done = self.command("backup", others[name], check=False)
            if done.returncode != 1 or words not in done.stderr:
                self.findings.append(f"backup to {name}: {done.returncode} {done.stdout}{done.stderr}")
        for name, source, target, words in (
                ("no backup", self.server.data, self.folder / "r1", "is no backup"),
                ("into files", self.backup, others["somebody's files"], "is not empty"),
                ("into the server's", self.backup, self.server.data, "is not empty")):
            done = self.command("restore", source, data=target, check=False)
            if done.returncode != 1 or words not in done.stderr:
                self.findings.append(f"restore {name}: {done.returncode} {done.stdout}{done.stderr}")
        done = openips("serve", "--data", self.backup, "--port", "0", build=self.build, check=False)
        if done.returncode != 1 or "is a backup" not in done.stderr:
            self.findings.append(f"serving a backup: {done.returncode} {done.stderr}")
        if (others["somebody's files"] / "mine").read_text() != "mine" or \
                sorted(os.listdir(others["somebody's files"])) != ["mine"]:
            self.findings.append("somebody's files were touched")

    def lose(self):
        """A lost file does not keep the others from being saved, and is named."""
        lost = max(self.server.blobs(), key=lambda file: file.stat().st_size)
        kept = lost.read_bytes()
        lost.unlink()
        done = self.command("backup", self.folder / "partly", check=False)
        if done.returncode != 1 or lost.name not in done.stdout or "LOST" not in done.stdout:
            self.findings.append(f"backup of a lost file: {done.returncode} {done.stdout}{done.stderr}")
        lost.write_bytes(kept)
        lost.chmod(0o400)
        if self.command("backup", self.folder / "partly", check=False).returncode != 0:
            self.findings.append("the backup after the lost file")

    def run(self):
        with Server(build=self.build, prepare=self.prepare) as self.server:
            self.server.end()
            self.server.flags = ("--master-key", self.safe.master, "--access-log", "no")
            self.server.start()
            self.clients = [Client(self, number) for number in range(CLIENTS)]
            helpers = [*self.clients, threading.Thread(target=self.collect, daemon=True)]
            for helper in helpers:
                helper.start()
            self.back_up()
            self.before = self.told()
            self.command("backup", self.backup)
            self.kill_some()
            self.over.set()
            for helper in helpers:
                helper.join()
            self.refuse()
            self.restore()
            self.lose()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    test = Test(given.build, *((2, 3) if given.quick else (20, 40)))
    test.run()
    print(f"{test.rounds} backups and {test.kills} killed ones beside {CLIENTS} clients and a collector: "
          f"{test.copies} acknowledged copies looked for, {test.shown} shown by the restored server, "
          f"{len(test.findings)} findings")
    for finding in test.findings[:20]:
        print("  " + finding)
    sys.exit(1 if test.findings or not test.shown else 0)


if __name__ == "__main__":
    main()
