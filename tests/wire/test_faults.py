# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Every published fault code that can occur here, and the order in which checks answer."""
import unittest

from harness import Server
from soapio import *  # noqa: F403 - the vocabulary of these tests

PORTAL, ADMIN = auth("portal@openips.example"), auth("admin@openips.example")
OTHERS = "other-password"  # of the users made below
CHIEF = auth("chief@openips.example", OTHERS)
LONG = "x" * 10_000
COMPANY = {"companyHandle": "c|6"}
SEARCH = {**COMPANY, "includeSubfolders": "true"}

# header, operation, parameters, fault element, code, words the reason must hold
ROWS = [
    ("", "copyImage", copy_parameters("f"), "authenticationFault", 10000, ""),
    (auth(password=None), "copyImage", copy_parameters("f"), "authenticationFault", 10000, ""),
    (auth(password="wrong"), "copyImage", copy_parameters("f"), "authenticationFault", 10001, "Invalid username/password"),
    (auth("nobody@example.com"), "copyImage", copy_parameters("f"), "authenticationFault", 10001, "Invalid username/password"),
    (auth("inactive@openips.example", OTHERS), "copyImage", copy_parameters("f"),
     "authenticationFault", 10002, ""),
    (None, "copyImage", copy_parameters("f", companyHandle="c|999"), "authorizationFault", 20006, ""),
    (auth("admin@openips.example"), "copyImage", copy_parameters("f", companyHandle="c|999"), "authorizationFault", 20000, "c|999"),
    (None, "copyImage", copy_parameters("f", companyHandle="nonsense"), "authorizationFault", 20000, "nonsense"),
    (auth("trial@openips.example", OTHERS), "copyImage", copy_parameters("f"), "authorizationFault", 20003,
     "User does not have permission to access operation 'copyImage'"),
    (None, "searchAssets", {**SEARCH, "accessUserHandle": "u|2|admin@openips.example"}, "authorizationFault", 20004, ""),
    (ADMIN, "getCompanyMembership", {"userHandle": "u|999|nobody@example.com"}, "authorizationFault", 20002, "u|999"),
    (CHIEF, "searchAssets", {**SEARCH, "accessUserHandle": "u|999|nobody@example.com"}, "authorizationFault", 20007, "u|999"),
    (CHIEF, "searchAssets", {**SEARCH, "accessGroupHandle": "g|999"}, "authorizationFault", 20008, "g|999"),
    (PORTAL, "copyImage", copy_parameters("f"), "authorizationFault", 20009, ""),
    (auth("outsider@openips.example", OTHERS), "copyImage", copy_parameters("f"), "authorizationFault", 20006, ""),
    (auth("paused@openips.example", OTHERS), "copyImage", copy_parameters("f"), "authorizationFault", 20006, ""),
    (auth("former@openips.example", OTHERS), "copyImage", copy_parameters("f", companyHandle="c|60"),
     "authorizationFault", 20006, ""),
    (None, "copyImage", copy_parameters("f", companyHandle="c|60"), "authorizationFault", 20006, ""),
    (None, "copyImage", copy_parameters("f", urlModifier=None), "ipsApiFault", 30002, "urlModifier"),
    (None, "copyImage", copy_parameters("f", assetHandle=None), "ipsApiFault", 30002, "assetHandle"),
    (None, "copyImage", copy_parameters("f", companyHandle=None), "ipsApiFault", 30002, "companyHandle"),
    (None, "copyImage", copy_parameters("macbookwin1"), "ipsApiFault", 30000, "Asset ID 'macbookwin1' is already in use."),
    (None, "copyImage", copy_parameters("f", assetHandle="a|123456|1|9"), "ipsApiFault", 30001, "a|123456|1|9"),
    (None, "copyImage", copy_parameters("f", assetHandle="a|739|2|537"), "ipsApiFault", 30001, "a|739|2|537"),
    (None, "copyImage", copy_parameters("f", assetHandle="f|ApiTestCo/"), "ipsApiFault", 30001, ""),
    (None, "copyImage", copy_parameters("f", assetHandle=""), "ipsApiFault", 30001, ""),
    (None, "copyImage", copy_parameters("f", folderHandle="f|ApiTestCo/nowhere/"), "ipsApiFault", 30001, "nowhere"),
    (None, "copyImage", copy_parameters("f", folderHandle="f|../../etc/"), "ipsApiFault", 30001, ""),
    (None, "copyImage", copy_parameters(LONG), "ipsApiFault", 30001, "name"),
    (None, "copyImage", copy_parameters(""), "ipsApiFault", 30001, "name"),
    (None, "copyImage", copy_parameters(" blank"), "ipsApiFault", 30001, "name"),
    *[(None, "copyImage", copy_parameters(f"a{bad}b"), "ipsApiFault", 30001, "name") for bad in "/\\,?&=#%\t"],
    (None, "copyImage", copy_parameters("f", "wid=-1"), "ipsApiFault", 30001, "wid"),
    (None, "copyImage", copy_parameters("f", "wid=1e99"), "ipsApiFault", 30001, "wid"),
    (None, "copyImage", copy_parameters("f", "fit=sideways&wid=9"), "ipsApiFault", 30001, "fit"),
    (None, "copyImage", copy_parameters("f", "rotate=%zz"), "ipsApiFault", 30001, ""),
    (None, "copyImage", copy_parameters("f", "op_blur=500"), "ipsApiFault", 30001, "op_blur"),
    (None, "copyImage", copy_parameters("f", "layer=1&src=nobody"), "ipsApiFault", 30001, "src=nobody"),
    (None, "copyImage", copy_parameters("f", "layer=1&color=ff0000"), "ipsApiFault", 30001, "layer 1"),
    (None, "copyImage", copy_parameters("f", "wid=" + "9" * 1_000_000), "ipsApiFault", 30001, ""),
    (None, "copyImage", copy_parameters("f", "wid=20000&hei=20000&size=60000,60000"), "ipsApiFault", 30001, ""),
    (None, "getFolderTree", {**COMPANY, "depth": "deep"}, "ipsApiFault", 30001, "depth"),
    (None, "searchAssets", {**COMPANY, "includeSubfolders": "perhaps"}, "ipsApiFault", 30001, "includeSubfolders"),
    (None, "searchAssets", {**SEARCH, "sortBy": "Beauty"}, "ipsApiFault", 30001, "sortBy"),
    (None, "searchAssets", {**SEARCH, "trashState": "Lost"}, "ipsApiFault", 30001, "trashState"),
    (None, "getCompanyInfo", {"companyName": "NoSuchCo"}, "authorizationFault", 20006, ""),
    (None, "createFolder", {**COMPANY, "folderPath": "ApiTestCo/new/"}, "ipsApiFault", 30000, "createFolder"),
    (None, "makeCoffee", {}, "ipsApiFault", 30003, "makeCoffee"),
    # The order of checks: the first that fails answers.
    (auth(password="wrong"), "makeCoffeeNow", {}, "authenticationFault", 10001, ""),
    (auth("trial@openips.example", OTHERS), "copyImage", {**COMPANY}, "authorizationFault", 20003, ""),
    (None, "copyImage", {"companyHandle": "c|999"}, "ipsApiFault", 30002, "assetHandle"),
    (None, "copyImage", copy_parameters("a/b", "wid=-1", assetHandle="a|123456|1|9"), "ipsApiFault", 30001, "a|123456|1|9"),
    (None, "copyImage", copy_parameters("macbookwin1", "wid=-1"), "ipsApiFault", 30000, "already in use"),
]


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        run = cls.server.run
        run("company add", "Expired", "--id", "60", "--expires", "2020-01-01T00:00:00Z")
        for user, role, company in (("trial", "TrialSiteUser", "ApiTestCo"), ("inactive", "IpsUser", "ApiTestCo"),
                                    ("paused", "IpsUser", "ApiTestCo"), ("outsider", None, None),
                                    ("former", "IpsUser", "Expired"), ("chief", "IpsCompanyAdmin", "ApiTestCo")):
            email = f"{user}@openips.example"
            run("user add", email, password=OTHERS)
            if role:
                run("user role", email, "--company", company, "--role", role)
        run("user set", "inactive@openips.example", "--active", "no")
        run("user role", "paused@openips.example", "--company", "ApiTestCo", "--role", "IpsUser", "--active", "no")

    def test_rows(self):
        for header, operation, parameters, kind, code, words in ROWS:
            for soap in (SOAP11, SOAP12):
                with self.subTest(operation=operation, code=code, words=words, soap=soap):
                    reply = call(self.server, operation, parameters, header, soap=soap)
                    self.assertEqual(reply.status, 500)
                    self.assertIsNotNone(reply.fault, reply.text)
                    self.assertEqual(reply.fault[:2], (kind, code), reply.text)
                    self.assertIn(words.replace("&", "&amp;"), reply.fault[2].replace("&apos;", "'"))
                    self.assertLess(len(reply.text), 4096)

    def test_fault_status_and_form(self):
        header = auth(password="wrong", faultHttpStatusCode="200")
        reply = call(self.server, "copyImage", copy_parameters("f"), header)
        self.assertEqual(reply.status, 200)
        self.assertIn("<faultcode>soapenv:Server</faultcode>", reply.text)
        self.assertIn("<faultstring>authenticationFault</faultstring>", reply.text)
        self.assertNotIn("wrong", reply.text)


if __name__ == "__main__":
    unittest.main()
