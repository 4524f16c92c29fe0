# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The operations that find what to copy: companies, folders, assets, field selection, portal users."""
import unittest

from harness import Server
from soapio import *  # noqa: F403 - the vocabulary of these tests

COMPANY = {"companyHandle": "c|6"}
EVERYTHING = {**COMPANY, "includeSubfolders": "true"}
PORTAL = auth("portal@openips.example")
ALL_NAMES = ["chart", "lamp", "landscape", "logo", "macbookwin1", "mug"]


def field(name, op, **value):
    return {"field": name, "op": op, **value}


# what, parameters beside the company, names found in any order
SEARCHES = [
    ("all", {"includeSubfolders": "true"}, ALL_NAMES),
    ("without includeSubfolders", {}, ["macbookwin1"]),
    ("root only", {"folder": "ApiTestCo/", "includeSubfolders": "false"}, ["macbookwin1"]),
    ("a folder", {"folder": "ApiTestCo/Products/", "includeSubfolders": "false"}, ["mug"]),
    ("a folder and below", {"folder": "ApiTestCo/Products", "includeSubfolders": "true"}, ["mug", "lamp"]),
    ("outer slashes", {"folder": "/ApiTestCo/Products/", "includeSubfolders": "true"}, ["mug", "lamp"]),
    ("images", {"includeSubfolders": "true", "assetTypeArray": ["Image", "Video"]}, ALL_NAMES),
    ("no images", {"includeSubfolders": "true", "assetTypeArray": ["Video"]}, []),
    ("images left out", {"includeSubfolders": "true", "excludeAssetTypeArray": ["Image"]}, []),
    ("in the trash", {"includeSubfolders": "true", "trashState": "InTrash"}, []),
    ("not in the trash", {"includeSubfolders": "true", "trashState": "NotInTrash"}, ALL_NAMES),
    ("name is", {"includeSubfolders": "true", "systemFieldConditionArray": [field("Name", "Equals", value="mug")]}, ["mug"]),
    ("name starts", {"includeSubfolders": "true", "systemFieldConditionArray": [field("Name", "StartsWith", value="la")]},
     ["lamp", "landscape"]),
    ("both conditions", {"includeSubfolders": "true", "systemFieldConditionArray":
     [field("Name", "StartsWith", value="la"), field("Name", "EndsWith", value="mp")]}, ["lamp"]),
    ("any condition", {"includeSubfolders": "true", "systemFieldMatchMode": "MatchAny", "systemFieldConditionArray":
     [field("Name", "Equals", value="mug"), field("Name", "EndsWith", value="mp")]}, ["lamp", "mug"]),
    ("wildcards are letters", {"includeSubfolders": "true", "systemFieldConditionArray":
     [field("Name", "Contains", value="%")]}, []),
    ("size", {"includeSubfolders": "true", "systemFieldConditionArray":
     [field("FileSize", "LessThan", longVal="1")]}, []),
]


class Find(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def call(self, operation, parameters=None, **more):
        reply = call(self.server, operation, COMPANY if parameters is None else parameters, **more)
        self.assertEqual(reply.status, 200, reply.text)
        return reply

    def names(self, reply):
        self.assertEqual(len(reply.all("assetArray")), 1, reply.text)
        return [node.text for node in reply.all("assetArray/items/name")]

    def test_company(self):
        for ask in ({"companyHandle": "c|6"}, {"companyName": "ApiTestCo"}, {"companyHandle": "6"}):
            reply = self.call("getCompanyInfo", ask)
            self.assertEqual([reply.find(f"companyInfo/{part}") for part in ("companyHandle", "name", "rootPath")],
                             ["c|6", "ApiTestCo", "ApiTestCo/"])

    def test_membership(self):
        reply = self.call("getCompanyMembership", {})
        self.assertEqual(reply.find("membershipArray/items/company/name"), "ApiTestCo")
        self.assertEqual(reply.find("membershipArray/items/role"), "IpsUser")
        self.assertEqual(reply.find("membershipArray/items/isActive"), "true")
        old = self.call("getCompanyMembership", {}, namespace=BARE)
        self.assertEqual(old.find("companyArray/items/name"), "ApiTestCo")

    def test_login(self):
        for password, status in ((PASSWORD, "ValidLogin"), ("wrong", "InvalidLogin")):
            reply = self.call("checkLogin", {**COMPANY, "email": USER, "password": password})
            self.assertEqual(reply.find("status"), status)

    def test_folders(self):
        paths = [node.text for node in self.call("getFolders").all("folderArray/items/path")]
        self.assertEqual(paths, sorted(paths))
        self.assertLessEqual({"ApiTestCo/Products/", "ApiTestCo/Products/Lights/", "ApiTestCo/Scenes/"}, set(paths))
        below = self.call("getFolders", {**COMPANY, "folderPath": "/ApiTestCo/Products"})
        self.assertEqual(below.find("folderArray/items/folderHandle")[:2], "f|")

    def test_tree(self):
        for depth, lights in (("0", None), ("1", None), ("2", "ApiTestCo/Products/Lights/"), ("-1", "ApiTestCo/Products/Lights/")):
            reply = self.call("getFolderTree", {**COMPANY, "folderPath": "ApiTestCo/", "depth": depth})
            self.assertEqual(reply.find("folders/path"), "ApiTestCo/")
            self.assertEqual(reply.find("folders/hasSubfolders"), "true")
            deep = [n.text for n in reply.all("folders/subfolderArray/items/subfolderArray/items/path")]
            self.assertEqual(deep, [lights] if lights else [])

    def test_search(self):
        for what, parameters, names in SEARCHES:
            with self.subTest(what):
                reply = self.call("searchAssets", {**COMPANY, **parameters})
                self.assertEqual(sorted(self.names(reply)), sorted(names))
                self.assertEqual(reply.find("totalRows"), str(len(names)))

    def test_pages_and_order(self):
        def page(**more):
            return self.names(self.call("searchAssets", {**EVERYTHING, **more}))
        for by in ("Name", "Created", "Modified", "AssetType", "FileSize"):
            up, down = page(sortBy=by, sortDirection="Ascending"), page(sortBy=by, sortDirection="Descending")
            self.assertEqual(sorted(up), ALL_NAMES)
            if by in ("Name", "FileSize"):
                self.assertEqual(up, down[::-1])
        self.assertEqual(page(sortBy="Name"), ALL_NAMES)
        pages = [page(sortBy="Name", recordsPerPage="4", resultsPage=str(n)) for n in (1, 2, 3)]
        self.assertEqual(pages, [ALL_NAMES[:4], ALL_NAMES[4:], []])
        reply = self.call("searchAssets", {**EVERYTHING, "recordsPerPage": "1", "resultsPage": "1"})
        self.assertEqual(reply.find("totalRows"), "6")

    def test_by_name_and_handle(self):
        reply = self.call("getAssetsByName", {**COMPANY, "nameArray": ["mug", "no such", "lamp"]})
        self.assertEqual(sorted(self.names(reply)), ["lamp", "mug"])
        handle = reply.find("assetArray/items/assetHandle")
        again = self.call("getAssets", {**COMPANY, "assetHandleArray": [handle, "a|99999"]})
        self.assertEqual([n.text for n in again.all("assetArray/items/assetHandle")], [handle])
        none = self.call("getAssetsByName", {**COMPANY, "nameArray": ["no such"]})
        self.assertEqual(self.names(none), [])

    def test_picture_url(self):
        reply = self.call("getAssetsByName", {**COMPANY, "nameArray": ["mug"]})
        url = reply.find("assetArray/items/ipsImageUrl")
        self.assertTrue(url.endswith("/is/image/ApiTestCo/mug"), url)
        path = url.split(f":{self.server.port}", 1)[1]
        self.assertEqual(get(self.server, path).status, 200)

    def test_fields(self):
        every = {**COMPANY, "nameArray": ["mug"]}

        def children(path, reply):
            return sorted({child.tag.split("}")[1] for node in reply.all(path) for child in node})
        some = self.call("getAssetsByName", {**every, "responseFieldArray":
                         ["assetArray/items/name", "assetArray/items/imageInfo/width", "totalRows", "assetArray/items/nonsense"]})
        self.assertEqual(children("assetArray/items", some), ["imageInfo", "name"])
        self.assertEqual(children("assetArray/items/imageInfo", some), ["width"])
        block = self.call("getAssetsByName", {**every, "responseFieldArray": ["assetArray/items/imageInfo"]})
        self.assertIn("fileSize", children("assetArray/items/imageInfo", block))
        without = self.call("getAssetsByName", {**every, "excludeFieldArray": ["assetArray/items/imageInfo"]})
        self.assertNotIn("imageInfo", children("assetArray/items", without))
        self.assertIn("name", children("assetArray/items", without))
        total = self.call("searchAssets", {**EVERYTHING, "responseFieldArray": ["totalRows"]})
        self.assertEqual(total.find("totalRows"), "6")
        tree = self.call("getFolderTree", {**COMPANY, "depth": "-1", "responseFieldArray": ["folders/path", "folders/subfolderArray"]})
        self.assertEqual(children("folders", tree), ["path", "subfolderArray"])
        self.assertIn("hasSubfolders", children("folders/subfolderArray/items", tree))


class Portal(unittest.TestCase):
    """A portal user sees and copies what his group may."""

    def names(self, reply):
        return [node.text for node in reply.all("assetArray/items/name")]

    def call(self, operation, parameters, **more):
        return call(self.server, operation, parameters, **more)

    def test_portal(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        seen = self.names(self.call("searchAssets", EVERYTHING, header=PORTAL))
        self.assertEqual(sorted(seen), ["lamp", "logo", "mug"])
        byname = self.call("getAssetsByName", {**COMPANY, "nameArray": ["mug", "landscape"]}, header=PORTAL)
        self.assertEqual(self.names(byname), ["mug"])
        mug = byname.find("assetArray/items/assetHandle")
        landscape = self.call("getAssetsByName", {**COMPANY, "nameArray": ["landscape"]}).find("assetArray/items/assetHandle")
        # source, target folder, may he?
        for source, folder, may in ((mug, "ApiTestCo/Portal/", True), (mug, "ApiTestCo/Products/", False),
                                    (landscape, "ApiTestCo/Portal/", False), (mug, "ApiTestCo/", False)):
            with self.subTest(source=source, folder=folder):
                parameters = copy_parameters("portal-copy", assetHandle=source, folderHandle=folder)
                fault = call(self.server, "copyImage", parameters, PORTAL).fault
                self.assertEqual(fault and fault[:2], None if may else ("authorizationFault", 20009))
        # A grant that is taken back holds at once.
        self.server.run("permission remove", "ApiTestCo/Products/", "Portal", "read", "--company", "ApiTestCo")
        self.assertNotIn("lamp", self.names(self.call("searchAssets", EVERYTHING, header=PORTAL)))
        self.server.run("permission set", "ApiTestCo/Products/", "Portal", "read", "allow", "--company", "ApiTestCo")


if __name__ == "__main__":
    unittest.main()
