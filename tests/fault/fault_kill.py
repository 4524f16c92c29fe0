#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""kill -9 at any moment under load, again and again: no acknowledged copy is lost, no row dangles, it starts at once.

    fault_kill.py BUILD_DIR [--quick]     OPENIPS_TEST_SEED=N repeats a run's moments

Clients ask for copies all the time: unchanged, rendered, encrypted, and as jobs. One that got no answer asks again after
the next start with the same Idempotency-Key, and must be told of the one copy that there is."""
import argparse
import http.client
import os
import pathlib
import random
import signal
import sqlite3
import sys
import threading
import time
import urllib.parse

from harness import Server
from imsio import COMPANY, image_id, login, request, wait_job
from soapio import auth, call_body, copy_parameters, envelope, get, post
from vault import Vault

LIFE_S, QUICK_LIFE_S = (0.05, 0.7), (0.4, 1.2)  # between the ready line and the kill
START_GOAL_S, QUICK_GOAL_S = 2.0, 20.0  # the short form runs under sanitizers, beside other tests
PLAIN = "a|739|1|537"
JOB_EVERY = 6         # of a client's copies: a job costs more than a copy


def children(pid):
    """Processes that a process has started, and theirs."""
    found = set()
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found.update(map(int, task.read_text().split()))
        except OSError:
            pass
    return found.union(*map(children, found))


def lives(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Client(threading.Thread):
    """Asks for one copy after another until it is told to stop; what it was not told, it asks again."""

    def __init__(self, test, number):
        super().__init__(daemon=True)
        self.test, self.number = test, number
        self.acknowledged = []  # (name, handle or job)
        self.repeated = 0

    def run(self):
        for serial in range(10**9):
            if self.test.over.is_set():
                return
            name = f"k{self.number}-{serial}"
            answer = self.until_answered(name, self.job if serial % JOB_EVERY == 0 else self.copy)
            if answer:
                self.acknowledged.append((name, answer))

    def until_answered(self, name, ask):
        for attempt in range(10**9):
            self.test.up.wait()
            try:
                answer = ask(name)
                self.repeated += attempt > 0
                return answer
            except (OSError, http.client.HTTPException):
                if self.test.over.is_set():
                    return None
                time.sleep(0.005)

    def copy(self, name):
        sort = hash((self.number, name))  # the same again when it is repeated
        source = (PLAIN, self.test.safe.handle)[sort % 2]
        modifier = ("", f"wid={20 + sort // 4 % 400}")[sort // 2 % 2]
        body = envelope(call_body("copyImage", copy_parameters(name, modifier, assetHandle=source)), auth())
        reply = post(self.test.server, body, headers={"Content-Type": "text/xml", "Idempotency-Key": name})
        if reply.status != 200:
            return self.test.wrong(f"{name}: {reply.fault}", reply.fault)
        return reply.find("assetHandle")

    def job(self, name):
        more = {"cmk_id": self.test.safe.key} if hash(name) % 2 else {}
        path = f"/v1/cloudimages/{self.test.source}/copy"
        reply = request(self.test.server, "POST", path, {"name": name, **more}, self.test.token,
                        {"Idempotency-Key": name})
        if reply.status != 200:
            return self.test.wrong(f"{name}: {reply.raw}", None)
        return reply.json["job_id"]


class Test:
    def __init__(self, build, kills, clients, check_every, goal_s, life_s):
        self.build, self.kills, self.check_every = build, kills, check_every
        self.goal_s, self.life_s = goal_s, life_s
        self.seed = int(os.environ.get("OPENIPS_TEST_SEED", 0)) or random.randrange(1 << 32)
        self.random = random.Random(self.seed)
        self.up, self.over = threading.Event(), threading.Event()
        self.starts, self.findings, self.seen_blobs = [], [], {}
        self.lost = self.dangling = self.survivors = 0
        self.checked_to = 0
        self.clients = [Client(self, number) for number in range(clients)]

    def wrong(self, what, fault):
        """A fault that ends an attempt: only a server that goes down may cause one."""
        self.findings.append(what)
        return None

    def prepare(self, data):
        self.safe = Vault(data, self.build)

    def start(self):
        begun = time.monotonic()
        self.server.start()
        self.starts.append(time.monotonic() - begun)
        self.up.set()

    def kill(self):
        helpers = children(self.server.pid)
        self.up.clear()
        self.server.end(signal.SIGKILL)
        end = time.monotonic() + 2
        while any(map(lives, helpers)) and time.monotonic() < end:
            time.sleep(0.005)
        self.survivors += sum(map(lives, helpers))

    def rows(self, statement, *values):
        catalog = sqlite3.connect(self.server.data / "catalog.db", timeout=30)
        try:
            return catalog.execute(statement, values).fetchall()
        finally:
            catalog.close()

    def blob_there(self, digest, size, sealed):
        file = self.server.data / "store" / digest[:2] / digest
        try:
            found = file.stat().st_size
        except OSError:
            return False
        return found > size if sealed else found == size

    def look(self):
        """Every row since the last look, and what the clients were told, against catalog and store."""
        rows = self.rows("SELECT a.id, a.digest, a.size, EXISTS (SELECT 1 FROM blob_keys b WHERE b.digest = a.digest) "
                         "FROM assets a WHERE a.digest IS NOT NULL AND a.id > ?", self.checked_to)
        for number, digest, size, sealed in rows:
            if not self.blob_there(digest, size, sealed):
                self.dangling += 1
                self.findings.append(f"asset {number}: no file {digest}")
        told = [(name, answer) for client in self.clients for name, answer in client.acknowledged
                if answer.startswith("a|")]
        there = {number: name for number, name in self.rows("SELECT id, name FROM assets WHERE name LIKE 'k%'")}
        for name, handle in told:
            if there.get(int(handle.split("|")[1])) != name:
                self.lost += 1
                self.findings.append(f"{name}: {handle} is gone")

    def show_some(self, count):
        """What was acknowledged before the kill is shown after it, whole."""
        told = [name for client in self.clients for name, answer in client.acknowledged[-20:]
                if answer.startswith("a|")]
        for name in self.random.sample(told, min(count, len(told))):
            reply = get(self.server, f"/is/image/{COMPANY}/{urllib.parse.quote(name)}?wid=10")
            if reply.status != 200 or not reply.body:
                self.lost += 1
                self.findings.append(f"{name} is not shown: {reply.status} {reply.body[:200]}")

    def check(self, *flags):
        done = self.server.run("check", "--master-key", self.safe.master, *flags, check=False)
        if done.returncode != 0 or not done.stdout.startswith("sound: "):
            self.findings.append(f"check {flags}: {done.stdout[-1000:]}{done.stderr}")

    def run(self):
        with Server(build=self.build, prepare=self.prepare) as self.server:
            self.server.end()
            self.server.flags = ("--master-key", self.safe.master, "--image-quota", "0", "--task-limit", "0",
                                 "--access-log", "no")
            self.start()
            self.token, _ = login(self.server)
            self.source = image_id(self.server)
            for client in self.clients:
                client.start()
            for round_ in range(1, self.kills + 1):
                time.sleep(self.random.uniform(*self.life_s))
                self.kill()
                if round_ % self.check_every == 0:
                    self.look()
                    self.check()
                self.start()
                self.show_some(1)
            self.finish()

    def finish(self):
        self.over.set()
        for client in self.clients:
            client.join()
        jobs = [(name, job) for client in self.clients for name, job in client.acknowledged if not job.startswith("a|")]
        for name, job in jobs:
            done = wait_job(self.server, self.token, job, seconds=300)
            if done["status"] != "SUCCESS" or done["entities"]["image_name"] != name:
                self.lost += 1
                self.findings.append(f"{name}: {done}")
        self.look()
        twice = self.rows("SELECT name FROM assets WHERE name LIKE 'k%' GROUP BY name HAVING count(*) > 1")
        self.findings += [f"{name}: two copies" for name, in twice]
        self.server.end()
        self.check("--deep")
        self.server.run("gc", "--min-age", "0")
        unneeded = {file.name for file in self.server.blobs()} - {digest for digest, in self.rows(
            "SELECT digest FROM assets WHERE digest IS NOT NULL")}
        self.findings += [f"left behind: {name}" for name in unneeded]
        self.server.start()

    def report(self):
        told = sum(len(client.acknowledged) for client in self.clients)
        repeated = sum(client.repeated for client in self.clients)
        print(f"{self.kills} kills: {told} copies acknowledged, {repeated} of them when asked again, {self.lost} lost, "
              f"{self.dangling} dangling rows, {self.survivors} processes outlived their server, start-up at most "
              f"{max(self.starts):.2f} s (goal {self.goal_s:.0f} s), seed {self.seed}")
        for finding in self.findings[:20]:
            print("  " + finding)
        return not (self.findings or self.lost or self.dangling or self.survivors) and told >= self.kills \
            and max(self.starts) < self.goal_s


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--kills", type=int)
    given = parser.parse_args()
    kills = given.kills or (3 if given.quick else 1000)
    test = Test(given.build, kills, 4, 1, QUICK_GOAL_S, QUICK_LIFE_S) if given.quick else \
        Test(given.build, kills, 6, 50, START_GOAL_S, LIFE_S)
    test.run()
    sys.exit(0 if test.report() else 1)


if __name__ == "__main__":
    main()
