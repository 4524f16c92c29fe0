# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Idempotency-Key: a copy that is asked for again is answered as before, over every face, also by the next server."""
import re
import signal
import socket
import threading
import time
import unittest

from harness import Server
from imsio import image_id, login, request, wait_job
from soapio import BARE, ENDPOINT, SOAP12, auth, call, call_body, copy_parameters, envelope, post

PLAIN = "/scene7/api/IpsApiService"


def soap11(name, modifier=""):
    return ENDPOINT, envelope(call_body("copyImage", copy_parameters(name, modifier)), auth()), "text/xml"


def soap12(name, modifier=""):
    body = envelope(call_body("copyImage", copy_parameters(name, modifier)), auth(), SOAP12)
    return ENDPOINT, body, "application/soap+xml"


def plain(name, modifier=""):
    inner = auth() + call_body("copyImage", copy_parameters(name, modifier))
    return PLAIN, f'<Request xmlns="{BARE}">{inner}</Request>'.encode(), "text/xml"


FORMS = {"SOAP 1.1": soap11, "SOAP 1.2": soap12, "plain XML": plain}

# key, words of the fault; None: taken
KEYS = [
    ("8e03978e-40d5-43dd-bc93-6894a57f9324", None),
    ('"8e03978e-40d5-43dd-bc93-6894a57f9325"', None),
    ("k" * 255, None),
    ("k" * 256, "Idempotency-Key must have 1 to 255"),
    ("two words", "Idempotency-Key must have 1 to 255"),
    ('"open', "Idempotency-Key must have 1 to 255"),
    ('""', "Idempotency-Key must have 1 to 255"),
]


class Retry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.token, _ = login(cls.server)
        cls.source = image_id(cls.server)

    def send(self, form, key, name, modifier=""):
        path, body, kind = FORMS[form](name, modifier)
        return post(self.server, body, path, {"Content-Type": kind, "Idempotency-Key": key})

    def handle(self, reply):
        self.assertEqual(reply.status, 200, reply.text)
        return re.search(r"<assetHandle[^>]*>(.*?)</assetHandle>", reply.text)[1]

    def named(self, name):
        """How many assets have this name."""
        found = call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]})
        return len(found.all("assetArray/items"))

    def test_forms(self):
        for first in FORMS:
            with self.subTest(first):
                name = "form " + first
                handle = self.handle(self.send(first, first.replace(" ", ""), name, "wid=30"))
                for again in FORMS:
                    self.assertEqual(self.handle(self.send(again, first.replace(" ", ""), name, "wid=30")), handle)
                self.assertEqual(self.send(first, first.replace(" ", "") + "x", name, "wid=30").fault[1], 30000)
                self.assertEqual(self.named(name), 1)

    def test_keys(self):
        for number, (key, words) in enumerate(KEYS):
            with self.subTest(key):
                reply = self.send("SOAP 1.1", key, f"key {number}")
                if words is None:
                    self.handle(reply)
                    continue
                self.assertEqual(reply.fault[:2], ("ipsApiFault", 30001))
                self.assertIn(words, reply.fault[2])

    def test_another_request(self):
        for form in FORMS:
            with self.subTest(form):
                key = "another" + form.replace(" ", "")
                self.handle(self.send(form, key, "one " + form))
                reply = self.send(form, key, "two " + form)
                self.assertRegex(reply.text, r"code>30001<")
                self.assertIn(f"Idempotency-Key '{key}' was used with another request", reply.text)

    def test_what_only_looks(self):
        """Operations that change nothing take no notice of the header."""
        reply = call(self.server, "getAssets", {"companyHandle": "c|6", "assetHandleArray": ["a|739"]},
                     headers={"Content-Type": "text/xml", "Idempotency-Key": "not a key"})
        self.assertEqual(reply.status, 200, reply.text)

    def test_answer_not_heard(self):
        """The connection is gone before the answer: whoever asks again learns of the copy that was made."""
        for number in range(8):
            name = f"unheard {number}"
            path, body, kind = soap11(name, "wid=200&fmt=png")
            with socket.create_connection((self.server.host, self.server.port)) as peer:
                peer.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nIdempotency-Key: {number}-unheard"
                             f"\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                time.sleep(0.01 * number)
            handle = self.handle(self.send("SOAP 1.1", f"{number}-unheard", name, "wid=200&fmt=png"))
            self.assertEqual(self.handle(self.send("SOAP 1.1", f"{number}-unheard", name, "wid=200&fmt=png")), handle)
            self.assertEqual(self.named(name), 1)

    def test_together(self):
        answers = []

        def ask():
            answers.append(self.handle(self.send("SOAP 1.1", "together", "together", "wid=400&fmt=png")))
        askers = [threading.Thread(target=ask) for _ in range(8)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        self.assertEqual((len(answers), len(set(answers))), (8, 1))

    def later(self, key, name, **more):
        return request(self.server, "POST", f"/v1/cloudimages/{self.source}/copy", {"name": name, **more}, self.token,
                       {"Idempotency-Key": key})

    def test_jobs(self):
        first = self.later("job", "later").json["job_id"]
        self.assertEqual(self.later('"job"', "later").json["job_id"], first)
        wait_job(self.server, self.token, first)
        self.assertEqual(self.later("job", "later").json["job_id"], first)
        self.assertNotEqual(self.later("job2", "later").json["job_id"], first)
        for key, status in (("job", 422), ("two words", 400)):
            reply = self.later(key, "later", description="another")
            self.assertEqual(reply.status, status, reply.raw)
            self.assertIn("Idempotency-Key", reply.raw.decode())
        # The same key of the same user for a copy of the other face is another request.
        self.assertRegex(self.send("SOAP 1.1", "job", "later too").text, "used with another request")

    def test_next_server(self):
        handle = self.handle(self.send("SOAP 1.1", "next", "next", "wid=50"))
        job = self.later("nextjob", "next job").json["job_id"]
        self.assertEqual(self.server.end(signal.SIGKILL), -signal.SIGKILL)
        self.server.start()
        self.assertEqual(self.handle(self.send("SOAP 1.2", "next", "next", "wid=50")), handle)
        self.assertEqual(self.later("nextjob", "next job").json["job_id"], job)


if __name__ == "__main__":
    unittest.main()
