# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Real clients generate from our WSDL, copy with the header and with Basic, and decode a fault."""
import os
import pathlib
import re
import subprocess
import unittest

from harness import Server, binary, environment
from soapio import PASSWORD, USER, call

HERE = pathlib.Path(__file__).resolve().parent

# name, command, kinds of call it makes
CLIENTS = [
    ("zeep", ["/usr/bin/python3", "zeep_client.py"], ["header", "soap12", "basic"]),
    ("php", ["php", "php_client.php"], ["header", "soap12", "basic"]),
    ("node", ["node", "node_client.js"], ["header", "basic"]),
    ("perl", ["perl", "perl_client.pl"], ["header", "basic"]),
]
SAMPLE = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">
<soapenv:Header>
<authHeader xmlns="http://www.scene7.com/IpsApi/xsd">
   <user>demo@openips.example</user>
   <password>demo-password</password>
</authHeader>
</soapenv:Header>
<soapenv:Body>
<copyImageParam xmlns="http://www.scene7.com/IpsApi/xsd/2008-01-15">
   <companyHandle>c|6</companyHandle>
   <assetHandle>a|739|1|537</assetHandle>
   <folderHandle>ApiTestCo/</folderHandle>
   <name>Copy_macbookwin1</name>
   <urlModifier/>
</copyImageParam>
</soapenv:Body>
</soapenv:Envelope>
"""
HANDLE = re.compile(r"a\|\d+\|1\|\d+$")


def run(command, **more):
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=120,
                          env=environment(NODE_PATH=os.environ.get("NODE_PATH", "")), **more)
    return done.returncode, done.stdout, done.stderr


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def check_copy(self, name, handle):
        """The copy is there, and is the picture that was asked for."""
        reply = call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]})
        self.assertEqual(reply.find("assetArray/items/assetHandle"), handle)
        self.assertEqual(reply.find("assetArray/items/imageInfo/width"), "64")

    def test_clients(self):
        for client, command, kinds in CLIENTS:
            with self.subTest(client):
                status, out, err = run([*command, self.server.url, USER, PASSWORD, client])
                self.assertEqual(status, 0, out + err)
                answers = dict(line.split(" ", 1) for line in out.splitlines())
                for kind in kinds:
                    self.assertRegex(answers.get(kind, ""), HANDLE, out + err)
                    self.check_copy(f"{client}-{kind}", answers[kind])
                self.assertEqual(answers.get("fault"),
                                 f"30000 ipsApiFault Asset ID '{client}-basic' is already in use.", out + err)

    def test_openips_copy(self):
        """gSOAP's own client, generated from our WSDL."""
        endpoint = self.server.url + "/scene7/services/IpsApiService"
        command = [str(binary()), "copy", "--endpoint", endpoint, "--user", USER, "--company", "c|6",
                   "--password-stdin"]
        for kind, flags in (("header", []), ("basic", ["--basic"])):
            status, out, err = run([*command, *flags, "a|739|1|537", "ApiTestCo/", f"own-{kind}", "wid=64"],
                                   input=PASSWORD + "\n")
            self.assertEqual(status, 0, err)
            self.check_copy(f"own-{kind}", out.strip())
        status, out, err = run([*command, "a|739|1|537", "ApiTestCo/", "own-basic", "wid=64"], input=PASSWORD + "\n")
        self.assertEqual(status, 1)
        self.assertIn("Asset ID 'own-basic' is already in use.", err)


class Curl(unittest.TestCase):
    """The published sample, sent verbatim, is answered verbatim; the second time its name is taken."""

    def test_sample(self):
        with Server() as server:
            command = ["curl", "-sS", server.url + "/scene7/services/IpsApiService", "-H",
                       "Content-Type: text/xml; charset=UTF-8", "-H", "SOAPAction: copyImage", "--data-binary", "@-"]
            status, out, err = run(command, input=SAMPLE)
            self.assertEqual((status, err), (0, ""))
            self.assertIn('<copyImageReturn xmlns="http://www.scene7.com/IpsApi/xsd/2008-01-15">'
                          "<assetHandle>a|943|1|580</assetHandle></copyImageReturn>", out)
            status, out, err = run(command, input=SAMPLE)
            self.assertIn("<tns:code>30000</tns:code>", out)
            self.assertIn("Asset ID 'Copy_macbookwin1' is already in use.", out.replace("&apos;", "'"))


if __name__ == "__main__":
    unittest.main()
