# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""openstacksdk, which finds the address in the catalog of its token. Contract of the output: README.md."""
import hashlib
import sys
import time

import openstack

base, user, password, project, image, name, key = sys.argv[1:]
cloud = openstack.connect(auth_url=f"{base}/v3", username=user, password=password, user_domain_name="openips",
                          project_name=project, project_domain_name="openips", region_name="region-1")
service = cloud.image.get_endpoint_data().catalog_url


def copy(**body):
    reply = cloud.image.post(f"{service}/v2.1/cloudimages/{image}/copy", json=body)
    openstack.exceptions.raise_from_response(reply)
    return reply.json()["job_id"]


job, own = copy(name=name, cmk_id=key), cloud.current_project_id
while (done := cloud.image.get(f"{service}/v1/{own}/jobs/{job}").json())["status"] in ("INIT", "RUNNING"):
    time.sleep(0.1)
print("job", done["status"])
made = cloud.image.get_image(done["entities"]["image_id"])
print("image", made.id, made.name, made.properties["__system__cmkid"], made.properties["__originalimagename"])
print("listed", [i.id for i in cloud.image.images(limit=2)].count(made.id))
print("data", hashlib.sha256(cloud.image.download_image(made.id).content).hexdigest())
cloud.image.update_image(made, name=f"{name}-renamed")
print("renamed", cloud.image.find_image(f"{name}-renamed").name)
cloud.image.delete_image(made.id, ignore_missing=False)
try:
    cloud.image.get_image(made.id)
except openstack.exceptions.ResourceNotFound as error:
    print("missing", error.status_code, error.details)
try:
    copy(name="a/b")
except openstack.exceptions.BadRequestException as error:
    print("fault", error.response.json()["error"]["code"], error.details)
