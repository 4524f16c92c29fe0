# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The test's end of shim.c: a server, and commands, whose disk fails and whose clock jumps when the test says so."""
import contextlib
import errno
import mmap
import os
import pathlib
import struct
import tempfile

CALLS = ("write", "sync", "create", "link", "rename", "truncate", "mkdir")
LAYOUT = struct.Struct("<IiiiIiq96s")


class Shim:
    """In force for everything started while it is entered; nothing fails until it is told to."""

    def __init__(self, build):
        self.library = pathlib.Path(build).resolve() / "tests" / "fault" / "faultshim.so"
        self.folder = tempfile.mkdtemp(prefix="openips-shim-")
        file = os.path.join(self.folder, "control")
        pathlib.Path(file).write_bytes(b"\0" * LAYOUT.size)
        with open(file, "r+b") as opened:
            self.map = mmap.mmap(opened.fileno(), LAYOUT.size)
        self.clock_ms = 0
        self.environment = {
            "LD_PRELOAD": str(self.library), "FAULT_CONTROL": file, "FAULT_FOLDER": tempfile.gettempdir(),
            "ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))}

    def __enter__(self):
        assert self.library.exists(), self.library
        self.before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        return self

    def __exit__(self, *_):
        for name, value in self.before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

    def _set(self, calls=(), error=0, skip=0, times=0, part=""):
        mask = sum(1 << CALLS.index(call) for call in calls)
        # The calls last: nothing fails by halves of a rule.
        self.map[:LAYOUT.size] = LAYOUT.pack(0, error, skip, times, 0, 0, self.clock_ms, part.encode())
        self.map[:4] = struct.pack("<I", mask)

    @contextlib.contextmanager
    def failing(self, *calls, error="ENOSPC", times=-1, skip=0, part=""):
        """These calls fail on files whose path has this part: always, or so many times."""
        self._set(calls, getattr(errno, error), skip, times, part)
        try:
            yield self
        finally:
            self._set()

    def kill_after(self, call, part, skip=0):
        """The process ends as by kill -9 when this call has been done."""
        self._set((call,), 0, skip, 1, part)

    def well(self):
        self._set()

    def relent(self):
        """From now on nothing fails; what has failed stays counted."""
        self.map[:4] = struct.pack("<I", 0)

    @property
    def hits(self):
        return LAYOUT.unpack(self.map[:])[4]

    def set_clock(self, ahead_s):
        self.clock_ms = ahead_s * 1000
        self._set()
