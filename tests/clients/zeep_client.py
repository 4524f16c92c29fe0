# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""zeep (Python): both ports, header and Basic, a typed fault. Contract of the output: README.md."""
import sys

import requests
import zeep
from zeep.transports import Transport

BASE, USER, PASSWORD, PREFIX = sys.argv[1:5]
WSDL = BASE + "/scene7/webservice/IpsApi-2014-04-03.wsdl"
COPY = dict(companyHandle="c|6", assetHandle="a|739|1|537", folderHandle="ApiTestCo/", urlModifier="wid=64")


def client(port, basic=False):
    session = requests.Session()
    if basic:
        session.auth = (USER, PASSWORD)
    made = zeep.Client(WSDL, transport=Transport(session=session), port_name=port)
    if not basic:
        header = made.get_element("{http://www.scene7.com/IpsApi/xsd/2014-04-03}authHeader")
        made.set_default_soapheaders(
            [header(user=USER, password=PASSWORD, appName="zeep", appVersion=zeep.__version__)]
        )
    return made


def show_fault(call):
    try:
        call()
    except zeep.exceptions.Fault as fault:
        detail = fault.detail[0] if len(fault.detail) else fault.detail
        texts = {child.tag.split("}")[1]: child.text for child in detail}
        print("fault", texts["code"], detail.tag.split("}")[1], texts["reason"])


for port, kind in (("IpsApiSoapPort", "header"), ("IpsApiSoap12Port", "soap12")):
    service = client(port)
    print(kind, service.service.copyImage(name=f"{PREFIX}-{kind}", **COPY))
print("basic", client("IpsApiSoapPort", basic=True).service.copyImage(name=f"{PREFIX}-basic", **COPY))
show_fault(lambda: client("IpsApiSoapPort").service.copyImage(name=f"{PREFIX}-basic", **COPY))
