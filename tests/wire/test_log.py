# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The log: every request has its id, slow ones tell why, and nobody can write into it."""
import base64
import os
import re
import socket
import unittest

import imsio
from harness import Server
from logtext import Log
from soapio import auth, call, copy_parameters, envelope, get, post

ID = re.compile(r"[0-9a-f]{18}")
STAGES = ("queue", "auth", "plan", "wait", "render", "store", "commit")


class Ids(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def test_every_answer_and_its_line(self):
        server = self.server
        rows = [
            lambda: get(server, "/healthz"),
            lambda: get(server, "/nothing"),
            lambda: get(server, "/is/image/ApiTestCo/macbookwin1?wid=10"),
            lambda: get(server, "/is/image/ApiTestCo/none"),
            lambda: get(server, "/metrics", headers={"Via": "x"}),
            lambda: call(server, "checkLogin", {}),
            lambda: call(server, "checkLogin", {}, header=auth(password="wrong")),
            lambda: post(server, b"<"),
            lambda: imsio.request(server, "GET", "/v2/images"),
            lambda: get(server, "/healthz", method="DELETE"),
        ]
        ids, log = set(), Log(server)
        for number, act in enumerate(rows):
            with self.subTest(row=number):
                reply = act()
                line, = log.new(1, "request")
                self.assertRegex(reply.headers["x-request-id"], ID)
                self.assertEqual(line["id"].decode(), reply.headers["x-request-id"])
                self.assertEqual(int(line["status"]), reply.status)
                ids.add(reply.headers["x-request-id"])
        self.assertEqual(len(ids), len(rows))

    def test_what_clients_call_it(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        rows = [  # header, value, field, what it says
            ("X-Request-Id", "order-7.retry_2:a", "client_id", b"order-7.retry_2:a"),
            ("x-request-id", "A" * 64, "client_id", b"A" * 64),
            ("X-Request-Id", "A" * 65, "client_id", None),
            ("X-Request-Id", "", "client_id", None),
            ("X-Request-Id", "two words", "client_id", None),
            ("X-Request-Id", "a=b", "client_id", None),
            ("X-Request-Id", 'a"', "client_id", None),
            ("X-Request-Id", "\x1b[31m", "client_id", None),
            ("X-Request-Id", "\xe4", "client_id", None),
            ("traceparent", f"00-{trace}-00f067aa0ba902b7-01", "trace", trace.encode()),
            ("traceparent", f"00-{trace.upper()}-00f067aa0ba902b7-01", "trace", None),
            ("traceparent", f"00-{trace}-00f067aa0ba902b7-01-x", "trace", None),
            ("traceparent", f"00-{trace}x00f067aa0ba902b7-01", "trace", None),
        ]
        log = Log(self.server)
        for name, value, field, want in rows:
            with self.subTest(header=name, value=value):
                reply = get(self.server, "/healthz", headers={name: value})
                line, = log.new(1, "request")
                self.assertEqual(line.get(field), want)
                self.assertEqual(line["id"].decode(), reply.headers["x-request-id"])  # ours all the same


class Slow(unittest.TestCase):
    def test_where_the_time_went(self):
        with Server("--slow-request", "1") as server:
            log = Log(server)
            reply = call(server, "copyImage", copy_parameters("slow", "wid=700&op_blur=5&layer=1&src=mug&size=99,99"))
            self.assertEqual(reply.status, 200, reply.text)
            line, = log.new(1, "slow")
            self.assertEqual(line["id"].decode(), reply.headers["x-request-id"])
            self.assertEqual(line["level"], b"warning")
            self.assertEqual((line["operation"], line["company"]), (b"copyImage", b"c|6"))
            self.assertEqual(line["asset"], b"macbookwin1")
            spent = {stage: float(line[stage]) for stage in STAGES}
            self.assertLessEqual(sum(spent.values()), float(line["ms"]) + 1)
            self.assertGreater(spent["auth"], 1)  # scrypt
            self.assertGreater(spent["render"], 0.5)
            for stage in ("plan", "store", "commit"):
                self.assertGreater(spent[stage], 0, stage)
            self.assertRegex(line["steps"].decode(),
                             r"^jpeg rgb8 1200x900 \+ png rgb8 900x900 scale=99x99 at=\d+,\d+ \| "
                             r"scale=700x525 ops=1 -> jpeg 700x525$")

            get(server, "/is/image/ApiTestCo/mug?wid=650&op_sharpen=1")
            line, = log.new(1, "slow")
            self.assertEqual((line["operation"], line["company"], line["asset"]), (b"image", b"ApiTestCo", b"mug"))
            self.assertEqual(float(line["store"]) + float(line["commit"]), 0)

            imsio.request(server, "POST", "/v3/auth/tokens", imsio.login_body(password="wrong"))  # which is hashed
            line, = log.new(1, "slow")
            self.assertEqual(line["operation"], b"identity.login")
            self.assertNotIn("steps", line)

    def test_what_is_quick_has_no_line(self):
        for flags in (["--slow-request", "0"],):
            with self.subTest(flags=flags), Server(*flags) as server:
                log = Log(server)
                call(server, "copyImage", copy_parameters("quick", "wid=300&op_blur=5"))
                lines = log.new(1)
                self.assertEqual([line["event"] for line in lines], [b"request"])


class OwnFaults(unittest.TestCase):
    def test_lines_of_faults_have_the_id(self):
        with Server() as server:
            token, _ = imsio.login(server)
            image = server.run("image set", imsio.SOURCE).stdout.strip()
            for blob in server.blobs():
                if blob.parent.name != "tmp":
                    blob.chmod(0o600)
                    blob.unlink()
            rows = [
                ("fault", lambda: call(server, "copyImage", copy_parameters("lost"))),
                ("image", lambda: get(server, "/is/image/ApiTestCo/macbookwin1?wid=20")),
                ("ims", lambda: imsio.request(server, "GET", f"/v2/images/{image}/file", token=token)),
            ]
            log = Log(server)
            for event, act in rows:
                with self.subTest(event=event):
                    reply = act()
                    self.assertGreaterEqual(reply.status, 500)
                    lines = log.new(2)
                    self.assertEqual(sorted(line["event"].decode() for line in lines), sorted([event, "request"]))
                    for line in lines:
                        self.assertEqual(line["id"].decode(), reply.headers["x-request-id"])


HOSTILE = [  # each would start a line, colour a terminal, turn the writing, end a field, or never end
    "a\nlevel=error event=forged", "a\r\nb", "\x1b[31mred\x1b[2J", "\x07\x08\x7f", "\u202edrow", "\u2028next\u2029",
    'quo"te level=error', "back\\slash\\", "key=value other=thing", "\u0085", "x" * 9000, "\u200b\ufeff", "", " ",
]


class Injection(unittest.TestCase):
    """One request, one line, whatever it says."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--log-level", "debug")
        cls.addClassCleanup(cls.server.stop)

    def one_line(self, act, events=("request",)):
        log = Log(self.server)
        act()
        log.new(1, "request")
        found = sorted(line["event"].decode() for line in log.all)
        self.assertEqual([event for event in found if event != "image library"], sorted(events))

    def send(self, data):
        with socket.create_connection((self.server.host, self.server.port), timeout=1) as peer:
            peer.sendall(data)
            try:
                peer.recv(65536)
            except TimeoutError:
                pass  # waits for more, as the next request shows

    def test_user_names(self):
        for name in HOSTILE[:7:2] + HOSTILE[10:11]:  # few: wrong ones are held back
            raw = base64.b64encode(f"{name}:password".encode()).decode()
            with self.subTest(name=name):
                self.one_line(lambda: post(self.server, envelope('<checkLoginParam xmlns="http://www.scene7.com/IpsApi/xsd"/>'),
                                           headers={"Content-Type": "text/xml", "Authorization": "Basic " + raw}))
                self.one_line(lambda: imsio.request(self.server, "POST", "/v3/auth/tokens", imsio.login_body(user=name)),
                              ("login", "request"))
        for raw in (b"\xff\xfe:x", b"a\x00\nb:x"):
            with self.subTest(raw=raw):
                self.one_line(lambda: post(self.server, envelope('<checkLoginParam xmlns="http://www.scene7.com/IpsApi/xsd"/>'),
                                           headers={"Content-Type": "text/xml",
                                                    "Authorization": "Basic " + base64.b64encode(raw).decode()}))

    def test_operations_companies_and_assets(self):
        for name in ("x" * 9000, "\u202edrow".replace("\u202e", "\u0130"), "a.b-c_d"):
            with self.subTest(operation=name[:20]):
                self.one_line(lambda: post(self.server, envelope(
                    f'<{name}Param xmlns="http://www.scene7.com/IpsApi/xsd"/>', auth())))
        for text in HOSTILE:  # what XML cannot say has become something else
            sent = "".join(c if c >= " " or c in "\t\n\r" else "?" for c in text).replace("\ufeff", "")
            with self.subTest(text=text[:20]):
                self.one_line(lambda: call(self.server, "copyImage", copy_parameters(sent, companyHandle=sent)))

    def test_addresses(self):
        for text in HOSTILE:
            coded = "".join(f"%{byte:02x}" for byte in text[:4000].encode())
            for path in (f"/is/image/{coded}/x", f"/is/image/ApiTestCo/{coded}", f"/is/image/ApiTestCo/mug?{coded}={coded}",
                         f"/v2/images/{coded}", f"/{coded}"):
                with self.subTest(path=path[:60]):
                    self.one_line(lambda: get(self.server, path))
            with self.subTest(message=text[:20]):
                log = Log(self.server)
                get(self.server, f"/is/image/ApiTestCo/mug?req=message&message={coded}")
                log.new(1, "request")

    def test_raw_bytes(self):
        rows = [b"GET /\xff\xfe\x80 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /a\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET /is/image/\xe2\x80\xae/x HTTP/1.1\r\nHost: x\r\n\r\n",
                b"B\x1b[31mD / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: \x1b[31m\xff\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: \x1b[31m\r\n\r\n", b"G" * 300 + b" / HTTP/1.1\r\nHost: x\r\n\r\n"]
        for data in rows:
            with self.subTest(data=data[:50]):
                log = Log(self.server)
                self.send(data)
                get(self.server, "/healthz")  # a line that must come: what came before it is whole
                found = log.new(1, "request")
                while not any(line.get("path") == b"/healthz" for line in found):
                    found += log.new(1, "request")
                self.assertLessEqual(len(found), 2)

    def test_what_clients_send_beside(self):
        for name in ("User-Agent", "Referer", "X-Forwarded-For", "X-Request-Id", "traceparent", "Idempotency-Key",
                     "X-Auth-Token", "SOAPAction"):
            for value in ("\x1b[31m", "a b=c", "x" * 9000, "\xff"):
                with self.subTest(header=name, value=value[:9]):
                    self.one_line(lambda: get(self.server, "/healthz", headers={name: value}))

    def test_names_of_files(self):
        """Administration prints to a terminal, too."""
        for name in ("red\x1b[31m.png", "two\nlines.png", "turn\u202egnp.png"):
            file = self.server.folder / name
            file.write_bytes(b"no picture")
            with self.subTest(name=name):
                done = self.server.run("import", "--company", "ApiTestCo", str(file), check=False)
                text = done.stdout + done.stderr
                self.assertIn("png", text)
                for character in text:
                    self.assertTrue(character == "\n" or character.isprintable(), repr(text))
                self.assertLessEqual(text.count("\n"), 3, text)
            os.unlink(file)


if __name__ == "__main__":
    unittest.main()
