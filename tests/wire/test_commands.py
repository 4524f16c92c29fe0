# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Administration and files by the command line, beside a running server."""
import pathlib
import subprocess
import tempfile
import unittest

from harness import Server, binary, openips
from soapio import auth, call, copy_parameters, get

PROGRAM_NAMES = ("serve", "import", "user add", "permission set")


class Words(unittest.TestCase):
    def test_help(self):
        overview = openips("help").stdout
        for name in PROGRAM_NAMES:
            self.assertIn(f"\n  {name} ", overview)
            self.assertIn(f"usage: openips {name}", openips("help", *name.split()).stdout)
            self.assertIn(f"usage: openips {name}", openips(*name.split(), "--help").stdout)
        self.assertEqual(openips("--help").stdout, overview)
        self.assertIn("| `max-body` | `OPENIPS_MAX_BODY` |", openips("help", "settings").stdout)
        self.assertEqual(openips("help", "user").stdout.count("usage: openips user "), 6)
        self.assertRegex(openips("version").stdout, r"^openips \d+\.\d+\.\d+\n$")

    def test_not_understood(self):
        for words in ([], ["fly"], ["user"], ["user", "fly"], ["help", "fly"], ["version", "x"], ["export"]):
            with self.subTest(words=words):
                done = openips(*words, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn("Try: openips help", done.stderr)


class People(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def refused(self, command, *arguments, **more):
        done = self.server.run(command, *arguments, check=False, **more)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def copy(self, name, email, password, **parameters):
        return call(self.server, "copyImage", copy_parameters(name, **parameters), auth(email, password))

    def test_a_user_comes_to_a_copy(self):
        run, email = self.server.run, "new@openips.example"
        self.assertIn(email, run("user add", email, "--first-name", "Nina", password="first").stdout)
        self.assertEqual(self.copy("n1", email, "first").fault[1], 20006)
        run("user role", email, "-c", "ApiTestCo", "--role", "IpsUser")
        self.assertEqual(self.copy("n2", email, "first").status, 200)
        self.assertIn("ApiTestCo\tIpsUser\tactive", run("user show", email).stdout)

        run("user password", email, "--password-stdin", input="second\n")
        self.assertEqual(self.copy("n3", email, "first").fault[1], 10001)
        self.assertEqual(self.copy("n3", email, "second").status, 200)
        run("user role", email, "--role", "IpsUser", "--active", "no")
        self.assertEqual(self.copy("n4", email, "second").fault[1], 20006)
        run("user set", email, "--active", "no")
        self.assertEqual(self.copy("n5", email, "second").fault[1], 10002)
        self.assertIn("Nina", run("user list").stdout)

    def test_groups_and_permissions(self):
        run, email = self.server.run, "gina@openips.example"
        run("user add", email, password="x")
        run("user role", email, "--role", "ImagePortalContrib")
        run("group add", "Editors")
        run("group member", "Editors", email)
        run("folder add", "Editors/Drafts")
        self.assertIn("ApiTestCo/Editors/Drafts/\n", run("folder list", "--folder", "Editors").stdout)
        target = {"folderHandle": "f|ApiTestCo/Editors/Drafts/"}

        self.assertEqual(self.copy("g1", email, "x", **target).fault[1], 20009)
        run("permission set", "/", "Editors", "read", "allow")
        self.assertEqual(self.copy("g2", email, "x", **target).fault[1], 20009)
        run("permission set", "Editors", "Editors", "write", "allow")
        self.assertEqual(self.copy("g3", email, "x", **target).status, 200)
        self.assertIn("ApiTestCo/Editors/Drafts/\tEditors\tWrite\tallow", run("permission list", "Editors").stdout)
        run("permission remove", "Editors", "Editors", "write")
        self.assertEqual(self.copy("g4", email, "x", **target).fault[1], 20009)
        run("permission set", "Editors/Drafts", "Editors", "write", "allow")
        run("group member", "Editors", email, "--remove")
        self.assertEqual(self.copy("g5", email, "x", **target).fault[1], 20009)
        self.assertIn("Editors", run("group list").stdout)

    def test_refusals(self):
        self.assertIn("no terminal", self.refused("user add", "t@openips.example"))
        self.assertIn("empty", self.refused("user add", "t@openips.example", password=""))
        self.assertIn("no user", self.refused("user show", "t@openips.example"))
        self.assertIn("no company", self.refused("group list", "-c", "NoSuchCo"))
        self.assertIn("no folder", self.refused("permission set", "Nowhere", "Portal", "read", "allow"))
        self.assertIn("no group", self.refused("permission set", "/", "Nobodies", "read", "allow"))
        self.assertIn("fly", self.refused("permission set", "/", "Portal", "fly", "allow"))
        self.assertIn("perhaps", self.refused("permission set", "/", "Portal", "read", "perhaps"))
        self.assertIn("IpsAdmin", self.refused("user role", "demo@openips.example", "--role", "IpsAdmin"))
        self.assertIn("--role", self.refused("user role", "demo@openips.example"))
        self.assertIn("demo@openips.example", self.server.run("user list").stdout)
        for listed in (self.server.log(), self.server.run("user list").stdout):
            self.assertNotIn("demo-password", listed)


class Companies(unittest.TestCase):
    def test_several(self):
        with Server() as server:
            self.assertIn("ApiTestCo", server.run("company list").stdout)
            server.run("company add", "Other", "--id", "77")
            self.assertIn("several", server.run("group list", check=False).stderr)
            server.run("group add", "Portal", "-c", "Other")
            bad = server.run("company set", "Other", "--expires", "soon", check=False)
            self.assertEqual(bad.returncode, 1)
            server.run("company set", "ApiTestCo", "--expires", "2011-03-01T23:04:40Z")
            self.assertIn("ApiTestCo\t2011-03-01T23:04:40", server.run("company list").stdout)
            self.assertIsNotNone(call(server, "copyImage", copy_parameters("late")).fault)
            server.run("company set", "ApiTestCo", "--expires", "never")
            self.assertEqual(call(server, "copyImage", copy_parameters("again")).status, 200)


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.picture = cls.folder / "mac.img"
        cls.server.run("export", "a|739|1|537", "-o", cls.picture)

    def render(self, modifiers, name, *more):
        out = self.folder / name
        openips("render", self.picture, modifiers, "-o", out, *more)
        return out

    def test_import_export(self):
        tree = self.folder / "tree"
        (tree / "inner" / "deep").mkdir(parents=True)
        self.render("wid=64&fmt=png", "tree/one.png")
        self.render("wid=65&fmt=jpeg", "tree/inner/two.jpg")
        self.render("wid=66&fmt=webp", "tree/inner/deep/three.webp")
        (tree / ".hidden.png").write_bytes(b"not looked at")
        done = self.server.run("import", tree, "--folder", "Imported")
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        self.assertEqual(sorted(row[1] for row in rows), ["ApiTestCo/Imported/inner/deep/three",
                                                          "ApiTestCo/Imported/inner/two", "ApiTestCo/Imported/one"])
        self.assertIn("3 imported, 0 skipped", done.stderr)
        for handle, _, file in rows:
            self.assertEqual(self.server.run("export", handle, text=False).stdout, pathlib.Path(file).read_bytes())
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/one").status, 200)
        self.assertEqual(self.server.run("check", "--deep").stdout.split(":")[0], "sound")

    def test_bad_files_are_skipped(self):
        bad = self.folder / "bad"
        bad.mkdir()
        self.render("wid=40&fmt=png", "bad/fine.png")
        (bad / "text.png").write_text("these are words")
        (bad / "empty.jpg").write_bytes(b"")
        (bad / "cut.png").write_bytes((bad / "fine.png").read_bytes()[:90])
        done = self.server.run("import", bad, self.folder / "not-there", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 imported, 3 skipped", done.stderr)
        for name in ("text.png", "empty.jpg", "cut.png", "not-there"):
            self.assertIn(f"{name}: ", done.stderr)
        self.assertEqual(self.server.run("check", "--deep").stdout.split(":")[0], "sound")

    def test_render(self):
        self.assertEqual(self.render("", "same").read_bytes(), self.picture.read_bytes())
        self.assertEqual(self.render("wid=100&fmt=png", "a.png").read_bytes()[:4], b"\x89PNG")
        self.assertEqual(self.render("wid=100", "a.jpg", "--reply").read_bytes()[:2], b"\xff\xd8")
        out = self.folder / "kept"
        out.write_text("old")
        done = openips("render", self.picture, "wid=-1", "-o", out, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("wid", done.stderr)
        self.assertEqual(out.read_text(), "old")
        self.assertEqual([f.name for f in self.folder.glob("kept*")], ["kept"])

    def test_export_of_nothing(self):
        out = self.folder / "nothing"
        for handle in ("a|999999|1|1", "nonsense", "", "f|ApiTestCo/"):
            done = self.server.run("export", handle, "-o", out, check=False)
            self.assertEqual(done.returncode, 1, handle)
            self.assertFalse(out.exists())

    def test_gc(self):
        self.assertRegex(self.server.run("gc", "--min-age", "0").stdout, r"^\d+ removed\n$")
        self.assertEqual(self.server.run("check", "--deep").stdout.split(":")[0], "sound")
        self.assertEqual(self.server.run("gc", "--min-age", "-1", check=False).returncode, 2)

    def test_copy_client(self):
        endpoint = self.server.url + "/scene7/services/IpsApiService"
        words = ["copy", "-c", "c|6", "-u", "demo@openips.example", "--endpoint", endpoint]
        for number, flags in enumerate(([], ["--basic"])):
            done = openips(*words, *flags, "a|739|1|537", "f|ApiTestCo/", f"by-client-{number}", "wid=90",
                           password="demo-password")
            self.assertRegex(done.stdout, r"^a\|\d+\|1\|\d+\n$")
        taken = openips(*words, "a|739|1|537", "f|ApiTestCo/", "by-client-0", password="demo-password", check=False)
        self.assertEqual(taken.returncode, 1)
        self.assertIn("already in use", taken.stderr)
        wrong = openips(*words, "a|739|1|537", "f|ApiTestCo/", "by-client-9", password="wrong", check=False)
        self.assertEqual(wrong.returncode, 1)


class Outside(unittest.TestCase):
    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(binary()), "help", "settings"], stdout=full, timeout=60)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
