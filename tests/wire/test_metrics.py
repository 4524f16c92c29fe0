# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""/metrics: its format, who may see it, and that known requests change exactly the counters they should."""
import itertools
import socket
import time
import unittest

import imsio
import promtext
from harness import Server
from soapio import auth, call, call_body, copy_parameters, envelope, get, post

REQUESTS, TIMES = "openips_http_requests_total", "openips_http_request_seconds_count"


def scrape(server):
    reply = get(server, "/metrics")
    assert reply.status == 200, reply.text
    return promtext.read(reply.text)


def key(name, **labels):
    return name, frozenset(labels.items())


def request_key(face, operation, status=200, fault=0):
    return key(REQUESTS, face=face, operation=operation, status=str(status), fault=str(fault))


def difference(before, after, *names):
    """What has changed in the families named."""
    return {k: after[k] - before.get(k, 0) for k in after if k[0] in names and after[k] != before.get(k, 0)}


def unknown(server, name):
    return post(server, envelope(f'<{name}Param xmlns="http://www.scene7.com/IpsApi/xsd/2014-04-03"/>', auth()))


class Grammar(unittest.TestCase):
    """The checker itself: a checker that takes everything shows nothing."""

    def test_what_it_refuses(self):
        good = '# HELP a_total Words.\n# TYPE a_total counter\na_total{b="c\\"d",e="f"} 1\na_total 2.5e3\n'
        self.assertEqual(len(promtext.read(good)), 2)
        rows = [
            good[:-1],
            good.replace("# HELP a_total Words.\n", ""),
            good.replace("# TYPE a_total counter\n", ""),
            good.replace("counter", "count"),
            good.replace("a_total", "a"),
            good + good,
            good + "b_total 1\n",
            good + "\n",
            good + "a_total 3\n",
            good.replace('e="f"', 'b="f"'),
            good.replace('e="f"', 'e=f'),
            good.replace('c\\"d', 'c"d'),
            good.replace('c\\"d', "c\nd"),
            good.replace("2.5e3", "two"),
            good.replace("2.5e3", "-1"),
            good.replace("2.5e3", "1 "),
            '# HELP h Words.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
            '# HELP h Words.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
            '# HELP h Words.\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n',
        ]
        for text in rows:
            with self.subTest(text=text), self.assertRaises((AssertionError, KeyError)):
                promtext.read(text)


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def changes(self, act, *names):
        before = scrape(self.server)
        act()
        return difference(before, scrape(self.server), *names)

    def test_requests_by_face_operation_status_and_fault(self):
        server = self.server
        asked = request_key("metrics", "metrics")
        rows = [
            (lambda: call(server, "copyImage", copy_parameters("counted-1")), request_key("soap", "copyImage")),
            (lambda: call(server, "copyImage", copy_parameters("counted-1")),
             request_key("soap", "copyImage", 500, 30000)),
            (lambda: call(server, "copyImage", copy_parameters("x"), header=auth(password="wrong")),
             request_key("soap", "copyImage", 500, 10001)),
            (lambda: call(server, "copyImage", copy_parameters("x"), header=auth(faultHttpStatusCode=200)
                          .replace("demo-password", "wrong")), request_key("soap", "copyImage", 200, 10001)),
            (lambda: call(server, "copyImage", copy_parameters("x"), header=auth(faultHttpStatusCode=555)
                          .replace("demo-password", "wrong")), request_key("soap", "copyImage", "other", 10001)),
            (lambda: unknown(server, "noSuchThing"), request_key("soap", "unknown", 500, 30003)),
            (lambda: unknown(server, "norThis"), request_key("soap", "unknown", 500, 30003)),
            (lambda: unknown(server, "deleteAsset"), request_key("soap", "not offered", 500, 30000)),
            (lambda: post(server, b"<not xml"), request_key("soap", "none", 500, 30003)),
            (lambda: post(server, b"x" * 9_000_000), request_key("soap", "none", 413, 30003)),
            (lambda: get(server, "/is/image/ApiTestCo/macbookwin1?wid=20"), request_key("image", "image")),
            (lambda: get(server, "/is/image/ApiTestCo/none"), request_key("image", "image", 404, 30001)),
            (lambda: get(server, "/is/image/ApiTestCo/macbookwin1?req=props"), request_key("image", "properties")),
            (lambda: get(server, "/healthz"), request_key("health", "healthz")),
            (lambda: get(server, "/healthz", method="POST"), request_key("health", "none", 405)),
            (lambda: get(server, "/nothing/here"), request_key("none", "none", 404)),
            (lambda: get(server, "/scene7/webservice/IpsApi.wsdl"), request_key("wsdl", "wsdl")),
            (lambda: imsio.login(server), request_key("ims", "identity.login", 201)),
            (lambda: imsio.request(server, "POST", "/v3/auth/tokens", imsio.login_body(password="wrong")),
             request_key("ims", "identity.login", 401, 10001)),
            (lambda: imsio.request(server, "GET", "/v2/images", token="none"),
             request_key("ims", "ims.list", 401, 10001)),
        ]
        for number, (act, want) in enumerate(rows):
            with self.subTest(row=number):
                found = self.changes(act, REQUESTS)
                self.assertEqual(found, {want: 1, asked: 1})

    def test_times(self):
        def act():
            for _ in range(3):
                get(self.server, "/is/image/ApiTestCo/macbookwin1?wid=20")

        found = self.changes(act, TIMES)
        self.assertEqual(found[key(TIMES, face="image", operation="image")], 3)
        took = self.changes(lambda: get(self.server, "/is/image/ApiTestCo/macbookwin1?wid=900&op_blur=9"),
                            "openips_http_request_seconds_sum")
        self.assertGreater(took[key("openips_http_request_seconds_sum", face="image", operation="image")], 0.002)

    def test_single_numbers(self):
        server = self.server
        body = envelope(call_body("copyImage", copy_parameters("counted-2")), auth())

        numbers = itertools.count()

        def wrong():
            for _ in range(2):
                call(server, "checkLogin", {}, header=auth(password="never right"))

        rows = [
            (lambda: post(server, body), "openips_http_request_body_bytes_total", {}, len(body)),
            (lambda: get(server, "/healthz"), "openips_http_connections_opened_total", {}, 2),
            (lambda: call(server, "copyImage", copy_parameters("counted-3")), "openips_copies_total",
             {"kind": "shared"}, 1),
            (lambda: call(server, "copyImage", copy_parameters("counted-4", "wid=33&fmt=png")), "openips_copies_total",
             {"kind": "rendered"}, 1),
            (lambda: call(server, "copyImage", copy_parameters("counted-5", "wid=34&fmt=png")),
             "openips_store_blobs_written_total", {}, 1),
            (lambda: call(server, "copyImage", copy_parameters("counted-6", "wid=34&fmt=png")),
             "openips_store_blobs_shared_total", {}, 1),
            (lambda: call(server, "copyImage", copy_parameters(f"commit-{next(numbers)}")),
             "openips_catalog_commits_total", {}, 1),
            (lambda: call(server, "copyImage", copy_parameters(f"write-{next(numbers)}")),
             "openips_catalog_writes_total", {}, 1),
            (lambda: get(server, "/is/image/ApiTestCo/macbookwin1?wid=21"), "openips_renders_total", {}, 1),
            (wrong, "openips_logins_failed_total", {}, 2),
            (wrong, "openips_logins_held_back_total", {}, 2),
            (wrong, "openips_passwords_hashed_total", {}, 2),
            (lambda: call(server, "checkLogin", {}), "openips_passwords_remembered_total", {}, 1),
        ]
        call(server, "checkLogin", {})  # so that the password is remembered
        for number, (act, name, labels, want) in enumerate(rows):
            with self.subTest(row=number, name=name):
                found = self.changes(act, name).get(key(name, **labels))
                if found != want and "catalog" in name:  # once a minute old jobs are forgotten
                    found = self.changes(act, name).get(key(name, **labels))
                self.assertEqual(found, want)

    def test_jobs(self):
        server = self.server
        token, _ = imsio.login(server)
        source = server.run("image set", imsio.SOURCE).stdout.strip()

        def act():
            reply = imsio.request(server, "POST", f"/v1/cloudimages/{source}/copy", {"name": "counted"}, token=token)
            imsio.wait_job(server, token, reply.json["job_id"])
            while promtext.pick(scrape(server), "openips_jobs", state="running"):  # it is told before it is counted
                pass

        found = self.changes(act, "openips_jobs_ended_total", "openips_jobs")
        self.assertEqual(found, {key("openips_jobs_ended_total", result="success"): 1})

    def test_the_process(self):
        now = time.time()
        found = scrape(self.server)
        self.assertEqual(found[key("openips_build_info", version=self.server.version)], 1)
        rows = [
            ("process_resident_memory_bytes", 1 << 20, 1 << 34),
            ("process_cpu_seconds_total", 0.001, 1000),
            ("process_open_fds", 8, 500),
            ("process_max_fds", 100, 1 << 40),
            ("process_threads", 5, 500),
            ("process_start_time_seconds", now - 600, now),
            ("openips_http_workers", 1, 1024),
            ("openips_http_connections", 1, 4),
            ("openips_http_workers_busy", 0, 0),
            ("openips_http_queue_length", 0, 0),
            ("openips_catalog_bytes", 10_000, 100_000_000),
            ("openips_catalog_assets", 3, 1000),
        ]
        for name, least, most in rows:
            with self.subTest(name=name):
                self.assertGreaterEqual(found[key(name)], least)
                self.assertLessEqual(found[key(name)], most)

    def test_content_type(self):
        reply = get(self.server, "/metrics", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(reply.headers["cache-control"], "no-store")
        self.assertNotIn("content-encoding", reply.headers)

    def test_what_a_proxy_passes_on_is_refused(self):
        for name in ("Forwarded", "Via", "X-Forwarded-For", "x-real-ip"):
            with self.subTest(header=name):
                reply = get(self.server, "/metrics", headers={name: "127.0.0.1"})
                self.assertEqual(reply.status, 403)
                self.assertNotIn("openips_", reply.text)

    def test_labels_are_bounded(self):
        for number in range(300):
            post(self.server, envelope(f'<made{number}Up xmlns="http://www.scene7.com/IpsApi/xsd"/>'))
            get(self.server, f"/v2/images/{number}?{number}")
        samples = scrape(self.server)
        self.assertLess(sum(name == REQUESTS for name, _ in samples), 120)


class Networks(unittest.TestCase):
    def test_who_may_ask(self):
        for networks, status in (("", 403), ("10.0.0.0/8", 403), ("127.0.0.1", 200), ("::1, 127.0.0.0/8", 200)):
            with self.subTest(networks=networks), Server("--metrics", networks, demo=False) as server:
                self.assertEqual(get(server, "/metrics").status, status)

    def test_networks_that_are_none(self):
        with Server(demo=False) as server:
            server.end()
            done = server.run("serve", "--port", "0", "--metrics", "everyone", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("'everyone'", done.stderr)
            server.start()


class BehindPixels(unittest.TestCase):
    def test_it_does_not_wait_for_workers(self):
        """All workers hold requests, and the queue is full."""
        with Server("--workers", "1", "--queue", "1") as server:
            busy = [socket.create_connection((server.host, server.port)) for _ in range(8)]
            for number, peer in enumerate(busy):
                peer.sendall(f"GET /is/image/ApiTestCo/macbookwin1?scl=0.2&op_blur={90 + number}&fmt=png HTTP/1.1\r\n"
                             "Host: x\r\n\r\n".encode())
            samples, refused = scrape(server), 0
            end = time.monotonic() + 20
            while not refused and time.monotonic() < end:
                samples = scrape(server)
                refused = promtext.pick(samples, "openips_http_queue_refused_total")
            self.assertGreater(refused, 0)
            self.assertEqual(promtext.pick(samples, REQUESTS, face="image", operation="image", status="503",
                                           fault="30000"), refused)
            for peer in busy:
                peer.close()


if __name__ == "__main__":
    unittest.main()
