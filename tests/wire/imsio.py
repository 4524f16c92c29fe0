# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The image copy face over plain HTTP: requests, tokens, jobs to their end."""
import http.client
import json
import time

USER, PASSWORD, COMPANY, SOURCE = "demo@openips.example", "demo-password", "ApiTestCo", "a|739|1|537"


class Reply:
    def __init__(self, reply):
        self.status, self.raw = reply.status, reply.read()
        self.headers = {name.lower(): value for name, value in reply.getheaders()}

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def code(self):
        """Of either envelope."""
        body = self.json
        return body["error"]["code"] if "error" in body else body["error_code"]


def request(server, method, path, body=None, token=None, headers=None):
    """body: bytes as they are, anything else as JSON."""
    sent = {"Content-Type": "application/json", **({"X-Auth-Token": token} if token else {}), **(headers or {})}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    peer = http.client.HTTPConnection(server.host, server.port, timeout=60)
    try:
        peer.request(method, path, body, sent)
        return Reply(peer.getresponse())
    finally:
        peer.close()


def login_body(user=USER, password=PASSWORD, project=COMPANY, **scope):
    return {"auth": {"identity": {"methods": ["password"], "password": {
        "user": {"name": user, "password": password, "domain": {"name": "openips"}}}},
        **({"scope": {"project": {"name": project, **scope}}} if project else {})}}


def login(server, **more):
    """Token and project id."""
    reply = request(server, "POST", "/v3/auth/tokens", login_body(**more))
    assert reply.status == 201, reply.raw
    return reply.headers["x-subject-token"], reply.json["token"]["project"]["id"]


def wait_job(server, token, job, seconds=60):
    """The job in its final state."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        reply = request(server, "GET", f"/v1/cloudimages/job/{job}", token=token)
        assert reply.status == 200, reply.raw
        if reply.json["status"] in ("SUCCESS", "FAIL"):
            return reply.json
        assert reply.json["status"] in ("INIT", "RUNNING"), reply.raw
        time.sleep(0.02)
    raise AssertionError(f"job {job} has not ended")


def image_id(server, handle=SOURCE, *fields):
    """The image ID of an asset; fields are set first."""
    return server.run("image set", handle, *fields).stdout.strip()


def copy(server, token, image, name, **more):
    reply = request(server, "POST", f"/v1/cloudimages/{image}/copy", {"name": name, **more}, token)
    assert reply.status == 200, reply.raw
    return reply.json["job_id"]
