# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Real clients of the image copy face: log in or sign, copy encrypted, poll, read back, list, rename, delete, decode
errors."""
import hashlib
import os
import pathlib
import re
import secrets
import subprocess
import unittest

from harness import Server, environment, openips
from imsio import COMPANY, PASSWORD, SOURCE, USER, image_id

HERE = pathlib.Path(__file__).resolve().parent

# name, command, by what it comes in
CLIENTS = [
    ("glance", ["/usr/bin/python3", "ims_glance.py"], "password"),
    ("openstack", ["/usr/bin/python3", "ims_openstack.py"], "password"),
    ("huawei", ["node", "ims_huawei.js"], "signature"),
]
SAID = re.compile(r"^(job|image|data|listed|renamed|missing|fault) (.*)$", re.M)  # a core may log between its lines
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(prepare=cls.prepare)
        cls.addClassCleanup(cls.server.stop)
        cls.server.end()
        cls.server.flags = ("--master-key", cls.master)
        cls.server.start()
        cls.source = image_id(cls.server)
        cls.digest = hashlib.sha256(cls.server.run("export", SOURCE, text=False).stdout).hexdigest()
        access, secret, project = cls.server.run("access-key add", USER, "--company", COMPANY).stdout.split()
        cls.ways = {"password": (USER, PASSWORD, COMPANY), "signature": (access, secret, project)}

    @classmethod
    def prepare(cls, data):
        cls.master = f"file:{data.parent / 'master'}"
        (data.parent / "master").write_text(secrets.token_hex(32))
        cls.key = openips("key", "add", "--data", data, "--master-key", cls.master, "--company", COMPANY).stdout.strip()

    def test_clients(self):
        for client, command, way in CLIENTS:
            with self.subTest(client):
                done = subprocess.run([*command, self.server.url, *self.ways[way], self.source, client, self.key],
                                      cwd=HERE, capture_output=True, text=True, timeout=120, env=environment(
                                          NODE_PATH=os.environ.get("NODE_PATH", ""), HOME=str(self.server.folder)))
                said = done.stdout + done.stderr
                self.assertEqual(done.returncode, 0, said)
                answers = dict(SAID.findall(done.stdout))
                self.assertEqual(answers["job"], "SUCCESS", said)
                made = re.fullmatch(rf"({UUID}) {client} {self.key} {self.source}", answers["image"])
                self.assertTrue(made, said)
                if way == "password":  # the vendor's API has no download
                    self.assertEqual(answers["data"], self.digest, said)
                self.assertEqual((answers["listed"], answers["renamed"]), ("1", f"{client}-renamed"), said)
                self.assertEqual(answers["missing"],
                                 f"404 The image ID {made[1]} in the request does not exist.", said)
                self.assertRegex(answers["fault"], "^IMG.0003 .*not as in 'a/b'", said)


if __name__ == "__main__":
    unittest.main()
