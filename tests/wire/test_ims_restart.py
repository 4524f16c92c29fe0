# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""200 jobs while the server is killed ten times, at any moment: every accepted job ends, none makes two images, nothing
is lost or left half-made."""
import collections
import http.client
import os
import random
import secrets
import signal
import sqlite3
import threading
import time
import unittest

from harness import Server, openips
from imsio import COMPANY, image_id, login, request, wait_job

JOBS, KILLS, CLIENTS = 200, 10, 4
MORE_S = 0.1  # of life at most after the moment that was drawn
GIVE_UP_S = 120


class Restart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(prepare=cls.prepare)
        cls.addClassCleanup(cls.server.stop)
        cls.server.end()
        cls.server.flags = ("--master-key", cls.master, "--image-quota", "0", "--task-limit", "0")
        cls.server.start()
        cls.token, _ = login(cls.server)
        cls.source = image_id(cls.server)

    @classmethod
    def prepare(cls, data):
        cls.master = f"file:{data.parent / 'master'}"
        (data.parent / "master").write_text(secrets.token_hex(32))
        cls.key = openips("key", "add", "--data", data, "--master-key", cls.master, "--company", COMPANY).stdout.strip()

    def setUp(self):
        self.seed = int(os.environ.get("OPENIPS_TEST_SEED", 0)) or random.randrange(1 << 32)
        self.random = random.Random(self.seed)
        self.names = iter(range(10 ** 9))
        self.lock = threading.Lock()
        self.accepted = {}  # job: name
        self.open = 0       # jobs that were waiting or under way at the kills
        self.asked = 0      # requests that may have been accepted or not are among these

    def client(self):
        """Asks for copies until enough are accepted; a server that is away is asked again."""
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            with self.lock:
                if len(self.accepted) >= JOBS:
                    return
                name = f"job {next(self.names)}"
                self.asked += 1
            body = {"name": name, **({"cmk_id": self.key} if self.asked % 2 else {})}
            try:
                reply = request(self.server, "POST", f"/v1/cloudimages/{self.source}/copy", body, self.token)
                with self.lock:
                    self.accepted[reply.json["job_id"]] = name
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)

    def kill_and_start(self, accepted):
        """When so many are accepted, or a little later."""
        end = time.monotonic() + GIVE_UP_S
        while len(self.accepted) < accepted and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(self.random.uniform(0, MORE_S))
        self.assertEqual(self.server.end(signal.SIGKILL), -signal.SIGKILL)
        self.open += len(self.rows("SELECT 1 FROM jobs WHERE status < 2"))
        self.server.start()

    def rows(self, statement):
        catalog = sqlite3.connect(self.server.data / "catalog.db")
        try:
            return catalog.execute(statement).fetchall()
        finally:
            catalog.close()

    def test_killed_ten_times(self):
        begun = time.monotonic()
        clients = [threading.Thread(target=self.client) for _ in range(CLIENTS)]
        for thread in clients:
            thread.start()
        for accepted in sorted(self.random.sample(range(JOBS), KILLS)):
            self.kill_and_start(accepted)
        for thread in clients:
            thread.join()
        self.assertGreaterEqual(len(self.accepted), JOBS, f"seed {self.seed}")
        done = {job: wait_job(self.server, self.token, job) for job in self.accepted}
        with self.subTest(seed=self.seed):
            self.check(done)
        self.assertGreater(self.open, 0, f"no kill met a job, seed {self.seed}")
        self.assertLess(time.monotonic() - begun, GIVE_UP_S)

    def check(self, done):
        """By the answers, then by the catalog, which also has the jobs whose acceptance nobody heard of."""
        self.assertEqual(collections.Counter(job["status"] for job in done.values()), {"SUCCESS": len(done)})
        self.assertEqual({job: one["entities"]["image_name"] for job, one in done.items()}, self.accepted)
        self.assertEqual(len({one["entities"]["image_id"] for one in done.values()}), len(done))
        end = time.monotonic() + 60
        while self.rows("SELECT 1 FROM jobs WHERE status < 2") and time.monotonic() < end:
            time.sleep(0.05)
        ended = self.rows("SELECT status, name, target FROM jobs")
        self.assertEqual({status for status, _, _ in ended}, {2})
        made = self.rows("SELECT name, id FROM assets WHERE name LIKE 'job %' ORDER BY id")
        self.assertEqual(made, sorted(((name, target) for _, name, target in ended), key=lambda row: row[1]))
        self.assertLessEqual(len(made), self.asked)
        self.assertEqual(len({name for name, _ in made}), len(made))
        self.server.run("gc", "--min-age", "0")
        self.assertEqual({file.name for file in self.server.blobs()},
                         {digest for digest, in self.rows("SELECT digest FROM assets WHERE digest IS NOT NULL")})
        self.assertRegex(self.server.run("check", "--deep", "--master-key", self.master).stdout, "^sound: ")


if __name__ == "__main__":
    unittest.main()
