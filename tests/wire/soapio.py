# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Envelopes out, answers in: the few lines every wire test needs."""
import http.client
import re
import struct
import zlib
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

BARE = "http://www.scene7.com/IpsApi/xsd"
NEWEST = BARE + "/2014-04-03"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
ENDPOINT = "/scene7/services/IpsApiService"

USER, PASSWORD = "demo@openips.example", "demo-password"


def element(name, value, namespace=None):
    """value: text, None (left out), a list (items) or a dict (children)."""
    if value is None:
        return ""
    mark = f' xmlns="{namespace}"' if namespace else ""
    if isinstance(value, dict):
        inner = "".join(element(key, part) for key, part in value.items())
    elif isinstance(value, list):
        inner = "".join(element("items", part) for part in value)
    else:
        inner = escape(str(value))
    return f"<{name}{mark}>{inner}</{name}>"


def auth(user=USER, password=PASSWORD, namespace=BARE, **more):
    return element("authHeader", {"user": user, "password": password, **more}, namespace)


def envelope(body, header="", soap=SOAP11):
    head = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    return (f'<soapenv:Envelope xmlns:soapenv="{soap}">{head}'
            f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>").encode()


def call_body(operation, parameters, namespace=NEWEST):
    return element(operation + "Param", parameters, namespace)


def copy_parameters(name, modifier="", **changed):
    """Parameters of a good copyImage; a change to None leaves the element out."""
    return {"companyHandle": "c|6", "assetHandle": "a|739|1|537", "folderHandle": "f|ApiTestCo/",
            "name": name, "urlModifier": modifier, **changed}


class Reply:
    """One answer: status, headers, text, and what is inside the envelope."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {key.lower(): value for key, value in response.getheaders()}
        self.body = response.read()
        self.text = self.body.decode("utf-8", "replace") if "content-encoding" not in self.headers else ""

    @property
    def root(self):
        """The element inside the Body."""
        tree = ET.fromstring(self.body)
        body = [child for child in tree if child.tag.endswith("}Body")]
        return body[0][0]

    @property
    def fault(self):
        """(element, code, reason), or None if this is no fault."""
        found = re.search(r"<tns:(\w+Fault)\b.*?<tns:code>(\d+)</tns:code>\s*<tns:reason>(.*?)</tns:reason>",
                          self.text, re.S)
        return (found[1], int(found[2]), found[3]) if found else None

    def find(self, path):
        """Text of the first element at a path of local names below the reply element."""
        nodes = self.all(path)
        return nodes[0].text if nodes else None

    def all(self, path):
        nodes = [self.root]
        for step in path.split("/"):
            nodes = [child for node in nodes for child in node if child.tag.split("}")[-1] == step]
        return nodes


def post(server, data, path=ENDPOINT, headers=None, timeout=20):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=timeout)
    try:
        given = {"Content-Type": "text/xml; charset=UTF-8"} if headers is None else headers
        connection.request("POST", path, data, {k: v for k, v in given.items() if v is not None})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def get(server, path, headers=None, method="GET"):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    try:
        connection.request(method, path, headers=headers or {})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def call(server, operation, parameters, header=None, namespace=NEWEST, soap=SOAP11, headers=None):
    header = auth() if header is None else header
    return post(server, envelope(call_body(operation, parameters, namespace), header, soap), headers=headers)


def chunks(png):
    at = 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        yield kind, png[at + 8:at + 8 + size]
        at += 12 + size


def first_pixel(png):
    """Of 8 bits a channel: whatever the filter, nothing stands before the first pixel."""
    return tuple(zlib.decompress(b"".join(data for kind, data in chunks(png) if kind == b"IDAT"))[1:4])
