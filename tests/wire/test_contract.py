# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Every published version: its document, and that what is answered is what its schema promises."""
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

from harness import Server
from soapio import BARE, auth, call, copy_parameters, get

VERSIONS = ["", "2008-01-15", "2008-09-10", "2009-07-31", "2010-01-31", "2012-02-14", "2013-02-15", "2014-04-03"]
COMPANY = {"companyHandle": "c|6"}
CALLS = [
    ("getCompanyInfo", {"companyName": "ApiTestCo"}),
    ("getCompanyMembership", {}),
    ("checkLogin", {"email": "a@b.example", "password": "c"}),
    ("getFolders", COMPANY),
    ("getFolderTree", {**COMPANY, "depth": "-1"}),
    ("getAssets", {**COMPANY, "assetHandleArray": ["a|739|1|537"]}),
    ("getAssetsByName", {**COMPANY, "nameArray": ["macbookwin1"]}),
    ("getAssetsByName", {**COMPANY, "nameArray": ["no such name"]}),
    ("searchAssets", {**COMPANY, "includeSubfolders": "true"}),
    ("searchAssets", {**COMPANY, "includeSubfolders": "true", "responseFieldArray": ["assetArray/items/imageInfo/width"]}),
    ("copyImage", copy_parameters("macbookwin1")),
    ("copyImage", {}),
]


def schemas(document):
    """Namespace to a file that xmllint can read: a schema inside a WSDL inherits its declarations."""
    text, found = document.read_text(), {}
    types = re.search(r'xmlns:types="[^"]*"', text)[0]
    for schema in re.findall(r"<xs:schema .*?</xs:schema>", text, re.S):
        file = document.with_suffix(f".{len(found)}.xsd")
        file.write_text(schema.replace("<xs:schema", f"<xs:schema {types}", 1))
        found[re.search(r'targetNamespace="([^"]*)"', schema)[1]] = file
    return found


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        folder = tempfile.TemporaryDirectory(prefix="openips-contract-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def check_valid(self, element, files):
        namespace = element.tag[1:].split("}")[0]
        instance = self.folder / "reply.xml"
        instance.write_bytes(ET.tostring(element))
        done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", files[namespace], instance],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_replies_fit_their_schema(self):
        for version in VERSIONS:
            document = self.folder / f"{version}.wsdl"
            document.write_bytes(get(self.server, f"/scene7/webservice/IpsApi{'-' * bool(version)}{version}.wsdl").body)
            files = schemas(document)
            namespace = BARE + "/" * bool(version) + version
            published = document.read_text()
            for operation, parameters in CALLS:
                if f'"{operation}Param"' not in published:
                    continue
                with self.subTest(version=version, operation=operation, parameters=parameters):
                    reply = call(self.server, operation, parameters, namespace=namespace)
                    root = reply.root
                    if reply.fault:
                        self.assertEqual(operation, "copyImage")
                        root = root.find("detail")[0]
                    else:
                        self.assertEqual(root.tag, f"{{{namespace}}}{operation}Return")
                    self.check_valid(root, files)

    def test_header_fits_its_schema(self):
        """The header that clients are told to send is one that is let in, in every version."""
        for version in VERSIONS:
            namespace = BARE + ("/" + version if version >= "2014-04-03" else "")
            with self.subTest(version=version):
                header = auth(namespace=namespace, appName="contract", appVersion="1")
                reply = call(self.server, "getCompanyMembership", {}, header=header)
                self.assertEqual(reply.status, 200, reply.text)


if __name__ == "__main__":
    unittest.main()
