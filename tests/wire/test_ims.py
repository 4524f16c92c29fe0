# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The image copy face: copies in the background, every code that can occur, images, tokens."""
import json
import re
import time
import unittest

from harness import Server
from imsio import COMPANY, PASSWORD, SOURCE, USER, copy, image_id, login, login_body, request, wait_job
from soapio import call, copy_parameters

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
HEX32 = re.compile(r"[0-9a-f]{32}$")
JOB_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
IMAGE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
NOWHERE = "6b7f5d0e-3c0a-4a55-9a3e-1c8f2d7b9e10"
KEY = "2d9e6c14-7f03-4b8a-9c51-a0b7e3d4f812"
HAN = "\u4e2d\u6587"

# name of the row, body of a copy (bytes as they are), status, code: in the order of the checks
BODIES = [
    ("no body", b"", 400, "IMG.0007"),
    ("blanks", b" \r\n\t", 400, "IMG.0007"),
    ("not JSON", b"name=x", 400, "IMG.0001"),
    ("half a body", b'{"name":"x"', 400, "IMG.0001"),
    ("two bodies", b'{"name":"x"}{}', 400, "IMG.0001"),
    ("an array", b'[{"name":"x"}]', 400, "IMG.0001"),
    ("a string", b'"x"', 400, "IMG.0001"),
    ("not UTF-8", b'{"name":"\xff"}', 400, "IMG.0001"),
    ("a NUL", b'{"name":"a\\u0000b"}', 400, "IMG.0001"),
    ("a name twice", b'{"name":"x","name":"y"}', 400, "IMG.0001"),
    ("deep", b'{"name":"x","more":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "IMG.0001"),
    ("name is a number", {"name": 7}, 400, "IMG.0001"),
    ("description is an array", {"name": "x", "description": []}, 400, "IMG.0001"),
    ("cmk_id is a number", {"name": "x", "cmk_id": 1}, 400, "IMG.0001"),
    ("project is a flag", {"name": "x", "enterprise_project_id": True}, 400, "IMG.0001"),
    ("no name", {"description": "x"}, 400, "IMG.0013"),
    ("empty name", {"name": ""}, 400, "IMG.0013"),
    ("null name", {"name": None}, 400, "IMG.0013"),
    ("name of 129", {"name": "x" * 129}, 400, "IMG.0002"),
    ("name of 129, bad too", {"name": "?" * 129}, 400, "IMG.0002"),
    ("name of 129 characters", {"name": "\u4e2d" * 129}, 400, "IMG.0002"),
    ("space before", {"name": " x"}, 400, "IMG.0003"),
    ("space behind", {"name": "x "}, 400, "IMG.0003"),
    ("slash", {"name": "a/b"}, 400, "IMG.0003"),
    ("line end", {"name": "a\nb"}, 400, "IMG.0003"),
    ("letter of another script", {"name": "\u00e4"}, 400, "IMG.0003"),
    ("name before description", {"name": "a/b", "description": "<"}, 400, "IMG.0003"),
    ("description of 1025", {"name": "x", "description": "y" * 1025}, 400, "IMG.0004"),
    ("description of 1025, bad too", {"name": "x", "description": "<" * 1025}, 400, "IMG.0004"),
    *((f"description with {bad!r}", {"name": "x", "description": f"a{bad}b"}, 400, "IMG.0054") for bad in "\r\n<>"),
    ("unknown project", {"name": "x", "enterprise_project_id": KEY}, 400, "IMG.0155"),
    ("project is no UUID", {"name": "x", "enterprise_project_id": "one"}, 400, "IMG.0155"),
]
# fields of the source, what is sent beside the name, status, code
SOURCES = [
    (["__whole_image=true"], {}, 400, "IMG.0130"),
    (["virtual_env_type=IsoImage"], {}, 400, "IMG.0167"),
    (["status=queued"], {}, 400, "IMG.0046"),
    (["status=killed"], {}, 400, "IMG.0046"),
    (["min_disk=129"], {}, 400, "IMG.0059"),
    (["virtual_env_type=Ironic"], {"cmk_id": KEY}, 400, "IMG.0095"),
    ([], {"cmk_id": KEY}, 400, "IMG.0095"),
    ([], {"cmk_id": "nothing-like-a-key"}, 400, "IMG.0095"),
    (["__whole_image=true", "virtual_env_type=IsoImage", "status=queued"], {"cmk_id": KEY}, 400, "IMG.0130"),
    (["virtual_env_type=IsoImage", "status=queued"], {"cmk_id": KEY}, 400, "IMG.0167"),
]
CLEAN = ["__whole_image=", "virtual_env_type=", "status=", "min_disk=", "protected="]
GOOD = [
    {"name": "x"},
    {"name": "x" * 128},
    {"name": HAN * 64},
    {"name": "web base-7.3_" + HAN, "description": ""},
    {"name": "n", "description": None, "cmk_id": None, "enterprise_project_id": None},
    {"name": "n", "description": "d" * 1024, "cmk_id": "", "enterprise_project_id": "0"},
    {"name": "n", "description": HAN * 512, "enterprise_project_id": ""},
    {"name": "n", "unknown": {"field": [1]}},
]


class Ims(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--image-quota", "0", "--task-limit", "0")
        cls.addClassCleanup(cls.server.stop)
        cls.token, cls.project = login(cls.server)
        cls.source = image_id(cls.server)

    def send(self, method, path, body=None, **more):
        return request(self.server, method, path, body, more.pop("token", self.token), **more)

    def refused(self, reply, status, code):
        self.assertEqual((reply.status, reply.code), (status, code), reply.raw)
        body = reply.json
        if "error" in body:
            self.assertEqual({type(value) for value in body["error"].values()}, {str})
            self.assertEqual(set(body["error"]), {"code", "message"})
        else:
            self.assertEqual(set(body), {"error_msg", "error_code", "request_id"})
            self.assertEqual(body["request_id"], reply.headers["x-request-id"])

    def made(self, name, **more):
        """Image ID of a copy that is there."""
        return wait_job(self.server, self.token, copy(self.server, self.token, self.source, name, **more))[
            "entities"]["image_id"]


class Copy(Ims):
    def test_good(self):
        for path in ("/v1", "/v2.1"):
            for body in GOOD:
                with self.subTest(path=path, body=body):
                    reply = self.send("POST", f"{path}/cloudimages/{self.source}/copy", body)
                    self.assertEqual((reply.status, list(reply.json)), (200, ["job_id"]), reply.raw)
                    self.assertTrue(reply.headers["content-type"].startswith("application/json"))
                    self.assertTrue(reply.headers["x-request-id"])
                    job = reply.json["job_id"]
                    self.assertRegex(job, HEX32)
                    done = wait_job(self.server, self.token, job)
                    self.assertEqual((done["status"], done["entities"]["image_name"]), ("SUCCESS", body["name"]))
                    image = self.send("GET", f"/v2/images/{done['entities']['image_id']}").json
                    self.assertEqual(image["name"], body["name"])
                    self.assertEqual(image.get("__description"), body.get("description") or None)

    def test_bodies(self):
        for row, body, status, code in BODIES:
            with self.subTest(row):
                self.refused(self.send("POST", f"/v1/cloudimages/{self.source}/copy", body), status, code)

    def test_sources(self):
        for fields, more, status, code in SOURCES:
            with self.subTest(fields, more=more):
                image_id(self.server, SOURCE, *fields)
                body = {"name": "x", **more}
                self.refused(self.send("POST", f"/v1/cloudimages/{self.source}/copy", body), status, code)
                image_id(self.server, SOURCE, *CLEAN)

    def test_addresses(self):
        good = {"name": "x"}
        for path, body, status, code in (
                ("/v1/cloudimages/one/copy", good, 400, "IMG.0066"),
                ("/v1/cloudimages/one/copy", b"", 400, "IMG.0066"),
                (f"/v1/cloudimages/{self.source}x/copy", good, 400, "IMG.0066"),
                (f"/v1/cloudimages/{NOWHERE}/copy", good, 404, "IMG.0027"),
                (f"/v1/cloudimages/{NOWHERE}/copy", {"name": ""}, 400, "IMG.0013"),
                (f"/v1/cloudimages/{self.source}/cross_region_copy", good, 404, "APIGW.0101"),
                (f"/v2/cloudimages/{self.source}/copy", good, 404, "APIGW.0101")):
            with self.subTest(path, body=body):
                self.refused(self.send("POST", path, body), status, code)
        self.refused(self.send("PUT", f"/v1/cloudimages/{self.source}/copy", good), 405, "APIGW.0101")
        self.refused(self.send("POST", f"/v1/cloudimages/{self.source}/copy", b" " * 70000), 413, "APIGW.0201")
        upper = self.send("POST", f"/v1/cloudimages/{self.source.upper()}/copy", good)
        self.assertEqual(upper.status, 200)

    def test_job(self):
        begun = time.time()
        job = copy(self.server, self.token, self.source, "a job", description="d")
        done = wait_job(self.server, self.token, job)
        self.assertEqual(list(done), ["job_id", "job_type", "begin_time", "end_time", "status", "error_code",
                                      "fail_reason", "entities"])
        self.assertEqual((done["job_id"], done["job_type"]), (job, "imsCopyImageInRegionJob"))
        self.assertIsNone(done["error_code"])
        self.assertIsNone(done["fail_reason"])
        self.assertRegex(done["begin_time"], JOB_TIME)
        self.assertRegex(done["end_time"], JOB_TIME)
        self.assertEqual(set(done["entities"]), {"image_id", "image_name"})
        self.assertRegex(done["entities"]["image_id"], UUID)
        self.assertLess(time.time() - begun, 30)
        other = self.send("GET", f"/v1/{self.project}/jobs/{job}")
        self.assertEqual(other.json, done)

    def test_unknown_jobs(self):
        job = copy(self.server, self.token, self.source, "known")
        for path, status, code in (
                (f"/v1/{self.project}/jobs/{'0' * 32}", 400, "IMG.0023"),
                (f"/v1/{self.project}/jobs/one", 400, "IMG.0023"),
                (f"/v1/cloudimages/job/{'f' * 32}", 400, "IMG.0023"),
                (f"/v1/{'0' * 32}/jobs/{job}", 400, "IMG.0030"),
                (f"/v1/project/jobs/{job}", 400, "IMG.0067"),
                (f"/v1/{self.project}/jobs", 404, "APIGW.0101")):
            with self.subTest(path):
                self.refused(self.send("GET", path), status, code)

    def test_equal_requests_make_two_images(self):
        images = {self.made("twice") for _ in range(2)}
        self.assertEqual(len(images), 2)
        self.assertEqual(len(self.send("GET", "/v2/cloudimages?name=twice").json["images"]), 2)

    def test_what_a_copy_takes_over(self):
        image_id(self.server, SOURCE, "__os_type=Linux", "min_ram=1024", "__support_kvm=true", "min_disk=40",
                 "protected=true")
        image = self.send("GET", f"/v2/images/{self.made('heir')}").json
        image_id(self.server, SOURCE, "__os_type=", "min_ram=", "__support_kvm=", *CLEAN)
        expected = {"__os_type": "Linux", "min_ram": 1024, "__support_kvm": "true", "min_disk": 40, "protected": False,
                    "__originalimagename": self.source, "__data_origin": f"image,region-1,{self.source}",
                    "owner": self.project, "tags": []}
        self.assertEqual({name: image.get(name) for name in expected}, expected)
        self.assertNotIn("__description", image)

    def test_the_copy_is_an_asset(self):
        self.made("by soap")
        reply = call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": ["by soap"]})
        handle = reply.find("assetArray/items/assetHandle")
        self.assertRegex(handle, r"a\|\d+\|1\|\d+$")
        self.assertIsNone(call(self.server, "copyImage", copy_parameters("of copy", assetHandle=handle)).fault)
        shown = request(self.server, "GET", f"/is/image/{COMPANY}/by%20soap?wid=10")
        self.assertEqual((shown.status, shown.headers["content-type"]), (200, "image/jpeg"))

    def test_a_source_that_goes_away_meanwhile(self):
        """Nothing is left of it but a job that says why."""
        source = self.made("to go")
        jobs = []
        for number in range(20):
            reply = self.send("POST", f"/v1/cloudimages/{source}/copy", {"name": f"late {number}"})
            if reply.status == 404:
                break
            jobs.append(reply.json["job_id"])
            if number == 10:
                self.assertEqual(self.send("DELETE", f"/v2/images/{source}").status, 204)
        for job in jobs:
            done = wait_job(self.server, self.token, job)
            if done["status"] == "FAIL":
                self.assertEqual((done["error_code"], done["entities"]["error_code"]), ("IMG.0027", "IMG.0027"))
                self.assertEqual(done["fail_reason"], done["entities"]["error"])
        self.refused(self.send("POST", f"/v1/cloudimages/{source}/copy", {"name": "x"}), 404, "IMG.0027")

    def test_check_is_clean(self):
        self.assertEqual(self.server.run("check", "--deep").returncode, 0)


class Images(Ims):
    def test_fields(self):
        listed = self.send("GET", f"/v2/cloudimages?id={self.source}").json
        shown = self.send("GET", f"/v2/images/{self.source}").json
        self.assertEqual(listed, {"images": [shown]})
        types = {"id": str, "name": str, "owner": str, "status": str, "visibility": str, "__imagetype": str,
                 "protected": bool, "min_disk": int, "min_ram": int, "max_ram": str, "size": int, "tags": list,
                 "container_format": str, "disk_format": str, "created_at": str, "updated_at": str, "active_at": str,
                 "file": str, "self": str, "schema": str, "virtual_env_type": str, "__isregistered": str,
                 "__image_source_type": str, "__image_size": str, "enterprise_project_id": str,
                 "__is_config_init": str, "__backup_id": str}
        self.assertEqual({name: type(shown.get(name)) for name in types}, types)
        for name in ("created_at", "updated_at", "active_at"):
            self.assertRegex(shown[name], IMAGE_TIME)
        self.assertEqual((shown["status"], shown["visibility"], shown["__imagetype"], shown["self"]),
                         ("active", "private", "private", f"/v2/images/{self.source}"))
        self.assertNotIn(None, shown.values())
        image_id(self.server, SOURCE, "__whole_image=true")
        self.assertIs(self.send("GET", f"/v2/images/{self.source}").json["__whole_image"], True)
        image_id(self.server, SOURCE, "__whole_image=")

    def test_filters(self):
        name = "filter me"
        made = self.made(name)
        image_id(self.server, SOURCE, "__os_type=Windows", "status=queued", "__support_xen=true", "__whole_image=true")
        at = self.send("GET", f"/v2/images/{made}").json["created_at"]
        only = f"name={name.replace(' ', '%20')}"
        source, copied = "id=" + self.source, "id=" + made
        rows = [  # query, is there exactly one image?
            (only, True), (only.replace("%20", "+"), True), ("name=filter", False), ("name=FILTER+ME", False),
            (source, True), ("id=" + NOWHERE, False), ("id=nonsense", False),
            (source + "&status=queued", True), (source + "&status=active", False), (copied + "&status=active", True),
            (source + "&__os_type=Windows", True), (copied + "&__os_type=Windows", False),
            (source + "&__support_xen=true", True), (copied + "&__support_xen=true", False),
            (source + "&__whole_image=true", True), (copied + "&__whole_image=true", False),
            (copied + "&__whole_image=false", True), (copied + "&protected=False", True),
            (copied + "&protected=true", False), (copied + "&__imagetype=private", True),
            (copied + "&__imagetype=gold", False), (copied + "&visibility=private", True),
            (copied + "&visibility=public", False), (copied + "&owner=" + self.project, True),
            (copied + "&owner=" + "0" * 32, False), (copied + "&min_ram=0", True), (copied + "&min_ram=1", False),
            (copied + "&min_disk=1", True), (copied + "&container_format=bare", True),
            (copied + "&disk_format=vhd", False), (copied + "&virtual_env_type=FusionCompute", True),
            (copied + "&enterprise_project_id=0", True), (copied + "&enterprise_project_id=all_granted_eps", True),
            (copied + "&enterprise_project_id=" + KEY, False), (copied + "&tag=x", False),
            (copied + "&member_status=all", True), (copied + "&no_such_parameter=1", True),
            (copied + "&created_at=eq:" + at, True), (copied + "&created_at=" + at, True),
            (copied + "&created_at=gt:" + at, False), (copied + "&created_at=gte:" + at, True),
            (copied + "&created_at=lt:" + at, False), (copied + "&created_at=lte:" + at, True),
            (copied + "&created_at=neq:" + at, False), (copied + "&updated_at=gte:" + at, True),
            (copied + "&created_at=gt:2001-01-01T00:00:00Z&created_at=lt:2002-01-01T00:00:00Z", False),
            (copied + "&limit=0", False)]
        for query, found in rows:
            for path in ("/v2/cloudimages", "/v2/images"):
                with self.subTest(query, path=path):
                    reply = self.send("GET", f"{path}?{query}")
                    self.assertEqual((reply.status, len(reply.json["images"])), (200, int(found)), reply.raw)
        image_id(self.server, SOURCE, "__os_type=", "__support_xen=", *CLEAN)

    def test_bad_queries(self):
        for query in ("limit=-1", "limit=x", "limit=", "sort_key=colour", "sort_dir=up", "marker=one",
                      "marker=" + NOWHERE, "created_at=yesterday", "created_at=since:2026-01-15T09:30:00Z",
                      "protected=perhaps", "__whole_image=1", "min_ram=much", "name=%zz", "name=%ff", "name=%00"):
            with self.subTest(query):
                self.refused(self.send("GET", "/v2/cloudimages?" + query), 400, "IMG.0017")

    def test_order_and_pages(self):
        for number in range(3):
            self.made(f"page {number}")
        whole = {}
        for key, of in (("name", lambda i: i["name"]), ("id", lambda i: i["id"]), ("size", lambda i: i["size"]),
                        ("created_at", lambda i: i["created_at"]), ("status", lambda i: i["status"]),
                        ("container_format", lambda i: 0), ("disk_format", lambda i: i["disk_format"])):
            for way in ("asc", "desc"):
                with self.subTest(key, way=way):
                    query = f"sort_key={key}&sort_dir={way}"
                    images = self.send("GET", f"/v2/cloudimages?{query}").json["images"]
                    values = [of(image) for image in images]
                    self.assertEqual(values, sorted(values, reverse=way == "desc"))
                    self.assertGreater(len(images), 5)
                    paged, marker = [], ""
                    while True:
                        page = self.send("GET", f"/v2/cloudimages?{query}&limit=2{marker}").json["images"]
                        if not page:
                            break
                        self.assertLessEqual(len(page), 2)
                        paged += page
                        marker = "&marker=" + page[-1]["id"]
                    self.assertEqual([i["id"] for i in paged], [i["id"] for i in images])
                    whole[key, way] = {i["id"] for i in images}
        self.assertEqual(len({frozenset(ids) for ids in whole.values()}), 1)
        newest = self.send("GET", "/v2/cloudimages?limit=1").json["images"]
        self.assertEqual([i["name"] for i in newest], ["page 2"])

    def test_glance_pages(self):
        seen, path = [], "/v2/images?limit=3&sort_key=name&sort_dir=asc"
        while path:
            page = self.send("GET", path).json
            self.assertEqual((page["first"], page["schema"]), ("/v2/images", "/v2/schemas/images"))
            seen += [image["name"] for image in page["images"]]
            path = page.get("next")
        self.assertEqual(seen, sorted(seen))
        self.assertEqual(len(seen), len(self.send("GET", "/v2/cloudimages").json["images"]))

    def test_schemas(self):
        schema = self.send("GET", "/v2/schemas/image").json
        image = self.send("GET", f"/v2/images/{self.source}").json
        kinds = {"string": str, "integer": int, "boolean": bool, "array": list}
        for name, value in image.items():
            self.assertIs(type(value), kinds[schema["properties"][name]["type"]], name)
        self.assertEqual(self.send("GET", "/v2/schemas/images").json["properties"]["images"]["items"], schema)

    def test_change(self):
        rows = [  # steps, what they leave
            ([("replace", "/name", "changed 1")], {"name": "changed 1", "__description": "before"}),
            ([("replace", "/__description", "after")], {"name": "changed 1", "__description": "after"}),
            ([("remove", "/__description", None)], {"__description": None}),
            ([("replace", "/min_ram", 512), ("add", "/max_ram", "1024")], {"min_ram": 512, "max_ram": "1024"}),
            ([("replace", "/min_ram", "256")], {"min_ram": 256}),
            ([("remove", "/min_ram", None)], {"min_ram": 0}),
            ([("add", "/__support_kvm", "true")], {"__support_kvm": "true"}),
            ([("add", "/hw_firmware_type", "uefi")], {"hw_firmware_type": "uefi"}),
            ([("replace", "/protected", True)], {"protected": True}),
            ([("replace", "/protected", False)], {"protected": False}),
            ([], {"name": "changed 1"}),
        ]
        for path in ("/v2/cloudimages/", "/v2/images/"):
            image = self.made("to change " + path.split("/")[2], description="before")
            for steps, left in rows:
                with self.subTest(steps, path=path):
                    body = [{"op": op, "path": field, **({"value": value} if op != "remove" else {})}
                            for op, field, value in steps]
                    reply = self.send("PATCH", path + image, body)
                    self.assertEqual(reply.status, 200, reply.raw)
                    self.assertEqual({name: reply.json.get(name) for name in left}, left)
        self.assertEqual(request(self.server, "GET", f"/is/image/{COMPANY}/changed%201").status, 200)

    def test_change_to_a_name_that_is_taken(self):
        """Both have it; the one that had it is served by it."""
        image = self.made("another picture")
        reply = self.send("PATCH", "/v2/cloudimages/" + image, [{"op": "replace", "path": "/name", "value": "mug"}])
        self.assertEqual((reply.status, reply.json["name"]), (200, "mug"))
        self.assertEqual(len(self.send("GET", "/v2/cloudimages?name=mug").json["images"]), 2)
        self.assertEqual(request(self.server, "GET", f"/is/image/{COMPANY}/mug").status, 200)
        self.send("PATCH", "/v2/cloudimages/" + image, [{"op": "replace", "path": "/name", "value": "no mug"}])
        self.assertEqual(request(self.server, "GET", f"/is/image/{COMPANY}/no%20mug").status, 200)

    def test_bad_changes(self):
        def step(**fields):
            return [fields]
        for body, status, code in (
                (b"", 400, "IMG.0007"), ({}, 400, "IMG.0001"), ([7], 400, "IMG.0001"),
                (step(op="replace", path="name", value="x"), 400, "IMG.0001"),
                (step(op="replace", path="/a/b", value="x"), 400, "IMG.0001"),
                (step(op="move", path="/name", value="x"), 400, "IMG.0001"),
                (step(op="replace", path="/name"), 400, "IMG.0001"),
                (step(op="replace", path="/name", value={}), 400, "IMG.0001"),
                (step(op="replace", path="/name", value=""), 400, "IMG.0013"),
                (step(op="replace", path="/name", value="a?b"), 400, "IMG.0003"),
                (step(op="replace", path="/name", value="x" * 129), 400, "IMG.0002"),
                (step(op="replace", path="/__description", value="<"), 400, "IMG.0054"),
                (step(op="replace", path="/min_ram", value=-1), 400, "IMG.0001"),
                (step(op="replace", path="/min_ram", value="much"), 400, "IMG.0001"),
                (step(op="remove", path="/name"), 400, "IMG.0105"),
                *((step(op="replace", path="/" + field, value="x"), 400, "IMG.0105") for field in
                  ("id", "owner", "status", "created_at", "size", "__whole_image", "nonsense"))):
            with self.subTest(body):
                self.refused(self.send("PATCH", "/v2/cloudimages/" + self.source, body), status, code)
        fine = step(op="replace", path="/name", value="x")
        self.refused(self.send("PATCH", "/v2/cloudimages/" + NOWHERE, fine), 404, "IMG.0027")
        self.refused(self.send("PATCH", "/v2/cloudimages/one", fine), 400, "IMG.0066")

    def test_delete(self):
        image = self.made("to delete")
        self.send("PATCH", "/v2/images/" + image, [{"op": "replace", "path": "/protected", "value": True}])
        self.refused(self.send("DELETE", "/v2/images/" + image), 403, "IMG.0026")
        self.send("PATCH", "/v2/images/" + image, [{"op": "replace", "path": "/protected", "value": False}])
        reply = self.send("DELETE", "/v2/images/" + image)
        self.assertEqual((reply.status, reply.raw), (204, b""))
        self.refused(self.send("DELETE", "/v2/images/" + image), 404, "IMG.0027")
        self.refused(self.send("GET", "/v2/images/" + image), 404, "IMG.0027")
        self.assertEqual(self.send("GET", "/v2/cloudimages?id=" + image).json, {"images": []})
        self.refused(self.send("GET", "/v2/images/one"), 400, "IMG.0066")

    def test_versions(self):
        reply = request(self.server, "GET", "/")
        self.assertEqual(reply.status, 300)
        self.assertEqual([v["id"] for v in reply.json["versions"]], ["v2", "v1"])
        self.assertEqual(request(self.server, "GET", "/v2").json["version"]["status"], "CURRENT")
        self.assertEqual(request(self.server, "GET", "/v3").json["version"]["status"], "stable")
        self.assertEqual(request(self.server, "GET", "/nothing").status, 404)
        self.assertEqual(request(self.server, "POST", "/nothing", {}).status, 404)


class Limits(unittest.TestCase):
    def test_quota(self):
        with Server("--image-quota", "8") as server:
            token, _ = login(server)
            source = image_id(server)
            reply = request(server, "GET", "/v1/cloudimages/quota", token=token)
            (quota,) = reply.json["quotas"]["resources"]
            self.assertEqual((quota["type"], quota["used"], quota["quota"]), ("image", 6, 8))
            self.assertEqual({type(value) for name, value in quota.items() if name != "type"}, {int})
            images = [wait_job(server, token, copy(server, token, source, f"{n}"))["entities"]["image_id"]
                      for n in range(2)]
            refused = request(server, "POST", f"/v1/cloudimages/{source}/copy", {"name": "x"}, token)
            self.assertEqual((refused.status, refused.code), (400, "IMG.0015"))
            self.assertEqual(request(server, "DELETE", f"/v2/images/{images[0]}", token=token).status, 204)
            wait_job(server, token, copy(server, token, source, "again"))

    def test_tasks(self):
        """Of a burst some are refused, the others are made; later there is room again."""
        from concurrent.futures import ThreadPoolExecutor
        with Server("--task-limit", "1", "--job-workers", "1", "--image-quota", "0") as server:
            token, _ = login(server)
            source = image_id(server)

            def send(number):
                return request(server, "POST", f"/v1/cloudimages/{source}/copy", {"name": f"{number}"}, token)
            with ThreadPoolExecutor(16) as pool:
                replies = list(pool.map(send, range(300)))
            refused = [reply for reply in replies if reply.status != 200]
            self.assertTrue(refused)
            self.assertEqual({(reply.status, reply.code) for reply in refused}, {(400, "IMG.0060")})
            for reply in replies:
                if reply.status == 200:
                    self.assertEqual(wait_job(server, token, reply.json["job_id"])["status"], "SUCCESS")
            wait_job(server, token, copy(server, token, source, "room again"))


class Access(Ims):
    def test_login(self):
        reply = request(self.server, "POST", "/v3/auth/tokens", login_body())
        self.assertEqual(reply.status, 201)
        token = reply.json["token"]
        self.assertEqual((token["project"]["name"], token["user"]["name"], token["methods"]),
                         (COMPANY, USER, ["password"]))
        self.assertRegex(token["expires_at"], r"\.\d{6}Z$")
        images = [s for s in token["catalog"] if s["type"] == "image"]
        self.assertEqual(images[0]["endpoints"][0]["url"], self.server.url)
        again = {"auth": {"identity": {"methods": ["token"], "token": {"id": reply.headers["x-subject-token"]}},
                          "scope": {"project": {"id": token["project"]["id"]}}}}
        other = request(self.server, "POST", "/v3/auth/tokens", again)
        self.assertEqual((other.status, other.json["token"]["expires_at"]), (201, token["expires_at"]))
        shown = request(self.server, "GET", "/v3/auth/tokens", token=other.headers["x-subject-token"])
        self.assertEqual((shown.status, shown.json["token"]["project"]), (200, token["project"]))

    def test_bad_logins(self):
        for what, body, status in (
                ("password", login_body(password="wrong"), 401), ("user", login_body(user="nobody"), 401),
                ("project", login_body(project="OtherCo"), 401),
                ("project id", login_body(project=None) | {}, 201),
                ("empty", {}, 400), ("no method", {"auth": {"identity": {}}}, 400),
                ("types", {"auth": {"identity": {"methods": "password", "password": 7}}}, 400),
                ("token", {"auth": {"identity": {"methods": ["token"], "token": {"id": "x"}}}}, 401)):
            with self.subTest(what):
                reply = request(self.server, "POST", "/v3/auth/tokens", body)
                self.assertEqual(reply.status, status, reply.raw)
                self.assertEqual("x-subject-token" in reply.headers, status == 201)

    def test_without_and_with_bad_tokens(self):
        tail = "Incorrect IAM authentication information: "
        for path in ("/v2/cloudimages", f"/v2/images/{self.source}", "/v1/nothing", "/v1/cloudimages/quota"):
            for headers, words in (({}, "x-auth-token not found"), ({"X-Auth-Token": ""}, "x-auth-token not found"),
                                   ({"X-Auth-Token": "nonsense"}, "decrypt token fail"),
                                   ({"Authorization": "Basic eDp5"}, "SDK-HMAC-SHA256")):
                with self.subTest(path, headers=headers):
                    reply = request(self.server, "GET", path, headers=headers)
                    self.refused(reply, 401, "APIGW.0301")
                    self.assertTrue(reply.json["error_msg"].startswith(tail))
                    self.assertIn(words, reply.json["error_msg"])

    def test_tokens_end(self):
        token = request(self.server, "POST", "/v3/auth/tokens", login_body()).headers["x-subject-token"]
        self.assertEqual(request(self.server, "GET", "/v2/cloudimages", token=token).status, 200)
        self.assertEqual(request(self.server, "DELETE", "/v3/auth/tokens", token=token).status, 204)
        self.refused(request(self.server, "GET", "/v2/cloudimages", token=token), 401, "APIGW.0301")

    def test_a_new_password_ends_tokens(self):
        self.server.run("user add", "t@x.example", password="one")
        self.server.run("user role", "t@x.example", "--company", COMPANY, "--role", "IpsUser")
        token, _ = login(self.server, user="t@x.example", password="one")
        made = self.server.run("token add", "t@x.example").stdout.split("\t")[0]
        for one in (token, made):
            self.assertEqual(request(self.server, "GET", "/v2/cloudimages", token=one).status, 200)
        self.server.run("user password", "t@x.example", password="two")
        for one in (token, made):
            self.refused(request(self.server, "GET", "/v2/cloudimages", token=one), 401, "APIGW.0301")
        token, _ = login(self.server, user="t@x.example", password="two")
        self.assertEqual(self.server.run("token remove", "t@x.example").stdout, "3 removed\n")
        self.refused(request(self.server, "GET", "/v2/cloudimages", token=token), 401, "APIGW.0301")
        token, _ = login(self.server, user="t@x.example", password="two")
        self.server.run("user set", "t@x.example", "--active", "no")
        self.refused(request(self.server, "GET", "/v2/cloudimages", token=token), 401, "APIGW.0301")

    def test_rights(self):
        """A portal user sees by his groups, writes where they may."""
        token, _ = login(self.server, user="portal@openips.example")
        names = {i["name"] for i in request(self.server, "GET", "/v2/cloudimages", token=token).json["images"]}
        self.assertEqual(names, {"mug", "lamp", "logo"})
        mug, logo = image_id(self.server, self.handle("mug")), image_id(self.server, self.handle("logo"))
        self.refused(request(self.server, "GET", f"/v2/images/{self.source}", token=token), 404, "IMG.0027")
        self.refused(request(self.server, "POST", f"/v1/cloudimages/{mug}/copy", {"name": "x"}, token), 403, "IMG.0026")
        self.refused(request(self.server, "DELETE", f"/v2/images/{mug}", token=token), 403, "IMG.0026")
        wait_job(self.server, token, copy(self.server, token, logo, "a copy of his"))

    def handle(self, name):
        reply = call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]})
        return reply.find("assetArray/items/assetHandle")

    def test_another_company(self):
        """It sees neither images nor jobs of the first."""
        self.server.run("company add", "Second")
        self.server.run("user add", "s@x.example", password=PASSWORD)
        self.server.run("user role", "s@x.example", "--company", "Second", "--role", "IpsUser")
        token, project = login(self.server, user="s@x.example", project="Second")
        job = copy(self.server, self.token, self.source, "mine")
        wait_job(self.server, self.token, job)
        self.assertEqual(request(self.server, "GET", "/v2/cloudimages", token=token).json, {"images": []})
        self.refused(request(self.server, "GET", f"/v2/images/{self.source}", token=token), 404, "IMG.0027")
        self.refused(request(self.server, "GET", f"/v1/{project}/jobs/{job}", token=token), 400, "IMG.0023")
        wrong = {"X-Project-Id": self.project}
        self.refused(request(self.server, "GET", "/v2/cloudimages", token=token, headers=wrong), 400, "IMG.0030")

    def test_access_keys(self):
        access, secret, project = self.server.run("access-key add", USER, "--company", COMPANY).stdout.split()
        self.assertEqual(project, self.project)
        self.assertNotIn(secret, self.server.run("access-key list").stdout)
        for scope in (None, "///sdk_request", "/eu-de/ims/sdk_request"):
            with self.subTest(scope):
                body = json.dumps({"name": "signed"}).encode()
                headers = signed(self.server, access, secret, "POST", f"/v1/cloudimages/{self.source}/copy", body, scope)
                for _ in range(2):  # sent again within the window it is another request, and harmless
                    reply = request(self.server, "POST", f"/v1/cloudimages/{self.source}/copy", body, headers=headers)
                    self.assertEqual(reply.status, 200, reply.raw)
                other = request(self.server, "POST", f"/v1/cloudimages/{self.source}/copy", body + b" ", headers=headers)
                self.refused(other, 401, "APIGW.0301")
                self.assertIn("verify aksk signature fail, canonicalRequest:POST|", other.json["error_msg"])
        old = signed(self.server, access, secret, "GET", "/v2/cloudimages", b"", None, time.time() - 16 * 60)
        self.refused(request(self.server, "GET", "/v2/cloudimages", headers=old), 401, "APIGW.0301")
        self.server.run("access-key remove", access)
        now = signed(self.server, access, secret, "GET", "/v2/cloudimages", b"", None)
        reply = request(self.server, "GET", "/v2/cloudimages", headers=now)
        self.refused(reply, 401, "APIGW.0301")
        self.assertIn(f"ak {access} not exist", reply.json["error_msg"])


def signed(server, access, secret, method, path, body, scope, at=None):
    """Headers as both dialects of signers send them; scope NULL: the one without."""
    import hashlib
    import hmac

    def mac(key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).digest()
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at or time.time()))
    headers = {"Content-Type": "application/json", "Host": f"{server.host}:{server.port}", "X-Sdk-Date": date}
    names = ";".join(sorted(name.lower() for name in headers))
    lines = "".join(f"{name.lower()}:{value}\n" for name, value in sorted(headers.items()))
    canonical = "\n".join([method, path + "/", "", lines, names, hashlib.sha256(body).hexdigest()])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key, who, more = secret.encode(), f"Access={access}", ""
    if scope:
        scope = date[:8] + scope
        who, more, key = f"Credential={access}/{scope}", scope + "\n", ("SDK" + secret).encode()
        for part in scope.split("/"):
            key = mac(key, part)
    signature = mac(key, f"SDK-HMAC-SHA256\n{date}\n{more}{hashed}").hex()
    headers["Authorization"] = f"SDK-HMAC-SHA256 {who}, SignedHeaders={names}, Signature={signature}"
    return headers


if __name__ == "__main__":
    unittest.main()
