#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Mixed requests, good and bad, for as long as it takes: the server's memory must level off.

    soak.py BUILD_DIR [REQUESTS]

Prints the resident size as it goes, which swings with the pictures being made: what stays is the least of several.
Exit status 1 if that grew by more than 5 % and 4 MiB from the second and third fifth to the last two (the first warms
up), if anything was answered wrongly, or if `openips check` finds something."""
import concurrent.futures
import itertools
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wire"))
from bench_server import resident_kib  # noqa: E402
from harness import Server  # noqa: E402
from soapio import auth, call, copy_parameters, envelope, get, post  # noqa: E402

COMPANY = {"companyHandle": "c|6"}
MODIFIERS = ["", "wid=100", "wid=80&hei=80&fit=crop", "rotate=7&wid=60", "fmt=png&wid=90", "fmt=webp&wid=70", "size=50,50"]
serial = itertools.count()


def copy(server, random_):
    return call(server, "copyImage", copy_parameters(f"soak{next(serial)}", random_.choice(MODIFIERS))).status == 200


def find(server, random_):
    page = {"recordsPerPage": "50", "resultsPage": str(random_.randint(1, 3)), "sortBy": "Created"}
    return call(server, "searchAssets", {**COMPANY, "includeSubfolders": "true", **page}).status == 200


def tree(server, _random):
    return call(server, "getFolderTree", {**COMPANY, "depth": "-1"}).status == 200


def look(server, random_):
    name = random_.choice(["mug", "macbookwin1", "landscape", "lamp"])
    return get(server, f"/is/image/ApiTestCo/{name}?wid={random_.randint(20, 200)}").status == 200


def stranger(server, _random):
    return call(server, "copyImage", copy_parameters("x"), auth(password=None)).fault[1] == 10000


def taken(server, _random):
    return call(server, "copyImage", copy_parameters("macbookwin1")).fault[1] == 30000


def nonsense(server, random_):
    text = bytearray(envelope("<a>" * random_.randint(1, 400)))
    text[random_.randrange(len(text))] = random_.randrange(256)
    return post(server, bytes(text)).status == 500


def invalid(server, _random):
    return call(server, "copyImage", copy_parameters("x", "wid=never")).fault[1] == 30001


KINDS = [copy] * 6 + [find, tree, look, look, look, stranger, taken, nonsense, invalid]


def main():
    build, total = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    wrong, sizes = [], []
    with Server(build=build) as server, concurrent.futures.ThreadPoolExecutor(8) as pool:
        def one(number):
            random_ = random.Random(number)
            kind = random_.choice(KINDS)
            return None if kind(server, random_) else kind.__name__
        step = total // 20
        for start in range(0, total, step):
            wrong += [name for name in pool.map(one, range(start, start + step)) if name]
            sizes.append(resident_kib(server.pid))
            print(f"{start + step:>7} requests  {sizes[-1] / 1024:7.1f} MiB  {len(wrong)} wrong", flush=True)
        sound = server.run("check", "--deep", check=False).returncode == 0
    early, late = min(sizes[4:12]), min(sizes[12:])
    flat = late <= early * 1.05 or late - early <= 4096
    print(f"soak: {'flat' if flat else 'GROWING'}, {len(wrong)} wrong {sorted(set(wrong))}, "
          f"check {'clean' if sound else 'FAILED'}")
    sys.exit(not (flat and sound and not wrong))


if __name__ == "__main__":
    main()
