# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""A strict reader of Prometheus' text format 0.0.4: read(text) gives {(name, labels): value} or says what is wrong.

Source: Prometheus documentation, "Exposition formats". Stricter in this: every family has HELP, then TYPE, then all of
its samples; histograms are whole and add up.
"""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
VALUE = r"[+-]?(?:Inf|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|NaN"
COMMENT = re.compile(rf"# (HELP|TYPE) ({NAME}) (\S.*)")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ({VALUE})")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)')
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")


def wrong(number, line, why):
    raise AssertionError(f"line {number}: {why}: {line!r}")


def labels_of(text, number, line):
    found, at = [], 0
    while at < len(text or ""):
        match = LABEL.match(text, at)
        if not match:
            wrong(number, line, "labels")
        found.append((match[1], match[2]))
        at = match.end()
    if text is not None and (not found or text.endswith(",")):
        wrong(number, line, "labels")
    if len({name for name, _ in found}) != len(found):
        wrong(number, line, "a label twice")
    return frozenset(found)


def family_of(name, family, kind):
    """Whether a sample of this name belongs to the family."""
    if kind == "histogram":
        return name in (family + "_bucket", family + "_sum", family + "_count")
    return name == family


def read(text):
    if not text.endswith("\n"):
        raise AssertionError("the last line has no end")
    samples, kinds, family, helped = {}, {}, None, None
    for number, line in enumerate(text[:-1].split("\n"), 1):
        comment = COMMENT.fullmatch(line)
        if comment and comment[1] == "HELP":
            if comment[2] in kinds:
                wrong(number, line, "a family twice")
            helped = comment[2]
        elif comment:
            if comment[3] not in TYPES or comment[2] != helped:
                wrong(number, line, "TYPE")
            family, helped = comment[2], None
            kinds[family] = comment[3]
        else:
            sample = SAMPLE.fullmatch(line)
            if not sample or helped or family is None or not family_of(sample[1], family, kinds[family]):
                wrong(number, line, "not a sample of " + str(family))
            key = (sample[1], labels_of(sample[2], number, line))
            if key in samples:
                wrong(number, line, "a sample twice")
            samples[key] = float(sample[3])
            if kinds[family] == "counter" and not (family.endswith("_total") and samples[key] >= 0):
                wrong(number, line, "no counter")
    for family, kind in kinds.items():
        if kind == "histogram":
            check_histogram(samples, family)
    return samples


def check_histogram(samples, family):
    series = {}
    for (name, labels), value in samples.items():
        if name == family + "_bucket":
            bound = float(dict(labels)["le"])
            series.setdefault(frozenset(pair for pair in labels if pair[0] != "le"), []).append((bound, value))
    for labels, buckets in series.items():
        counts = [count for _, count in buckets]
        assert buckets == sorted(buckets) and counts == sorted(counts), f"{family}{dict(labels)}: {buckets}"
        assert buckets[-1][0] == math.inf, f"{family}{dict(labels)}: without +Inf"
        assert samples[family + "_count", labels] == counts[-1], f"{family}{dict(labels)}: count"
        assert samples[family + "_sum", labels] >= 0, f"{family}{dict(labels)}: sum"


def pick(samples, name, **labels):
    """The one sample with exactly these labels; 0 if there is none."""
    return samples.get((name, frozenset(labels.items())), 0)
