# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Encrypted copies through the image copy face: the four conversions, what the key checks answer, and that the other
faces show and copy what was encrypted there."""
import hashlib
import secrets
import unittest

from harness import Server, openips
from imsio import copy, image_id, login, request, wait_job
from soapio import call, copy_parameters, get

SEAL = b"openips sealed 1"
MUG = "a|741"
NO_KEY = "2d9e6c14-7f03-4b8a-9c51-a0b7e3d4f812"

# source, key asked for, key of the result; are new files written?
CONVERSIONS = [
    ("plain", None, None, False),
    ("plain", "", None, False),
    ("plain", "A", "A", True),
    ("A", None, None, False),  # the plain file is known already
    ("A", "", None, False),
    ("A", "B", "B", True),
    ("B", "A", "A", True),
    ("B", None, None, False),
]
# source, key asked for, code
REFUSALS = [
    ("plain", "none", "IMG.0095"),
    ("plain", "no UUID", "IMG.0095"),
    ("plain", "off", "IMG.0097"),
    ("plain", "foreign", "IMG.0099"),
    ("A", "A", "IMG.0096"),
    ("A", "none", "IMG.0095"),
    ("A", "off", "IMG.0097"),
    ("off", None, "IMG.0102"),
    ("off", "A", "IMG.0102"),
    ("off", "off", "IMG.0097"),
    ("metal", "A", "IMG.0118"),
    ("metal", "none", "IMG.0095"),
    ("metal", "off", "IMG.0097"),
]


class Keys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(prepare=cls.prepare)
        cls.addClassCleanup(cls.server.stop)
        cls.server.end()
        cls.server.flags = ("--master-key", cls.master)
        cls.server.start()
        cls.token, cls.project = login(cls.server)
        cls.images = {"plain": image_id(cls.server, MUG)}
        for name in ("A", "B", "off"):
            cls.images[name] = cls.made(f"source {name}", cls.images["plain"], name)["id"]
        cls.images["metal"] = cls.made("source metal", cls.images["plain"])["id"]
        cls.server.run("image set", cls.handle("source metal"), "virtual_env_type=Ironic")
        cls.run_key("disable", cls.keys["off"])
        cls.picture = get(cls.server, "/is/image/ApiTestCo/mug").body

    @classmethod
    def prepare(cls, data):
        cls.master = f"file:{data.parent / 'master'}"
        (data.parent / "master").write_text(secrets.token_hex(32))
        openips("company", "add", "Second", "--data", data)
        cls.keys = {name: openips("key", "add", "--data", data, "--master-key", cls.master,
                                  "--company", company).stdout.strip()
                    for name, company in (("A", "ApiTestCo"), ("B", "ApiTestCo"), ("off", "ApiTestCo"),
                                          ("foreign", "Second"))}
        cls.keys |= {"none": NO_KEY, "no UUID": "alias/mine"}

    @classmethod
    def run_key(cls, command, *arguments):
        return cls.server.run(f"key {command}", *arguments, "--master-key", cls.master)

    @classmethod
    def handle(cls, name):
        return call(cls.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]}).find(
            "assetArray/items/assetHandle")

    @classmethod
    def body(cls, name, key):
        return {"name": name} if key is None else {"name": name, "cmk_id": cls.keys.get(key, key)}

    @classmethod
    def made(cls, name, source, key=None, path="/v1"):
        """The image object of a copy."""
        reply = request(cls.server, "POST", f"{path}/cloudimages/{source}/copy", cls.body(name, key), cls.token)
        assert reply.status == 200, reply.raw
        done = wait_job(cls.server, cls.token, reply.json["job_id"])
        assert done["status"] == "SUCCESS", done
        return request(cls.server, "GET", f"/v2/images/{done['entities']['image_id']}", token=cls.token).json

    def test_conversions(self):
        for path in ("/v1", "/v2.1"):
            for number, (source, key, result, new) in enumerate(CONVERSIONS):
                with self.subTest(source, key=key, path=path):
                    before = set(self.server.blobs())
                    name = f"made{path.replace('/', ' ')} {number}"
                    image = self.made(name, self.images[source], key, path)
                    written = set(self.server.blobs()) - before
                    self.assertEqual(len(written), int(new))
                    for file in written:
                        self.assertTrue(file.read_bytes().startswith(SEAL))
                    self.assertEqual(image.get("__system__cmkid"), self.keys.get(result))
                    self.assertEqual(image["__image_size"], str(image["size"]))
                    plain = request(self.server, "GET", f"/v2/images/{self.images['plain']}", token=self.token).json
                    self.assertEqual(image["size"], plain["size"])
                    self.assertEqual(image.get("os_hash_value"), None if result else plain["os_hash_value"])
                    shown = get(self.server, f"/is/image/ApiTestCo/{name.replace(' ', '%20')}")
                    self.assertEqual((shown.status, shown.body), (200, self.picture))

    def test_refusals(self):
        jobs = len(self.server.blobs())
        for path in ("/v1", "/v2.1"):
            for source, key, code in REFUSALS:
                with self.subTest(source, key=key, path=path):
                    reply = request(self.server, "POST", f"{path}/cloudimages/{self.images[source]}/copy",
                                    self.body("never", key), self.token)
                    self.assertEqual((reply.status, reply.code), (400, code), reply.raw)
        self.assertEqual(len(self.server.blobs()), jobs)
        self.assertEqual(self.listed("name=never"), [])

    def listed(self, query):
        return request(self.server, "GET", f"/v2/cloudimages?{query}", token=self.token).json["images"]

    def test_listed_by_key(self):
        for name in ("A", "B", "off"):
            found = self.listed(f"__system__cmkid={self.keys[name]}")
            self.assertIn(self.images[name], [image["id"] for image in found])
            self.assertEqual({image["__system__cmkid"] for image in found}, {self.keys[name]})
        self.assertEqual(self.listed(f"__system__cmkid={NO_KEY}"), [])
        schema = request(self.server, "GET", "/v2/schemas/image", token=self.token).json
        self.assertEqual(schema["properties"]["__system__cmkid"], {"type": "string"})

    def test_the_key_cannot_be_set(self):
        for op in ("add", "replace", "remove"):
            step = {"op": op, "path": "/__system__cmkid", **({} if op == "remove" else {"value": self.keys["B"]})}
            reply = request(self.server, "PATCH", f"/v2/images/{self.images['A']}", [step], self.token)
            self.assertEqual((reply.status, reply.code), (400, "IMG.0105"))

    def test_copied_by_soap(self):
        """What is encrypted stays so, with its key: shared without pixel work, sealed anew with."""
        for name, modifier, new in (("soap same", "", 0), ("soap small", "wid=60", 1)):
            with self.subTest(name):
                before = set(self.server.blobs())
                source = self.handle("source A")
                reply = call(self.server, "copyImage", copy_parameters(name, modifier, assetHandle=source))
                self.assertIsNone(reply.fault)
                written = set(self.server.blobs()) - before
                self.assertEqual(len(written), new)
                for file in written:
                    self.assertTrue(file.read_bytes().startswith(SEAL))
                image, = self.listed(f"name={name.replace(' ', '%20')}")
                self.assertEqual(image["__system__cmkid"], self.keys["A"])

    def test_rotated(self):
        """The key keeps its id; what was encrypted before is read and copied after."""
        self.run_key("rotate", self.keys["B"])
        for source, key in (("B", None), ("B", "A"), ("plain", "B")):
            self.made(f"rotated {source} {key}", self.images[source], key)
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/source%20B").body, self.picture)

    def test_digest(self):
        """What is said of a plain file is true."""
        image = request(self.server, "GET", f"/v2/images/{self.images['plain']}", token=self.token).json
        done = self.server.run("export", MUG, "--master-key", self.master, text=False)
        self.assertEqual((image["os_hash_algo"], image["os_hash_value"]),
                         ("sha256", hashlib.sha256(done.stdout).hexdigest()))

    def test_file(self):
        """The content, whatever its file is like; not while its key is off."""
        for name in ("plain", "A", "B"):
            reply = request(self.server, "GET", f"/v2/images/{self.images[name]}/file", token=self.token)
            self.assertEqual((reply.status, reply.headers["content-type"]), (200, "application/octet-stream"))
            done = self.server.run("export", MUG, text=False)
            self.assertEqual(reply.raw, done.stdout)
            head = request(self.server, "HEAD", f"/v2/images/{self.images[name]}/file", token=self.token)
            self.assertEqual((head.status, head.headers["content-length"]), (200, str(len(done.stdout))))
        for image, status, code in ((self.images["off"], 400, "IMG.0102"), (NO_KEY, 404, "IMG.0027"),
                                    ("one", 400, "IMG.0066")):
            reply = request(self.server, "GET", f"/v2/images/{image}/file", token=self.token)
            self.assertEqual((reply.status, reply.code), (status, code))
        reply = request(self.server, "GET", f"/v2/images/{self.images['plain']}/file")
        self.assertEqual((reply.status, reply.code), (401, "APIGW.0301"))

    def test_zz_sound(self):
        self.assertRegex(self.server.run("check", "--deep", "--master-key", self.master).stdout, "^sound: ")

    def test_without_master_key(self):
        with Server(prepare=self.prepare_other) as server:
            token, _ = login(server)
            reply = request(server, "POST", f"/v1/cloudimages/{image_id(server)}/copy",
                            {"name": "x", "cmk_id": self.other}, token)
            self.assertEqual((reply.status, reply.code), (500, "IMG.0061"))
            wait_job(server, token, copy(server, token, image_id(server), "plain"))

    def prepare_other(self, data):
        self.other = openips("key", "add", "--data", data, "--master-key", self.master, "--company",
                             "ApiTestCo").stdout.strip()


if __name__ == "__main__":
    unittest.main()
