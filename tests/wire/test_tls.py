# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The second port: versions, the sample, new certificates on SIGHUP, addresses that begin with https."""
import http.client
import json
import pathlib
import re
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from harness import Server
from soapio import *  # noqa: F403 - the vocabulary of these tests

WSDL = "/scene7/webservice/IpsApi-2014-04-03.wsdl"
RSA = ["-newkey", "rsa:2048"]
ECDSA = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


def write_certificate(folder, name, kind):
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "30", "-subj", f"/CN={name}", *kind,
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem",
                    "-out", folder / "certificate.pem"], check=True, capture_output=True)


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory(prefix="openips-tls-")
        cls.addClassCleanup(place.cleanup)
        cls.folder = pathlib.Path(place.name)
        write_certificate(cls.folder, "first", RSA)
        cls.server = Server("--tls-certificate", str(cls.folder / "certificate.pem"),
                            "--tls-key", str(cls.folder / "key.pem"), "--tls-port", "0")
        cls.addClassCleanup(cls.server.stop)

    def s_client(self, *flags):
        return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.server.tls_port}", *flags],
                              capture_output=True, text=True, input="", timeout=30).stdout

    def connection(self):
        return http.client.HTTPSConnection("127.0.0.1", self.server.tls_port, timeout=20,
                                           context=ssl._create_unverified_context())

    def subject(self):
        return re.search(r"^subject=.*?CN ?= ?(\S+)", self.s_client(), re.M)[1]

    def test_versions(self):
        rows = [("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2"), ("-tls1_1", None), ("-tls1", None)]
        for flag, version in rows:
            with self.subTest(flag):
                said = self.s_client(flag, "-cipher", "ALL:@SECLEVEL=0")
                self.assertIn(f"New, {version}, Cipher is" if version else "Cipher is (NONE)", said)
        for cipher in ("AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "AES128-GCM-SHA256"):
            with self.subTest(cipher):
                self.assertIn("Cipher is (NONE)", self.s_client("-tls1_2", "-cipher", cipher + ":@SECLEVEL=0"))
        self.assertIn("ALPN protocol: http/1.1", self.s_client("-alpn", "h2,http/1.1"))

    def test_curl(self):
        done = subprocess.run(["curl", "-sS", "--cacert", self.folder / "certificate.pem",
                               *[f"https://127.0.0.1:{self.server.tls_port}/healthz"] * 2, "-w", "%{num_connects}\n"],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, '{"status":"ok"}\n1\n{"status":"ok"}\n0\n')  # the second on the same connection

    def test_the_ports_are_told(self):
        ports = self.server.port_file.read_text().split()
        self.assertEqual(ports, [str(self.server.port), str(self.server.tls_port)])

    def test_copy(self):
        connection = self.connection()
        for name, modifier in (("tls-same", ""), ("tls-small", "wid=100")):
            connection.request("POST", ENDPOINT, envelope(call_body("copyImage", copy_parameters(name, modifier)), auth()),
                               {"Content-Type": "text/xml"})
            reply = Reply(connection.getresponse())
            self.assertEqual(reply.status, 200, reply.text)
            self.assertTrue(reply.find("assetHandle").startswith("a|"))
        connection.request("GET", "/is/image/ApiTestCo/tls-small?fmt=png")
        through = connection.getresponse().read()
        self.assertEqual(through, get(self.server, "/is/image/ApiTestCo/tls-small?fmt=png").body)
        connection.close()

    def test_addresses_begin_as_the_request_did(self):
        connection = self.connection()
        connection.request("GET", WSDL, headers={"Host": "ips.example:77"})
        self.assertIn(b'location="https://ips.example:77/scene7/', connection.getresponse().read())
        plain = get(self.server, WSDL, {"Host": "ips.example:77"})
        self.assertIn('location="http://ips.example:77/scene7/', plain.text)
        connection.request("GET", "/v2")
        told = json.loads(connection.getresponse().read())
        self.assertIn(f"https://127.0.0.1:{self.server.tls_port}/", json.dumps(told))
        connection.close()

    def test_plain_text_is_refused(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.tls_port, timeout=20)
        connection.request("GET", "/healthz")
        with self.assertRaises((http.client.HTTPException, OSError)):
            connection.getresponse()
        connection.close()

    def reload(self, words):
        before = self.server.log().count(words)
        self.server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 20
        while self.server.log().count(words) == before and time.monotonic() < end:
            time.sleep(0.01)
        self.assertGreater(self.server.log().count(words), before, words)

    def test_reload(self):
        open_one = self.connection()
        open_one.request("GET", "/healthz")
        self.assertEqual(open_one.getresponse().read(), b'{"status":"ok"}\n')
        write_certificate(self.folder, "second", ECDSA)
        self.reload("expires=")
        self.assertEqual(self.subject(), "second")
        (self.folder / "key.pem").write_text("nonsense")
        self.reload("Cannot use certificate")
        self.assertEqual(self.subject(), "second")  # the one in use stays
        open_one.request("GET", "/healthz")  # and so do connections
        self.assertEqual(open_one.getresponse().read(), b'{"status":"ok"}\n')
        open_one.close()
        write_certificate(self.folder, "first", RSA)
        self.reload("expires=")
        self.assertEqual(self.subject(), "first")

    def test_a_hundred_at_once(self):
        wrong = []

        def run():
            try:
                for _ in range(2):
                    connection = self.connection()
                    for _ in range(3):
                        connection.request("GET", "/healthz")
                        reply = connection.getresponse()
                        if (reply.status, reply.read()) != (200, b'{"status":"ok"}\n'):
                            wrong.append(reply.status)
                    connection.close()
            except (OSError, http.client.HTTPException) as error:
                wrong.append(error)

        threads = [threading.Thread(target=run) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_what_cannot_start(self):
        for flags in (["--tls-certificate", "/nonexistent.pem"], ["--tls-certificate", __file__]):
            with self.subTest(flags):
                done = self.server.run("serve", "--data", self.server.data, "--port", "0", *flags, check=False)
                self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
