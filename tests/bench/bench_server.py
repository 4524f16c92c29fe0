#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The whole server under load, as ratios against references measured in the same run.

    bench_server.py BUILD_DIR [--quick]

Needs wrk. Machines differ and are shared: read the ratios, not the rates."""
import argparse
import http.client
import os
import pathlib
import re
import resource
import secrets
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wire"))
from harness import Server  # noqa: E402
from imsio import COMPANY, copy, image_id, login, wait_job  # noqa: E402
from soapio import PASSWORD, USER, auth, call, call_body, copy_parameters, envelope  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
SAMPLE = "a|739|1|537"
serial = iter(range(10**9))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_kib(pid, name="VmRSS"):
    return int(re.search(rf"{name}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def wrk(server, clients, seconds, script, *arguments):
    """(answers a second, CPU seconds of the server an answer) of calls with fresh names."""
    before = cpu_seconds(server.pid)
    output = subprocess.run(
        ["wrk", f"-t{min(clients, 2)}", f"-c{clients}", f"-d{seconds}s", "-s", str(HERE / script),
         server.url, "--", f"bench{next(serial)}", *arguments],
        capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(server.pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(output)
    requests = int(re.search(r"(\d+) requests in", output)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), used / requests


def wrk_copies(server, clients, seconds, modifier="", asset=SAMPLE):
    return wrk(server, clients, seconds, "copy.lua", modifier, asset, USER, PASSWORD)


def median_ms(server, make, rounds):
    """Median time of one call over a kept connection."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    times = []
    for _ in range(rounds):
        body = make()
        start = time.perf_counter()
        connection.request("POST", "/scene7/services/IpsApiService", body, {"Content-Type": "text/xml"})
        answer = connection.getresponse()
        text = answer.read()
        times.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(text)
    connection.close()
    return statistics.median(times)


def copy_call(asset=SAMPLE, modifier=""):
    name = f"latency{next(serial)}"
    return envelope(call_body("copyImage", copy_parameters(name, modifier, assetHandle=asset)), auth())


def by_name_call():
    parameters = {"companyHandle": "c|6", "nameArray": ["macbookwin1"]}
    return envelope(call_body("getAssetsByName", parameters), auth())


def trivial_call():
    return envelope(call_body("getCompanyInfo", {"companyHandle": "c|6"}), auth())


def row(what, measured, goal):
    print(f"{what:<66} {measured:>22}   {goal}", flush=True)


def run_tool(build, name, *arguments):
    return subprocess.run([str(build / "tests" / "bench" / name), *map(str, arguments)], capture_output=True,
                          text=True, check=True).stdout


def bare_commits(build, folder, seconds):
    """Rows a second of a C loop that commits one row per transaction, with the catalog's durability."""
    return float(re.search(r"bare loop.*?(\d+) rows/s", run_tool(build, "bench_commit", folder, seconds))[1])


def gsoap_us(build):
    """CPU of gSOAP's decode and encode of a copyImage call, in memory."""
    return float(re.search(r"gsoap_us=([\d.]+)", run_tool(build, "bench_soap"))[1])


def fsync_ms(folder):
    """What an fsync after a small append costs on this disk now."""
    times = []
    with open(folder / "fsync", "wb") as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def bench_commits(build, seconds, slowed=False):
    """Copies without pixel work against the bare loop, before and after: disks drift."""
    with Server(build=build) as server:
        bare = bare_commits(build, server.folder, seconds / 3)
        one, _ = wrk_copies(server, 1, seconds)
        many, cpu = wrk_copies(server, 32, seconds)
        bare = (bare + bare_commits(build, server.folder, seconds / 3)) / 2
        disk = f"fsync {fsync_ms(server.folder):.2f} ms{', slowed by 1 ms' if slowed else ''}"
        print(f"-- {disk}, bare loop {bare:.0f} commits/s")
        row("copy without pixels, 1 client : bare commit loop", f"{one / bare:.2f}", ">= 0.6")
        row("copy without pixels, 32 clients : bare commit loop", f"{many / bare:.2f}", ">= 5 where fsync >= 1 ms")
    gsoap = gsoap_us(build)
    row("CPU a copy : gSOAP decode + encode of it", f"{cpu * 1e6 / gsoap:.1f} ({cpu * 1e6:.0f} us)", "<= 12")


def bench_jobs(build, seconds):
    """Copies accepted for the background, each on disk before its answer, while two workers make them."""
    with Server("--image-quota", "0", "--task-limit", "0", build=build) as server:
        token, _ = login(server)
        image = image_id(server)
        bare = bare_commits(build, server.folder, seconds / 3)
        one, _ = wrk(server, 1, seconds, "ims.lua", image, token)
        many, _ = wrk(server, 32, seconds, "ims.lua", image, token)
        bare = (bare + bare_commits(build, server.folder, seconds / 3)) / 2
    row("copies accepted for the background, 1 client : bare commit loop", f"{one / bare:.2f}", ">= 0.6")
    row("copies accepted for the background, 32 clients : bare commit loop", f"{many / bare:.2f}", ">= 0.6")


def bench_encrypted(build, folder):
    """One job that encrypts a large picture: its time, and what it adds to the peak of the server's memory."""
    master = folder / "master"
    master.write_text(secrets.token_hex(32))
    with Server("--master-key", f"file:{master}", build=build) as server:
        token, _ = login(server)
        key = server.run("key add", "--company", COMPANY, "--master-key", f"file:{master}").stdout.strip()
        large = image_id(server, server.run("import", folder / "large.tif", "--company", COMPANY).stdout.split("\t")[0])
        wait_job(server, token, copy(server, token, image_id(server), "small", cmk_id=key))
        pathlib.Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # peaks are counted from here
        before, start = resident_kib(server.pid), time.perf_counter()
        wait_job(server, token, copy(server, token, large, "large", cmk_id=key))
        taken = (time.perf_counter() - start) * 1000
        grown = (resident_kib(server.pid, "VmHWM") - before) / 1024
    size = (folder / "large.tif").stat().st_size / 1e6
    row(f"memory that encrypting {size:.0f} MB adds", f"{grown:.1f} MiB ({taken:.0f} ms)", "<= 2 MiB")


def bench_face(build, seconds):
    """SOAP and HTTP around a service that does nothing."""
    face = subprocess.Popen([str(build / "tests" / "bench" / "bench_face")], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{face.stdout.readline().strip()}"
    before = cpu_seconds(face.pid)
    output = subprocess.run(["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", str(HERE / "copy.lua"), url, "--",
                             "face", "", SAMPLE, "user@example.com", "p&w"],
                            capture_output=True, text=True, check=True).stdout
    used = (cpu_seconds(face.pid) - before) / int(re.search(r"(\d+) requests in", output)[1])
    face.communicate()
    if "Non-2xx" in output:
        raise SystemExit(output)
    gsoap = gsoap_us(build)
    row("CPU of SOAP and HTTP : gSOAP decode + encode", f"{used * 1e6 / gsoap:.2f} ({used * 1e6:.1f} us)", "<= 3")


def bench_size(server, folder, rounds):
    """Latency of a copy without pixels must not depend on the size of the source."""
    handles = {}
    for name, side in (("small", 40), ("large", 6200)):
        file = folder / f"{name}.tif"
        subprocess.run(["vips", "gaussnoise", f"{file}.v", str(side), str(side)], check=True)
        subprocess.run(["vips", "bandjoin", " ".join([f"{file}.v"] * 3), f"{file}.b.v"], check=True)
        subprocess.run(["vips", "cast", f"{file}.b.v", str(file), "uchar"], check=True)
        server.run("import", str(file), "--company", "ApiTestCo")
        reply = call(server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]})
        handles[name] = reply.find("assetArray/items/assetHandle")
    size = (folder / "large.tif").stat().st_size / 1e6
    small = [median_ms(server, lambda: copy_call(handles["small"]), rounds) for _ in range(3)]
    large = [median_ms(server, lambda: copy_call(handles["large"]), rounds) for _ in range(3)]
    row(f"latency of a copy, source of {size:.0f} MB : of 10 KB", f"{min(large) / min(small):.2f}", "<= 1.1")


def bench_idle(server, count):
    """Connections that say nothing: memory, and what others notice."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    quiet = median_ms(server, trivial_call, 300)
    before = resident_kib(server.pid)
    idle = []
    for _ in range(count):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        idle.append(connection)
    grown = resident_kib(server.pid) - before
    busy = median_ms(server, trivial_call, 300)
    for connection in idle:
        connection.close()
    row(f"memory of an idle connection, of {count}", f"{grown / count:.1f} KiB", "< 40 KiB")
    row(f"latency beside {count} idle connections : quiet", f"{busy / quiet:.2f}", "about 1")


def fill(data, total):
    """Rows straight into the catalog: a benchmark may know the tables."""
    db = sqlite3.connect(pathlib.Path(data) / "catalog.db")
    columns = [r[1] for r in db.execute("PRAGMA table_info(assets)") if r[1] not in ("id", "type_seq", "name")]
    have = db.execute("SELECT count(*) FROM assets").fetchone()[0]
    same = ", ".join(columns)
    db.execute(f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {total - have})
        INSERT INTO assets (id, type_seq, name, {same})
        SELECT 10000000 + i, 10000000 + i, 'filler' || i, {same} FROM n, assets WHERE assets.id = 739""")
    db.commit()
    db.execute("ANALYZE")
    db.commit()
    db.close()


def bench_catalog(build, total, rounds):
    times = {}
    for size in (1000, total):
        with Server(build=build, prepare=lambda data, n=size: fill(data, n)) as server:
            times[size] = [min(median_ms(server, make, rounds) for _ in range(3))
                           for make in (copy_call, by_name_call)]
    for index, name in enumerate(("copyImage", "getAssetsByName")):
        row(f"{name} with {total:,} assets : with 1,000",
            f"{times[total][index] / times[1000][index]:.2f}", "<= 1.2")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="short runs, 100,000 assets")
    options = parser.parse_args()
    seconds, rounds, assets = (2, 100, 100_000) if options.quick else (8, 400, 1_000_000)

    bench_commits(options.build, seconds)
    bench_jobs(options.build, seconds)
    os.environ["LD_PRELOAD"] = str(options.build / "tests" / "bench" / "libslow_sync.so")
    bench_commits(options.build, seconds, slowed=True)
    bench_jobs(options.build, seconds)
    del os.environ["LD_PRELOAD"]
    bench_face(options.build, seconds)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="openips-bench-"))
    try:
        with Server(build=options.build) as server:
            bench_size(server, folder, rounds)
            bench_idle(server, 2000)
        bench_encrypted(options.build, folder)
    finally:
        shutil.rmtree(folder)
    bench_catalog(options.build, assets, rounds)


if __name__ == "__main__":
    main()
