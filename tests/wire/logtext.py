# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""A strict reader of the log: one line an event, key=value, and nothing in it that a terminal would obey."""
import re
import time
import unicodedata

KEY = re.compile(rb"[a-z_]+=")
PLAIN = re.compile(rb'[!#-<>-\[\]-~]+')
QUOTED = re.compile(rb'"((?:[^"\\]|\\["\\]|\\x[0-9a-f]{2})*)"')
LONGEST = 6000  # bytes of a line, whatever clients send


def parse(line):
    """A line without its end as a dict of bytes; AssertionError says what is wrong."""
    fields, at = {}, 0
    while at < len(line):
        key = KEY.match(line, at)
        assert key, f"no key at {at}: {line!r}"
        value = QUOTED.match(line, key.end()) or PLAIN.match(line, key.end())
        assert value, f"no value at {key.end()}: {line!r}"
        name = key[0][:-1].decode()
        assert name not in fields, f"{name} twice: {line!r}"
        fields[name] = value[1] if value.re is QUOTED else value[0]
        at = value.end()
        assert at == len(line) or line[at:at + 1] == b" ", f"no blank at {at}: {line!r}"
        at += 1
    assert list(fields)[:3] == ["time", "level", "event"], line
    return fields


def check(line):
    """What may stand in a line: printing characters of valid UTF-8."""
    assert len(line) < LONGEST, f"{len(line)} bytes: {line[:200]!r}"
    for character in line.decode("utf-8"):
        kind = unicodedata.category(character)
        assert kind not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"), f"{character!r} in {line!r}"


class Log:
    """The events since this was made, or since the last call of new()."""

    def __init__(self, server):
        self.server, self.at = server, server.log_file.stat().st_size
        self.all = []  # what came with the last call of new()

    def new(self, count=0, event=None, seconds=20):
        """Waits until there are that many (of that event), and lets others that come with them arrive."""
        end = time.monotonic() + seconds
        while True:
            raw = self.server.log_file.read_bytes()[self.at:]
            raw = raw[:raw.rfind(b"\n") + 1]
            lines = raw.split(b"\n")[:-1]
            for line in lines:
                check(line)
            events = [parse(line) for line in lines]
            found = [e for e in events if event is None or e["event"] == event.encode()]
            if len(found) >= count or time.monotonic() > end:
                break
            time.sleep(0.01)
        self.at += len(raw)
        self.all = events
        assert len(found) >= count, f"{len(found)} lines of {event}, not {count}: {events}"
        return found
