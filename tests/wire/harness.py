# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""A server of one's own: `openips init --demo` and `openips serve` on a free port in a temporary folder.

    with Server() as server:
        urllib.request.urlopen(server.url + "/healthz")

Leaving the block sends SIGTERM and insists on exit status 0, which a sanitizer's finding spoils.
"""
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_S, STOP_S, COMMAND_S = 60, 60, 120
READY = re.compile(r"openips (\S+) listening on https?://(?:\[(.+)\]|([^:]+)):(\d+)$")


def binary(build=None):
    """The program under test: of this build folder, else $OPENIPS_BUILD, else the release preset."""
    return pathlib.Path(build or os.environ.get("OPENIPS_BUILD") or ROOT / "build" / "release") / "openips"


def environment(**more):
    """Ours without what the settings table would read."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OPENIPS_")}
    return {**kept, **more}


def openips(*arguments, build=None, password=None, input=None, check=True, text=True):
    """Run one command to its end; the result has returncode, stdout and stderr."""
    more = {"OPENIPS_PASSWORD": password} if password is not None else {}
    done = subprocess.run([str(binary(build)), *map(str, arguments)], capture_output=True, text=text, input=input,
                          env=environment(**more), timeout=COMMAND_S, start_new_session=True)
    if check and done.returncode != 0:
        raise AssertionError(f"openips {' '.join(map(str, arguments))}: status {done.returncode}\n{done.stderr}")
    return done


class Server:
    """Running from construction to stop().

    flags    further flags of serve
    build    build folder
    prepare  called with the data folder between init and serve
    demo     with the demo company
    """

    def __init__(self, *flags, build=None, prepare=None, demo=True):
        self.flags, self.build = flags, build
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="openips-test-"))
        self.data = self.folder / "data"
        self.log_file = self.folder / "log"
        self.port_file = self.folder / "port"
        self.process = None
        try:
            self.run("init", *(["--demo"] if demo else []))
            if prepare:
                prepare(self.data)
            self.start()
        except BaseException:
            self._abandon()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:  # the test has failed already: its own words matter
            self._abandon()
        else:
            self.stop()

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def log(self):
        """What the server has logged so far."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def blobs(self):
        """Files of the store."""
        return [file for file in (self.data / "store").rglob("*") if file.is_file()]

    def run(self, command, *arguments, **more):
        """An administration command on this server's data: run("user add", "a@b.example", password="x")."""
        return openips(*command.split(), "--data", self.data, *arguments, build=self.build, **more)

    def start(self):
        command = [str(binary(self.build)), "serve", "--data", str(self.data), "--port", "0",
                   "--port-file", str(self.port_file), *self.flags]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment(),
                                            stdin=subprocess.DEVNULL)
        line = self._ready_line()
        found = READY.match(line)
        if not found:
            raise AssertionError(f"the server is not ready: {line!r}\n{self._tail()}")
        self.version, self.host, self.port = found[1], found[2] or found[3], int(found[4])
        self.tls_port = None
        if "--tls-certificate" in self.flags:  # a second line, which has come with the first
            self.tls_port = int(READY.match(self.process.stdout.readline().rstrip("\n"))[4])

    def _ready_line(self):
        if not select.select([self.process.stdout], [], [], START_S)[0]:
            return ""
        return self.process.stdout.readline().rstrip("\n")

    def _tail(self):
        return "\n".join(self.log().splitlines()[-60:])

    def end(self, sign=signal.SIGTERM):
        """Send a signal and return the exit status; start() may follow."""
        self.process.send_signal(sign)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still there {STOP_S} s after {sign.name}\n{self._tail()}") from None
        finally:
            self.process.stdout.close()

    def stop(self, sign=signal.SIGTERM):
        """End well, or fail the test."""
        try:
            if self.process.poll() is None:
                status = self.end(sign)
            else:
                status = self.process.returncode
            if status != 0:
                raise AssertionError(f"the server ended with status {status}\n{self._tail()}")
        finally:
            self._abandon()

    def _abandon(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process and not self.process.stdout.closed:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
