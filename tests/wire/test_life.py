# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The life of a server: start, refusals to start, health, the end."""
import signal
import stat
import tempfile
import threading
import unittest
import urllib.request

from harness import Server, openips
from soapio import call, copy_parameters


class Life(unittest.TestCase):
    def test_both_signals_end_it_well(self):
        server = Server(demo=False)
        for sign in (signal.SIGINT, signal.SIGTERM):
            self.assertEqual(int(server.port_file.read_text()), server.port)
            self.assertEqual(server.end(sign), 0, server.log())
            self.assertFalse(server.port_file.exists())
            server.start()
        server.stop()

    def test_a_second_server_is_refused(self):
        with Server(demo=False) as server:
            second = server.run("serve", "--port", "0", "--port-file", server.port_file, check=False)
            self.assertEqual(second.returncode, 1)
            self.assertIn("another server is running", second.stderr)
            self.assertEqual(int(server.port_file.read_text()), server.port)  # the first one's still

    def test_a_killed_server_leaves_no_lock(self):
        server = Server(demo=False)
        self.assertEqual(server.end(signal.SIGKILL), -signal.SIGKILL)
        server.start()
        server.stop()

    def test_what_cannot_start(self):
        with tempfile.TemporaryDirectory() as empty, Server(demo=False) as server:
            rows = [
                (["--data", empty], 1, "openips init"),
                (["--data", empty + "/none"], 1, "openips init"),
                (["--port", "65536"], 2, "--port: '65536'"),
                (["--workers", "many"], 2, "--workers: 'many'"),
                (["--config", "/nonexistent.conf"], 2, "/nonexistent.conf"),
                (["--nonsense"], 2, "--nonsense"),
                (["word"], 2, "usage: openips serve"),
                (["--data", empty, "--max-body", "1"], 2, "--max-body: '1'"),
            ]
            for flags, status, words in rows:
                with self.subTest(flags=flags):
                    done = openips("serve", *flags, check=False)
                    self.assertEqual(done.returncode, status, done.stderr)
                    self.assertIn(words, done.stderr)
                    self.assertTrue(done.stderr.startswith("openips: "), done.stderr)
            with self.assertRaisesRegex(AssertionError, "not ready"):
                Server("--port", str(server.port), demo=False)

    def test_health(self):
        with Server(demo=False) as server:
            with urllib.request.urlopen(server.url + "/healthz") as reply:
                self.assertEqual((reply.status, reply.read().strip()), (200, b'{"status":"ok"}'))
            self.assertEqual(openips("health", server.url).stdout, "ok\n")
            self.assertEqual(openips("health", "--port", str(server.port)).stdout, "ok\n")
            self.assertEqual(openips("health", server.url + "/nothing-here", check=False).returncode, 1)
            self.assertEqual(openips("health", "ftp://localhost/", check=False).returncode, 1)
            port = server.port
        self.assertEqual(openips("health", "--port", str(port), check=False).returncode, 1)

    def test_files_are_private(self):
        with Server() as server:
            for file in [server.data, *server.data.rglob("*")]:
                mode = stat.S_IMODE(file.stat().st_mode)
                self.assertEqual(mode & 0o077, 0, f"{file}: {mode:o}")

    def test_requests_under_way_are_answered(self):
        with Server() as server:
            replies = []

            def copy(number):
                replies.append(call(server, "copyImage", copy_parameters(f"under-way-{number}", "wid=700&fmt=png")))

            threads = [threading.Thread(target=copy, args=(i,)) for i in range(4)]
            for thread in threads:
                thread.start()
            while server.log().count("copyImage") == 0 and not replies:
                pass
            self.assertEqual(server.end(), 0, server.log())
            for thread in threads:
                thread.join()
            for reply in replies:
                self.assertIn(reply.status, (200, 503), reply.text)
            server.start()
            self.assertEqual(server.run("check", "--deep").returncode, 0)


if __name__ == "__main__":
    unittest.main()
