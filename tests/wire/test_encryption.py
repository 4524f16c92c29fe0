# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Encryption at rest: the two faces read and copy encrypted assets as if they were not; keys are switched and rotated
by the command line beside a running server."""
import os
import pathlib
import secrets
import subprocess
import unittest

from harness import Server, binary, environment, openips
from soapio import call, copy_parameters, get

VAULT, MUG = "/is/image/ApiTestCo/vault", "/is/image/ApiTestCo/mug"
SEAL = b"openips sealed 1"

# what, origin of the master key, what is said of it
ORIGINS = [
    ("no kind", "{folder}/master", "neither file:PATH nor env:NAME"),
    ("another kind", "http://key.example/", "neither file:PATH nor env:NAME"),
    ("no file", "file:{folder}/nothing", "No such file"),
    ("a folder", "file:{folder}", "master-key: "),
    ("no variable", "env:OPENIPS_TEST_NOTHING", "no variable OPENIPS_TEST_NOTHING"),
    ("too short", "file:{folder}/short", "64 hexadecimal digits"),
    ("too long", "file:{folder}/long", "64 hexadecimal digits"),
    ("no digits", "file:{folder}/words", "64 hexadecimal digits"),
    ("empty", "file:{folder}/empty", "64 hexadecimal digits"),
    ("another key", "file:{folder}/other", "another master key"),
]


class Encryption(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.secret = secrets.token_hex(32)
        cls.server = Server(prepare=cls.prepare)
        cls.addClassCleanup(cls.server.stop)
        cls.server.end()
        cls.server.flags = ("--master-key", cls.master)
        cls.server.start()

    @classmethod
    def prepare(cls, data):
        cls.folder = data.parent
        for name, text in {"master": cls.secret + "\n", "short": "ab" * 31, "long": "ab" * 33, "words": "key" * 22,
                           "empty": "", "other": "ab" * 32}.items():
            (cls.folder / name).write_text(text)
        cls.master = f"file:{cls.folder / 'master'}"
        files = cls.folder / "files"
        files.mkdir()
        openips("export", "--data", data, "a|741", "-o", files / "vault.png")
        cls.original = (files / "vault.png").read_bytes()
        cls.key = cls.administer(data, "key", "add").stdout.strip()
        done = cls.administer(data, "import", "--company", "ApiTestCo", "--key", cls.key, files)
        cls.handle = done.stdout.split("\t")[0]

    @classmethod
    def administer(cls, data, *arguments, **more):
        return openips(*arguments, "--data", data, "--master-key", cls.master, **more)

    def run_key(self, *arguments):
        return self.administer(self.server.data, "key", *arguments).stdout

    def test_image(self):
        for query in ("", "?wid=60&fmt=png", "?rotate=20&fmt=webp&bgc=ff0000", "?req=exists,text", "?fmt=png&mask=vault"):
            with self.subTest(query):
                sealed, plain = get(self.server, VAULT + query), get(self.server, MUG + query)
                self.assertEqual((sealed.status, sealed.body), (200, plain.body))
        reply = get(self.server, VAULT)
        again = get(self.server, VAULT, {"If-None-Match": reply.headers["etag"]})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_copy(self):
        before = set(self.server.blobs())
        self.assertEqual(call(self.server, "copyImage", copy_parameters("vault-same", assetHandle=self.handle)).status, 200)
        self.assertEqual(set(self.server.blobs()), before)
        reply = call(self.server, "copyImage", copy_parameters("vault-small", "wid=60", assetHandle=self.handle))
        self.assertEqual(reply.status, 200, reply.text)
        made, = set(self.server.blobs()) - before
        self.assertTrue(made.read_bytes().startswith(SEAL))
        self.assertEqual(call(self.server, "copyImage", copy_parameters("mug-small", "wid=60", assetHandle="a|741")).status, 200)
        small = get(self.server, "/is/image/ApiTestCo/mug-small")
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/vault-small").body, small.body)
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/vault-same").body, get(self.server, MUG).body)

    def test_at_rest(self):
        """What lies on the disk: one plain mug, the demo's own; nowhere the master key."""
        self.assertEqual(sum(file.read_bytes() == self.original for file in self.server.blobs()), 1)
        self.assertTrue(any(file.read_bytes().startswith(SEAL) for file in self.server.blobs()))
        for file in self.server.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(self.secret.encode(), file.read_bytes(), file)
                self.assertNotIn(bytes.fromhex(self.secret), file.read_bytes(), file)
        self.assertNotIn(self.secret, self.server.log())
        self.assertNotIn(self.secret, pathlib.Path(f"/proc/{self.server.pid}/cmdline").read_text())

    def test_switched_off(self):
        self.run_key("disable", self.key)
        try:
            self.assertEqual(get(self.server, VAULT).status, 403)
            self.assertEqual(get(self.server, VAULT + "?wid=9").status, 403)
            reply = call(self.server, "copyImage", copy_parameters("never", assetHandle=self.handle))
            self.assertIn("key that is disabled", reply.text)
            self.assertIn(f"{self.key}\tc|6\tdisabled", self.run_key("list"))
            self.assertEqual(get(self.server, MUG).status, 200)
        finally:
            self.run_key("enable", self.key)
        self.assertEqual(get(self.server, VAULT).body, get(self.server, MUG).body)
        self.assertIn(f"{self.key}\tc|6\tenabled", self.run_key("list"))

    def test_rotated(self):
        def times():
            return {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in self.server.blobs()}
        before = times()
        self.assertRegex(self.run_key("rotate", self.key), r"^[1-9]\d* files follow\n$")
        self.assertEqual(times(), before)
        self.assertEqual(get(self.server, VAULT).body, get(self.server, MUG).body)

    def test_sound(self):
        for master in ([], ["--master-key", self.master]):
            self.assertRegex(openips("check", "--deep", "--data", self.server.data, *master).stdout, "^sound: ")

    def test_exported(self):
        done = self.administer(self.server.data, "export", self.handle, text=False)
        self.assertEqual(done.stdout, self.original)

    def test_master_of_environment(self):
        done = subprocess.run([str(binary()), "export", "--data", str(self.server.data), self.handle],
                              capture_output=True, stdin=subprocess.DEVNULL,
                              env=environment(OPENIPS_MASTER_KEY="env:TEST_MASTER", TEST_MASTER=self.secret))
        self.assertEqual(done.stdout, self.original, done.stderr)

    def test_origins(self):
        for what, origin, words in ORIGINS:
            with self.subTest(what):
                done = openips("export", "--data", self.server.data, "--master-key", origin.format(folder=self.folder),
                               self.handle, check=False, text=False)
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assertIn(words, done.stderr.decode())

    def test_refused_keys(self):
        for command in ("enable", "disable", "rotate"):
            done = openips("key", command, "nothing", "--data", self.server.data, "--master-key", self.master, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("no", done.stderr)
        picture = self.folder / "files" / "vault.png"
        copy = self.folder / "fresh.png"
        os.link(picture, copy)
        done = self.administer(self.server.data, "import", "--company", "ApiTestCo", "--key", "nothing", copy, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no key 'nothing'", done.stderr)


if __name__ == "__main__":
    unittest.main()
