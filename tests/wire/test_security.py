# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""What README.md says under Security, row by row: guessing, enumeration, secrets, paths, headers."""
import base64
import concurrent.futures
import datetime
import hashlib
import hmac
import os
import pathlib
import re
import secrets
import statistics
import time
import unittest
import urllib.parse

import imsio
import promtext
from harness import Server
from pictures import solid
from soapio import (BARE, PASSWORD, USER, auth, call, call_body, copy_parameters, element, envelope, get, post)

IPS = "http://www.scene7.com/IpsApi"
XML = {"Content-Type": "text/xml; charset=UTF-8"}


def by_header(server, user, password):
    return call(server, "checkLogin", {}, header=auth(user, password))


def by_basic(server, user, password):
    coded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return post(server, envelope(call_body("checkLogin", {}, BARE)), headers={**XML, "Authorization": "Basic " + coded})


def by_elements(server, user, password):
    header = element("AuthUser", user, IPS) + element("AuthPassword", password, IPS)
    return call(server, "checkLogin", {}, header=header)


def by_name(server, user, password):
    return imsio.request(server, "POST", "/v3/auth/tokens", imsio.login_body(user=user, password=password))


def by_id(number):
    def act(server, user, password):
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {"id": number, "password": password}}}}}
        return imsio.request(server, "POST", "/v3/auth/tokens", body)
    return act


def is_in(reply):
    """Let in; that checkLogin then misses a parameter is another matter."""
    return reply.status == 201 if isinstance(reply, imsio.Reply) else reply.fault is None or reply.fault[1] not in (10000, 10001, 10002)


def timed(way, *arguments):
    start = time.monotonic()
    reply = way(*arguments)
    return time.monotonic() - start, reply


def by_token(server, token):
    return imsio.request(server, "GET", "/v2/images", token=token)


def by_signature(server, access, secret):
    """SDK-HMAC-SHA256 over one header."""
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    canonical = "\n".join(["GET", "/v2/images/", "", f"x-sdk-date:{date}", "", "x-sdk-date",
                           hashlib.sha256(b"").hexdigest()])
    text = "\n".join(["SDK-HMAC-SHA256", date, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return imsio.request(server, "GET", "/v2/images", headers={
        "X-Sdk-Date": date,
        "Authorization": f"SDK-HMAC-SHA256 Access={access}, SignedHeaders=x-sdk-date, Signature={signature}"})


def counters(server):
    found = promtext.read(get(server, "/metrics").text)
    return [int(promtext.pick(found, f"openips_{name}_total")) for name in
            ("logins_failed", "logins_held_back", "passwords_hashed")]


def since(before, server):
    return [after - b for b, after in zip(before, counters(server))]


class Guessing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.access, cls.secret, _ = cls.server.run("access-key add", USER, "--company", "ApiTestCo").stdout.split()
        cls.number = by_name(cls.server, USER, PASSWORD).json["token"]["user"]["id"]

    def test_every_way_in_counts_and_is_held_back(self):
        rows = [
            ("authHeader", lambda: by_header(self.server, USER, "wrong"), 500, 1),
            ("Basic", lambda: by_basic(self.server, USER, "wrong"), 500, 1),
            ("AuthUser", lambda: by_elements(self.server, USER, "wrong"), 500, 1),
            ("login by name", lambda: by_name(self.server, USER, "wrong"), 401, 1),
            ("login by id", lambda: by_id(self.number)(self.server, USER, "wrong"), 401, 1),
            ("another case", lambda: by_header(self.server, USER.upper(), "wrong"), 500, 1),
            ("unknown name", lambda: by_header(self.server, "who@openips.example", "wrong"), 500, 1),
            ("token", lambda: by_token(self.server, secrets.token_hex(32)), 401, 0),
            ("token asked about", lambda: imsio.request(self.server, "GET", "/v3/auth/tokens",
                                                        headers={"X-Subject-Token": "none"}), 401, 0),
            ("signature", lambda: by_signature(self.server, self.access, "wrong"), 401, 0),
            ("access key", lambda: by_signature(self.server, "NOSUCHKEY", "wrong"), 401, 0),
        ]
        for name, act, status, hashed in rows:
            with self.subTest(way=name):
                before = counters(self.server)
                self.assertEqual(act().status, status)
                self.assertEqual(since(before, self.server), [1, 1, hashed])

    def test_one_account_has_one_count(self):
        """However it is called, the next wrong password waits longer than the one before."""
        with Server() as server:
            ways = [by_header, by_basic, by_elements, by_name, by_id(self.number)]
            number = by_name(server, USER, PASSWORD).json["token"]["user"]["id"]
            ways[-1] = by_id(number)
            took = []
            for way in ways:
                start = time.monotonic()
                way(server, USER, "wrong")
                took.append(time.monotonic() - start)
            for row, seconds in enumerate(took):
                self.assertGreaterEqual(seconds, min(0.125 * 2 ** row, 2), took)

    def test_nobody_is_locked_out(self):
        """While others guess at the account and flood the address with names, the right password is at once right."""
        with Server() as server, concurrent.futures.ThreadPoolExecutor(16) as guessers:
            by_header(server, USER, PASSWORD)
            guesses = [guessers.submit(timed, by_header, server, USER if n % 2 else f"{n}@openips.example", f"guess {n}")
                       for n in range(48)]
            right = [timed(way, server, USER, PASSWORD) for way in (by_header, by_basic, by_elements, by_name) * 3]
            wrong = [guess.result() for guess in guesses]
            self.assertTrue(all(is_in(reply) for _, reply in right))
            self.assertTrue(all(reply.status == 500 and reply.fault[1] == 10001 for _, reply in wrong))
            self.assertLess(statistics.median(took for took, _ in right), statistics.median(took for took, _ in wrong))


class Enumeration(unittest.TestCase):
    """Who does not know the password hears the same, after the same work, of every name."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        for name in ("gone", "alone", "former"):
            cls.server.run("user add", f"{name}@openips.example", password=PASSWORD)
        cls.server.run("user set", "gone@openips.example", "--active", "no")
        cls.server.run("user role", "former@openips.example", "--company", "ApiTestCo", "--role", "IpsUser",
                       "--active", "no")
        cls.names = [USER, "nobody@openips.example", "gone@openips.example", "alone@openips.example",
                     "a" * 300]

    def test_same_words_and_same_work(self):
        for way in (by_header, by_basic, by_elements, by_name):
            said = set()
            for name in self.names:
                with self.subTest(way=way.__name__, name=name[:30]):
                    before = counters(self.server)
                    reply = way(self.server, name, "wrong")
                    self.assertEqual(since(before, self.server), [1, 1, 1])
                    text = reply.text if hasattr(reply, "text") else reply.raw.decode()
                    said.add((reply.status, text))
            self.assertEqual(len(said), 1, said)

    def test_who_knows_it_is_told(self):
        rows = [("gone@openips.example", 10002), ("alone@openips.example", 20006), ("former@openips.example", 20006)]
        for name, code in rows:
            with self.subTest(name=name):
                self.assertEqual(call(self.server, "copyImage", copy_parameters("x"), header=auth(name)).fault[1], code)

    def test_no_company_is_told_from_another(self):
        self.server.run("company add", "Others")
        said = {call(self.server, "copyImage", copy_parameters("x", companyHandle=handle)).fault[2].replace(handle, "")
                for handle in ("c|7", "c|999", "c|1000000")}
        self.assertEqual(len(said), 1, said)


class Secrets(unittest.TestCase):
    """What must never be read anywhere: in the log of all levels, in answers, in what /proc shows."""

    def proc(self, server, name):
        """What others of this machine see; of some builds not even that."""
        try:
            return pathlib.Path(f"/proc/{server.pid}/{name}").read_bytes().decode("utf-8", "replace")
        except PermissionError:
            return ""

    def test_they_stay_where_they_are(self):
        master, wrong, key = secrets.token_hex(32), "wr0ng-" + secrets.token_hex(8), "retry-" + secrets.token_hex(8)
        os.environ["TEST_MASTER"] = master
        self.addCleanup(os.environ.pop, "TEST_MASTER", None)
        with Server("--log-level", "debug", "--slow-request", "1", "--master-key", "env:TEST_MASTER") as server:
            access, secret, _ = server.run("access-key add", USER, "--company", "ApiTestCo").stdout.split()
            token, _ = imsio.login(server)
            bad_token = secrets.token_hex(32)
            basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            body = envelope(call_body("copyImage", copy_parameters("kept")), auth())
            replies = [
                by_header(server, USER, PASSWORD), by_header(server, USER, wrong), by_basic(server, USER, PASSWORD),
                by_basic(server, USER, wrong), by_elements(server, USER, PASSWORD), by_elements(server, USER, wrong),
                by_name(server, USER, wrong), by_id("0" * 32)(server, USER, wrong),
                by_token(server, token), by_token(server, bad_token),
                by_signature(server, access, secret), by_signature(server, access, wrong),
                post(server, body, headers={**XML, "Idempotency-Key": key}),
                post(server, body, headers={**XML, "Idempotency-Key": key}),
                post(server, body[:-30]), post(server, body.replace(b"<password>", b"<passwort>")),
                post(server, body.replace(b"</password>", b"</passwort>")),
                get(server, f"/is/image/ApiTestCo/mug?wid=20&password={wrong}&X-Auth-Token={token}"),
                get(server, f"/is/image/ApiTestCo/mug?wid=20&p%61ssword={wrong}"),
                get(server, f"/v2/images?token={token}", headers={"X-Auth-Token": token}),
                get(server, "/is/image/ApiTestCo/mug?wid=20", headers={"Authorization": "Basic " + basic}),
                imsio.request(server, "DELETE", "/v3/auth/tokens", headers={"X-Subject-Token": bad_token}),
                imsio.request(server, "POST", "/v3/auth/tokens", b'{"auth": {"identity": {"password": "' + wrong.encode()),
            ]
            served = [reply.text if hasattr(reply, "text") else reply.raw.decode("utf-8", "replace") for reply in replies]
            shown = [self.proc(server, name) for name in ("environ", "cmdline", "comm")]
            log = server.log()
        self.assertGreater(log.count("event=request"), 20)
        hidden = {"password": PASSWORD, "wrong password": wrong, "master key": master, "token": token,
                  "bad token": bad_token, "secret key": secret, "Basic": basic, "Idempotency-Key": key}
        for name, value in hidden.items():
            with self.subTest(secret=name):
                for text in [log, *shown, *served]:
                    at = text.find(value)
                    self.assertEqual(at, -1, text[max(at - 200, 0):at + 100])

    def test_no_core_file(self):
        with Server(demo=False) as server:
            limits = pathlib.Path(f"/proc/{server.pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0 ")


CANARY = (7, 203, 91)


class Paths(unittest.TestCase):
    """Nothing that a client names is a file. A picture of one colour lies where paths could lead."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.canary = solid(8, 8, CANARY)
        for folder in (cls.server.folder, cls.server.data, cls.server.data / "store"):
            (folder / "canary.png").write_bytes(cls.canary)
            (folder / "canary").write_bytes(cls.canary)
        where = str(cls.server.folder / "canary.png")
        cls.names = [
            "../canary.png", "../../canary.png", "../../../canary", "..%2f..%2fcanary.png", "%2e%2e/%2e%2e/canary.png",
            "%2e%2e%2f%2e%2e%2fcanary.png", "..%252f..%252fcanary.png", "..\\..\\canary.png", "..%5c..%5ccanary.png",
            "....//....//canary.png", "canary.png%00", "canary.png%00.jpg", "%c0%ae%c0%ae/canary.png", "./canary.png",
            where, "/" + where, where.replace("/", "%2f"), "file://" + where, "file:" + where, "~/canary.png",
            "/proc/self/environ", "/etc/passwd", "store/canary.png", "./catalog.db", "../data/catalog.db",
        ]
        cls.times = {file: file.stat().st_atime_ns for file in cls.server.folder.rglob("canary*")}

    def harmless(self, reply):
        body = reply.raw if hasattr(reply, "raw") else reply.body
        self.assertNotIn(self.canary, body)
        self.assertNotIn(b"SQLite format", body)
        self.assertNotIn(b"root:", body)
        self.assertNotIn(str(self.server.folder).encode(), body.replace(str(self.server.folder / "canary").encode(), b""))

    def test_addresses(self):
        for name in self.names:
            for path in (f"/is/image/ApiTestCo/{name}", f"/is/image/{name}", f"/{name}", f"/v2/images/{name}/file",
                         f"/help/modifiers/{name}", f"/scene7/webservice/{name}", f"/metrics/{name}", f"/healthz/{name}"):
                with self.subTest(path=path):
                    reply = get(self.server, urllib.parse.quote(path, safe="/%:~."))
                    self.harmless(reply)
                    self.assertIn(reply.status, (400, 401, 403, 404), reply.body[:200])

    def test_modifiers(self):
        for name in self.names:
            quoted = urllib.parse.quote(name, safe="/%:~.")
            for command in ("src", "mask", "template", "layer=1&src", "layer=1&size=9,9&src", "icc", "defaultImage", "fxg"):
                with self.subTest(command=command, name=name):
                    reply = get(self.server, f"/is/image/ApiTestCo/mug?wid=9&fmt=png&{command}={quoted}")
                    self.harmless(reply)
                    if command not in ("defaultImage", "fxg"):  # which a picture that is there does not ask for
                        self.assertIn(reply.status, (400, 403, 404), reply.body[:200])
            with self.subTest(font=name):
                rtf = urllib.parse.quote("{\\rtf1{\\fonttbl{\\f0 " + name.replace("\\", "\\\\") + ";}}\\f0 x}")
                self.harmless(get(self.server, f"/is/image/ApiTestCo/mug?wid=9&fmt=png&layer=1&size=9,9&text={rtf}"))

    def test_elements(self):
        for name in self.names:
            plain = urllib.parse.unquote(name).replace("\0", "").encode("utf-8", "replace").decode()
            for field in ("assetHandle", "folderHandle", "name", "companyHandle"):
                for text in {name, plain, "f|" + plain, "a|" + plain, "c|" + plain}:
                    with self.subTest(field=field, text=text):
                        sent = {**copy_parameters(f"c{abs(hash(text))}"), field: text}
                        reply = call(self.server, "copyImage", sent)
                        self.harmless(reply)
                        if field != "name":
                            self.assertIsNotNone(reply.fault)
            with self.subTest(modifier=name):
                self.harmless(call(self.server, "copyImage", copy_parameters("never", f"src={name}")))

    def test_image_copy_face(self):
        token, _ = imsio.login(self.server)
        for name in self.names:
            rows = [("GET", f"/v1/cloudimages/job/{name}", None), ("GET", f"/v2/cloudimages?name={name}", None),
                    ("POST", f"/v1/cloudimages/{name}/copy", {"name": name}),
                    ("POST", f"/v1/cloudimages/{name}/copy", {"name": "x", "cmk_id": name}),
                    ("PATCH", f"/v2/cloudimages/{name}", [{"op": "replace", "path": "/" + name, "value": name}])]
            for method, path, body in rows:
                with self.subTest(method=method, path=path):
                    reply = imsio.request(self.server, method, urllib.parse.quote(path, safe="/%:~.?="), body, token=token)
                    self.harmless(reply)
                    self.assertLess(reply.status, 500)

    def test_zz_no_canary_was_read(self):
        """After all others; a mount that keeps no times of reading shows nothing here."""
        for file, when in self.times.items():
            self.assertEqual(file.stat().st_atime_ns, when, file)

    def test_store_has_digests_alone(self):
        call(self.server, "copyImage", copy_parameters("..%2fescape", "wid=40"))
        for file in (self.server.data / "store").rglob("*"):
            inside = str(file.relative_to(self.server.data / "store"))
            if "canary" not in inside:
                self.assertRegex(inside, r"^(tmp|[0-9a-f]{2}|([0-9a-f]{2})/\2[0-9a-f]{62})$")


class Headers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.drawing = cls.server.folder / "drawing.svg"
        cls.drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script>'
                               '<rect width="9" height="9"/></svg>')
        cls.server.run("import", "--company", "ApiTestCo", str(cls.drawing), check=False)

    def test_every_answer(self):
        server = self.server
        rows = [
            (get(server, "/healthz"), 200), (get(server, "/nothing"), 404), (get(server, "/metrics"), 200),
            (get(server, "/is/image/ApiTestCo/mug?wid=9"), 200), (get(server, "/is/image/ApiTestCo/none"), 404),
            (get(server, "/help/modifiers"), 200), (get(server, "/scene7/webservice/IpsApi.wsdl"), 200),
            (call(server, "copyImage", copy_parameters("seen")), 200), (call(server, "none", {}), 500), (post(server, b"<"), 500),
            (post(server, b"x" * 9_000_000), 413), (imsio.request(server, "GET", "/v2/images"), 401),
            (get(server, "/healthz", method="OPTIONS"), 405), (get(server, "/v2/images", method="OPTIONS"), 405),
        ]
        for number, (reply, status) in enumerate(rows):
            with self.subTest(row=number):
                self.assertEqual(reply.status, status)
                self.assertEqual(reply.headers["x-content-type-options"], "nosniff")
                self.assertEqual(reply.headers["server"], "openips")  # without a version
                self.assertFalse([name for name in reply.headers if name.startswith("access-control-")])
                self.assertFalse([name for name in reply.headers if name == "x-powered-by"])

    def test_documents_run_nothing(self):
        rows = ["/help/modifiers", "/is/image/ApiTestCo/drawing", "/is/image/ApiTestCo/mug?req=props",
                "/is/image/ApiTestCo/mug?req=props,xml", "/is/image/ApiTestCo/mug?req=props,json"]
        for path in rows:
            with self.subTest(path=path):
                reply = get(self.server, path)
                if "drawing" in path and "svg" not in reply.headers["content-type"]:
                    continue  # it was not even taken in, or has become pixels
                self.assertEqual(reply.status, 200)
                policy = reply.headers["content-security-policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertIn("sandbox", policy)
                self.assertNotIn("script-src", policy)

    def test_what_comes_back_is_no_page(self):
        bait = "<script>alert(1)</script>"
        coded = urllib.parse.quote(bait)
        rows = [f"/{coded}", f"/is/image/ApiTestCo/{coded}", f"/is/image/{coded}/x", f"/is/image/ApiTestCo/mug?wid={coded}",
                f"/is/image/ApiTestCo/mug?req={coded}", f"/is/image/ApiTestCo/mug?{coded}={coded}&hei={coded}",
                f"/is/image/ApiTestCo/mug?req=props,json&handler={coded}", f"/help/modifiers/{coded}",
                f"/scene7/webservice/{coded}", f"/scene7/webservice/IpsApi.wsdl?serviceUrl={coded}", f"/v2/images/{coded}"]
        for path in rows:
            with self.subTest(path=path):
                reply = get(self.server, path)
                kind = reply.headers.get("content-type", "")
                if bait in reply.text:
                    self.assertRegex(kind, "^(text/plain|application/json)")
                self.assertNotIn("html", kind)

    def test_callbacks_are_names(self):
        good = get(self.server, "/is/image/ApiTestCo/mug?req=props,json&handler=show1")
        self.assertTrue(good.text.startswith("/*jsonp*/show1("), good.text)
        for name in ("alert(1)//", "a.b", "a[0]", "a;b", "a b", "<b>", "\u00e9", "a-b", "%0d%0a"):
            with self.subTest(handler=name):
                reply = get(self.server, "/is/image/ApiTestCo/mug?req=props,json&handler=" + urllib.parse.quote(name, safe="%"))
                self.assertEqual(reply.status, 403)

    def test_answers_cannot_be_split(self):
        split = "%0d%0aX-Split:%20yes%0d%0a%0d%0abody"
        rows = [f"/is/image/ApiTestCo/{split}", f"/is/image/{split}/mug", f"/is/image/ApiTestCo/mug?wid=9&id={split}",
                f"/is/image/ApiTestCo/mug?fmt={split}", f"/is/image/ApiTestCo/mug?req=props,json&handler={split}",
                f"/scene7/webservice/IpsApi.wsdl?serviceUrl=http://x{split}", f"/v2/images/{split}", f"/{split}"]
        for path in rows:
            for method in ("GET", "HEAD"):
                with self.subTest(path=path, method=method):
                    self.assertNotIn("x-split", get(self.server, path, method=method).headers)
        for header in ("Host", "X-Subject-Token", "X-Request-Id", "If-None-Match"):
            with self.subTest(header=header):
                reply = get(self.server, "/v3/auth/tokens", headers={header: "a\tX-Split: yes"})
                self.assertNotIn("x-split", reply.headers)


if __name__ == "__main__":
    unittest.main()
