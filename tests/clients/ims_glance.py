# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""glanceclient over a keystoneauth session that logs in by password. Contract of the output: README.md."""
import hashlib
import sys
import time

import glanceclient
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

base, user, password, project, image, name, key = sys.argv[1:]
auth = v3.Password(auth_url=f"{base}/v3", username=user, password=password, user_domain_name="openips",
                   project_name=project, project_domain_name="openips")
keystone = session.Session(auth=auth)
service = {"endpoint_filter": {"service_type": "image"}}
glance = glanceclient.Client("2", session=keystone)


def copy(**body):
    return keystone.post(f"/v1/cloudimages/{image}/copy", json=body, **service).json()["job_id"]


job = copy(name=name, cmk_id=key)
while (done := keystone.get(f"/v1/cloudimages/job/{job}", **service).json())["status"] in ("INIT", "RUNNING"):
    time.sleep(0.1)
print("job", done["status"])
made = glance.images.get(done["entities"]["image_id"])
print("image", made["id"], made["name"], made["__system__cmkid"], made["__originalimagename"])
print("listed", [i["id"] for i in glance.images.list(page_size=2)].count(made["id"]))
print("data", hashlib.sha256(b"".join(glance.images.data(made["id"]))).hexdigest())
glance.images.update(made["id"], name=f"{name}-renamed")
print("renamed", glance.images.get(made["id"])["name"])
glance.images.delete(made["id"])
try:
    glance.images.get(made["id"])
except glanceclient.exc.HTTPNotFound as error:
    print("missing", error.code, error.details)
try:
    copy(name="a/b")
except exceptions.BadRequest as error:
    print("fault", error.response.json()["error"]["code"], error.message)
