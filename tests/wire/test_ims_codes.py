# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Every code that the image copy API publishes for copies and jobs: the request that it answers, or why it cannot
occur here. The checks come in one order: a request wrong in every respect is mended one step at a time, and each time
hears of the next fault. JSON is taken strictly, to its limits."""
import json
import secrets
import sqlite3
import unittest

from harness import Server, openips
from imsio import COMPANY, PASSWORD, copy, image_id, login, request, wait_job
from soapio import call

NOWHERE = "6b7f5d0e-3c0a-4a55-9a3e-1c8f2d7b9e10"
VIEWER = "viewer@x.example"
MAX_BODY, MAX_DEPTH = 64 * 1024, 16

# codes for which no request exists here
IMPOSSIBLE = {
    "IMG.0009": "names of images may repeat",
    "IMG.0031": "IMG.0027, IMG.0066 and IMG.0023 say which resource",
    "IMG.0047": "images are not shared: others do not see them",
    "IMG.0062": "the same as IMG.0003",
    "IMG.0083": "there are no public images",
    "IMG.0086": "a list without images is no error",
    "IMG.0087": "the gateway answers first",
    "IMG.0101": "a key that encrypts something cannot go away",
    "IMG.0103": "keys and images do not change companies",
    "IMG.0106": "images of others are not seen: IMG.0027",
    "IMG.0144": "the same as IMG.0027",
    "IMG.0148": "an export takes no hold of its image",
    "IMG.0154": "there is one enterprise project", "IMG.0156": "there is one enterprise project",
    "IMG.0187": "keys know no traffic limit",
    "IMG.0196": "images are not shared", "IMG.0197": "images are not shared",
    "IMG.0238": "nobody pays", "IMG.0239": "nobody pays", "IMG.0241": "nobody pays", "IMG.0242": "nobody pays",
}
PUBLISHED = {f"IMG.{number:04}" for number in (
    1, 2, 3, 4, 7, 9, 13, 15, 17, 18, 23, 26, 27, 30, 31, 46, 47, 54, 59, 60, 61, 62, 66, 67, 83, 86, 87, 95, 96, 97, 99,
    101, 102, 103, 105, 106, 118, 130, 144, 148, 154, 155, 156, 167, 187, 196, 197, 238, 239, 241, 242)} | {
    "APIGW.0301", "APIGW.0101"}
HEARD = set()  # codes that answered a request of this file

# name, body, status: text that JSON allows, or nearly
DEEP = '{"name":"x","more":%s}'
STRICT = [
    ("as deep as may be", DEEP % ("[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)), 200),
    ("deeper", DEEP % ("[" * MAX_DEPTH + "]" * MAX_DEPTH), 400),
    ("deep in objects", DEEP % ('{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH), 400),
    ("brackets in a text are not deep", DEEP % f'"{"[" * 50}\\"{"{" * 50}"', 200),
    ("as long as may be", '{"name":"x"}' + " " * (MAX_BODY - 12), 200),
    ("longer", '{"name":"x"}' + " " * (MAX_BODY - 11), 413),
    ("blanks around", '\r\n\t {"name" : "x"} \r\n', 200),
    ("escapes", '{"n\\u0061me":"\\u0078"}', 200),
    ("other fields of any type", '{"name":"x","a":null,"b":[1.5e3,true,{}],"c":"\\u4e2d"}', 200),
    ("byte order mark", '\ufeff{"name":"x"}', 400),
    ("comma too many", '{"name":"x",}', 400),
    ("single quotes", "{'name':'x'}", 400),
    ("no quotes", '{name:"x"}', 400),
    ("a comment", '{"name":"x"/**/}', 400),
    ("line end in a text", '{"name":"x","description":"a\nb"}', 400),
    ("half a surrogate", '{"name":"x","description":"\\ud800"}', 400),
    ("surrogates the wrong way round", '{"name":"x","description":"\\udc00\\ud800"}', 400),
    ("unknown escape", '{"name":"\\x41"}', 400),
    ("a number that begins by 0", '{"name":"x","a":01}', 400),
    ("a number beyond all", '{"name":"x","a":1e999}', 400),
    ("NaN", '{"name":"x","a":NaN}', 400),
    ("upper case", '{"name":"x","a":TRUE}', 400),
    ("a name twice", '{"name":"x","name":"x"}', 400),
    ("a name twice, deep inside", '{"name":"x","a":{"b":1,"b":1}}', 400),
    ("another case is another field", '{"Name":"x"}', 400),
    *((f"name is {value}", '{"name":%s}' % value, 400) for value in ("7", "1.5", "true", "[]", "{}", '["x"]')),
    *((f"{field} is {value}", '{"name":"x","%s":%s}' % (field, value), 400)
      for field in ("description", "cmk_id", "enterprise_project_id") for value in ("0", "false", "[]", "{}")),
]


class Codes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(prepare=cls.prepare)
        cls.addClassCleanup(cls.server.stop)
        cls.restart("--image-quota", "0", "--task-limit", "0")
        cls.token, cls.project = login(cls.server)
        cls.source = image_id(cls.server)

    @classmethod
    def prepare(cls, data):
        cls.master = f"file:{data.parent / 'master'}"
        (data.parent / "master").write_text(secrets.token_hex(32))
        openips("company", "add", "Second", "--data", data)
        openips("user", "add", VIEWER, "--data", data, password=PASSWORD)
        openips("user", "role", VIEWER, "--data", data, "--company", COMPANY, "--role", "ImagePortalUser")
        cls.keys = {name: openips("key", "add", "--data", data, "--master-key", cls.master,
                                  "--company", company).stdout.strip()
                    for name, company in (("its", COMPANY), ("other", COMPANY), ("off", COMPANY), ("foreign", "Second"))}
        openips("key", "disable", cls.keys["off"], "--data", data)

    @classmethod
    def restart(cls, *flags):
        cls.server.end()
        cls.server.flags = ("--master-key", cls.master, *flags)
        cls.server.start()

    def heard(self, reply, status, code):
        self.assertEqual((reply.status, reply.code), (status, code), reply.raw)
        HEARD.add(code)

    def sql(self, *statements):
        """Straight into the catalog: what no client can do."""
        catalog = sqlite3.connect(self.server.data / "catalog.db", timeout=30)
        for statement in statements:
            catalog.execute(statement)
        catalog.commit()
        catalog.close()

    def handle(self, name):
        return call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]}).find(
            "assetArray/items/assetHandle")

    def test_1_strict_json(self):
        for row, body, status in STRICT:
            with self.subTest(row):
                reply = request(self.server, "POST", f"/v1/cloudimages/{self.source}/copy", body.encode(), self.token)
                self.assertEqual(reply.status, status, reply.raw)
                if status != 200:
                    self.assertIn(reply.code, ("IMG.0001", "IMG.0013") if status == 400 else ("APIGW.0201",))
                else:
                    wait_job(self.server, self.token, reply.json["job_id"])

    def test_2_order(self):
        """One request, mended step by step."""
        job = copy(self.server, self.token, self.source, "sealed", cmk_id=self.keys["its"])
        sealed = wait_job(self.server, self.token, job)["entities"]["image_id"]
        viewer, _ = login(self.server, user=VIEWER)
        asset = self.handle("sealed")
        image_id(self.server, asset, "__whole_image=true", "virtual_env_type=IsoImage", "status=queued", "min_disk=129")
        self.server.run("key disable", self.keys["its"])
        self.restart("--image-quota", "1", "--task-limit", "1")
        ask = {"token": None, "image": "one", "body": b""}
        body = {"name": 7, "description": "<" * 1025, "enterprise_project_id": "one", "cmk_id": NOWHERE}

        def fields(*assignments):
            image_id(self.server, asset, *assignments)

        def now(**changed):
            body.update(changed)
            ask["body"] = body

        steps = [  # what is mended; then the answer
            (lambda: None, 401, "APIGW.0301"),
            (lambda: ask.update(token=viewer), 403, "IMG.0026"),
            (lambda: ask.update(token=self.token), 400, "IMG.0066"),
            (lambda: ask.update(image=NOWHERE), 400, "IMG.0007"),
            (lambda: ask.update(body=b"{"), 400, "IMG.0001"),
            (lambda: now(), 400, "IMG.0001"),
            (lambda: now(name=""), 400, "IMG.0013"),
            (lambda: now(name="?" * 129), 400, "IMG.0002"),
            (lambda: now(name="a/b"), 400, "IMG.0003"),
            (lambda: now(name="at last"), 400, "IMG.0004"),
            (lambda: now(description="<"), 400, "IMG.0054"),
            (lambda: now(description="mended"), 400, "IMG.0155"),
            (lambda: now(enterprise_project_id="0"), 404, "IMG.0027"),
            (lambda: ask.update(image=sealed), 400, "IMG.0130"),
            (lambda: fields("__whole_image="), 400, "IMG.0167"),
            (lambda: fields("virtual_env_type=Ironic"), 400, "IMG.0046"),
            (lambda: fields("status="), 400, "IMG.0059"),
            (lambda: fields("min_disk="), 400, "IMG.0095"),
            (lambda: now(cmk_id=self.keys["foreign"]), 400, "IMG.0099"),
            (lambda: now(cmk_id=self.keys["off"]), 400, "IMG.0097"),
            (lambda: now(cmk_id=self.keys["other"]), 400, "IMG.0102"),
            (lambda: (self.server.run("key enable", self.keys["its"]), now(cmk_id=self.keys["its"])), 400, "IMG.0096"),
            (lambda: now(cmk_id=self.keys["other"]), 400, "IMG.0118"),
            (lambda: fields("virtual_env_type="), 400, "IMG.0015"),
            (self.only_tasks, 400, "IMG.0060"),
            (self.break_jobs, 400, "IMG.0018"),
        ]
        for number, (mend, status, code) in enumerate(steps):
            with self.subTest(number, code=code):
                mend()
                reply = self.send(ask)
                self.heard(reply, status, code)
        self.mend_jobs()
        reply = self.send(ask)
        self.assertEqual(reply.status, 200, reply.raw)
        self.assertEqual(wait_job(self.server, self.token, reply.json["job_id"])["status"], "SUCCESS")

    def send(self, ask):
        return request(self.server, "POST", f"/v1/cloudimages/{ask['image']}/copy", ask["body"], ask["token"])

    def only_tasks(self):
        """Room for images; one job is under way for ever."""
        self.restart("--image-quota", "0", "--task-limit", "1")
        self.sql("INSERT INTO jobs (id, company_id, user_id, source, target, status, name, created) "
                 "SELECT 900000, company_id, user_id, source, 900000, 1, name, created FROM jobs LIMIT 1")

    def break_jobs(self):
        self.sql("DELETE FROM jobs WHERE id = 900000", "ALTER TABLE jobs RENAME TO jobs_away")

    def mend_jobs(self):
        self.sql("ALTER TABLE jobs_away RENAME TO jobs")

    def test_3_elsewhere(self):
        """Codes of other requests than the copy."""
        token = self.token
        job = copy(self.server, token, self.source, "known")
        wait_job(self.server, token, job)
        patch = [{"op": "replace", "path": "/owner", "value": "me"}]
        for method, path, body, status, code in (
                ("GET", "/v2/cloudimages?limit=many", None, 400, "IMG.0017"),
                ("GET", f"/v1/cloudimages/job/{'0' * 32}", None, 400, "IMG.0023"),
                ("GET", f"/v1/{self.project}/jobs/{'0' * 32}", None, 400, "IMG.0023"),
                ("GET", f"/v1/{'0' * 32}/jobs/{job}", None, 400, "IMG.0030"),
                ("GET", f"/v1/one/jobs/{job}", None, 400, "IMG.0067"),
                ("PATCH", f"/v2/cloudimages/{self.source}", patch, 400, "IMG.0105"),
                ("GET", f"/v2/images/{NOWHERE}", None, 404, "IMG.0027"),
                ("DELETE", "/v2/images/one", None, 400, "IMG.0066"),
                ("POST", f"/v1/cloudimages/{self.source}/cross_region_copy", {"name": "x"}, 404, "APIGW.0101"),
                ("PUT", f"/v1/cloudimages/{self.source}/copy", {"name": "x"}, 405, "APIGW.0101")):
            with self.subTest(f"{method} {path}"):
                self.heard(request(self.server, method, path, body, token), status, code)

    def test_4_in_the_job(self):
        """What goes wrong after acceptance is said by the job, with status 200."""
        job = copy(self.server, self.token, self.source, "to lose", cmk_id=self.keys["other"])
        lost = wait_job(self.server, self.token, job)["entities"]["image_id"]
        before = set(self.server.blobs())
        job = copy(self.server, self.token, lost, "to lose 2")
        wait_job(self.server, self.token, job)
        digest = sqlite3.connect(self.server.data / "catalog.db").execute(
            "SELECT digest FROM assets WHERE name = 'to lose'").fetchone()[0]
        file, = (file for file in before if file.name == digest)
        away = self.server.folder / digest
        file.rename(away)
        try:
            done = wait_job(self.server, self.token, copy(self.server, self.token, lost, "never"))
        finally:
            away.rename(file)
        self.assertEqual((done["status"], done["error_code"]), ("FAIL", "IMG.0061"))
        HEARD.add(done["error_code"])
        self.assertEqual(set(done["entities"]), {"error_code", "error"})
        self.assertEqual((done["entities"]["error_code"], done["entities"]["error"]),
                         (done["error_code"], done["fail_reason"]))
        self.assertTrue(done["end_time"])
        self.assertNotIn(digest, json.dumps(done))

    def test_4_under_way(self):
        """What a running job says of itself. Workers are quick, so the catalog is put back for a moment."""
        job = copy(self.server, self.token, self.source, "under way")
        done = wait_job(self.server, self.token, job)
        self.sql("CREATE TABLE held AS SELECT * FROM jobs WHERE id = (SELECT max(id) FROM jobs)",
                 "UPDATE jobs SET status = 1, ended = NULL WHERE id = (SELECT id FROM held)")
        running = request(self.server, "GET", f"/v1/{self.project}/jobs/{job}", token=self.token).json
        self.sql("UPDATE jobs SET status = 2, ended = (SELECT ended FROM held) WHERE id = (SELECT id FROM held)",
                 "DROP TABLE held")
        entities = {**done["entities"], "process_percent": 0.0, "current_task": "CopyImageInRegionTask"}
        self.assertEqual(running, {**done, "status": "RUNNING", "end_time": "", "entities": entities})
        self.assertIs(type(running["entities"]["process_percent"]), float)
        self.assertEqual(wait_job(self.server, self.token, job), done)

    def test_5_all(self):
        self.assertEqual(HEARD & set(IMPOSSIBLE), set())
        self.assertEqual(HEARD | PUBLISHED & set(IMPOSSIBLE), PUBLISHED)


if __name__ == "__main__":
    unittest.main()
