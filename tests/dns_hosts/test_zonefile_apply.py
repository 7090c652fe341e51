"""When a zone file is changed and when it is left as it is, and how it is put in its place."""

import datetime as dt
import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError
from emailauth.dns_hosts import zonefile
from emailauth.dns_hosts.zonefile import files
from emailauth.files.replacing import replace
from tests.dns_hosts.zonefile_bench import EDITED_HEAD, HEAD, Bench, Wish, change, expecting

DMARC = "_dmarc.example.com"
NEW: Wish = (DMARC, "TXT", ("v=DMARC1; p=none",), 3600)
NEW_LINE = '_dmarc IN TXT "v=DMARC1; p=none"\n'


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.write(HEAD)
    return bench


@pytest.mark.parametrize("wishes", [[], [("ns1.example.com", "A", ("192.0.2.1",), 3600)], [("x.example.com", "TXT", (), 5)]])
def test_a_file_that_is_as_it_shall_be_is_not_touched(wishes: list[Wish], bench: Bench) -> None:
    inode = bench.path.stat().st_ino
    assert bench.apply(*wishes) == HEAD.encode()
    assert bench.path.stat().st_ino == inode


@pytest.mark.parametrize("later", [HEAD + "www A 192.0.2.2\n", HEAD + "; x\n", HEAD + NEW_LINE, "no zone any more ("])
def test_a_file_that_changed_since_it_was_read_is_left(later: str, bench: Bench) -> None:
    zone = bench.read()
    bench.write(later)
    with pytest.raises(ConflictError, match=r"changed since it was read|somebody is changing it"):
        bench.host().apply(zone, [change(zone, NEW)])
    assert bench.path.read_text() == later


def test_a_change_in_an_included_file_is_a_change(bench: Bench) -> None:
    (bench.folder / "more").write_text("")
    bench.write(HEAD + "$INCLUDE more\n")
    zone = bench.read()
    (bench.folder / "more").write_text("www A 192.0.2.2\n")
    with pytest.raises(ConflictError, match="has changed since it was read, and was left as it is; run again"):
        bench.host().apply(zone, [change(zone, NEW)])


@pytest.mark.parametrize(
    ("before", "after"), [((), ("a", "b", "c")), (("a",), ()), (("a", "b", "c"), ()), (("a", "x"), ()), (("a", "a"), ())]
)
def test_a_set_that_is_not_as_expected_is_left_and_so_are_the_others(before: tuple[str, ...], after: tuple[str, ...], bench: Bench) -> None:
    bench.write(HEAD + "@ TXT a\n@ TXT b\n")
    zone = bench.read()
    with pytest.raises(ConflictError, match=r"TXT at example\.com was expected to be .* and is \['a', 'b'\]; run again"):
        bench.host().apply(zone, [change(zone, NEW), expecting("example.com", "TXT", before, after)])
    assert bench.path.read_text() == HEAD + "@ TXT a\n@ TXT b\n"


REFUSED: dict[str, tuple[str, Wish, str]] = {
    "out of the zone": ("", ("example.net", "TXT", ("x",), 60), r"example\.net is not in the zone example\.com"),
    "the SOA": ("", ("example.com", "SOA", (), 60), "the SOA record is not changed, but for its serial"),
    "delegated": ("sub NS ns.example.net.\n", ("x.sub.example.com", "TXT", ("x",), 60), r"db:5: x\.sub\.example\.com is delegated here"),
    "CNAME beside TXT": ("x TXT y\n", ("x.example.com", "CNAME", ("y.",), 60), r"x\.example\.com would have a CNAME beside TXT"),
    "TXT beside CNAME": ("x CNAME y.\n", ("x.example.com", "TXT", ("y",), 60), r"x\.example\.com would have a CNAME beside TXT"),
    "two CNAMEs": ("x CNAME y.\n", ("x.example.com", "CNAME", ("y.", "z."), 60), r"x\.example\.com would have a CNAME beside another"),
    "included": ("x TXT z\n$INCLUDE more\n", ("x.example.com", "TXT", (), 60), r"more:1 \(\$INCLUDE\): TXT at x\.example\.com stands here and is not edited"),
    "generated": ("$GENERATE 1-2 g$ A 192.0.2.$\n", ("g2.example.com", "A", (), 60), r"db:5 \(\$GENERATE\): A at g2\.example\.com stands here"),
    "signed": ("@ RRSIG SOA 13 2 60 20300101000000 20200101000000 1 example.com. AAAA\n", NEW, "db:5: this file is signed; name the unsigned file"),
    "too long": ("", ("example.com", "TXT", ("x" * 64998,), 60), "cannot be a TXT record: it has 64998 octets, more than can be answered"),
    "no rdata": ("", ("example.com", "MX", ("ten mx",), 60), "'ten mx' cannot be a MX record"),
    "no type": ("", ("example.com", "NOTYPE", ("x",), 60), "'x' cannot be a NOTYPE record"),
    "one value twice": ("", ("x.example.com", "TXT", ("y", "y"), 60), "would not read as planned .*please report"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_a_change_is_refused_and_nothing_written(why: str, bench: Bench) -> None:
    body, wish, message = REFUSED[why]
    (bench.folder / "more").write_text("x TXT y\n")
    bench.write(HEAD + body)
    with pytest.raises(CouldNotDoError, match=message) as raised:
        bench.apply(NEW, wish)
    assert not isinstance(raised.value, ConflictError)
    assert bench.path.read_text() == HEAD + body
    assert sorted(path.name for path in bench.folder.iterdir()) == ["db", "more"]


def test_a_serial_in_an_included_file_is_not_raised(bench: Bench) -> None:
    (bench.folder / "more").write_text(HEAD)
    bench.write("$INCLUDE more\nwww 60 A 192.0.2.2\n")
    with pytest.raises(
        CouldNotDoError, match=r"more:2 \(\$INCLUDE\): the SOA record stands here, and its serial is not edited; move it to .*db"
    ):
        bench.apply(NEW)


def test_dnssec_records_may_stand_beside_a_cname(bench: Bench) -> None:
    bench.write(HEAD + "x CNAME y.\nx NSEC z CNAME NSEC\nx KEY 256 3 5 AQPS\n")
    assert (
        bench.apply(("x.example.com", "CNAME", ("z.",), 60)).decode()
        == EDITED_HEAD + "x 60 CNAME z.\nx NSEC z CNAME NSEC\nx KEY 256 3 5 AQPS\n"
    )


def test_the_longest_txt_that_there_can_be_is_taken(bench: Bench) -> None:
    bench.edit(HEAD, ("x.example.com", "TXT", ("x" * 64997,), 3600))
    assert bench.sets()["x.example.com", "TXT"] == (3600, ("x" * 64997,))


WRONG = {
    "no zone file": ("(", "it is no zone file"),
    "a foreign record gone": (EDITED_HEAD.replace("ns1 IN A 192.0.2.1\n", "") + NEW_LINE, r"it changes \[\('ns1\.example\.com', 'A'\)\]"),
    "a foreign TTL": (EDITED_HEAD.replace("ns1 IN", "ns1 9 IN") + NEW_LINE, r"it changes \[\('ns1\.example\.com', 'A'\)\]"),
    "a new foreign record": (EDITED_HEAD + NEW_LINE + "www A 192.0.2.2\n", r"it changes \[\('www\.example\.com', 'A'\)\]"),
    "the old serial": (HEAD + NEW_LINE, r"it changes \[\('example\.com', 'SOA'\)\]"),
    "another value": (EDITED_HEAD + "_dmarc TXT other\n", r"TXT at _dmarc\.example\.com would be \['other'\]"),
    "no value": (EDITED_HEAD, r"TXT at _dmarc\.example\.com would be \[\]"),
    "another TTL": (EDITED_HEAD + NEW_LINE.replace("IN", "9"), r"the TTL of TXT at _dmarc\.example\.com would not be 3600"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_text_that_would_say_something_else_is_not_written(what: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    text, message = WRONG[what]
    monkeypatch.setattr(zonefile, "rewrite", lambda *_: text.encode())
    with pytest.raises(CouldNotDoError, match=message):
        bench.apply(NEW)
    assert bench.path.read_text() == HEAD


def test_the_gate_lets_the_right_text_through(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zonefile, "rewrite", lambda *_: (EDITED_HEAD + "; elsewhere\n" + NEW_LINE).encode())
    assert bench.apply(NEW).decode() == EDITED_HEAD + "; elsewhere\n" + NEW_LINE


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_mode_and_owner_stay_and_nothing_else_is_left_in_the_folder(mode: int, bench: Bench) -> None:
    bench.path.chmod(mode)
    if os.getuid() == 0:
        os.chown(bench.path, 1234, 2345)
    old = bench.path.stat()
    bench.apply(NEW)
    new = bench.path.stat()
    assert (new.st_mode, new.st_uid, new.st_gid) == (old.st_mode, old.st_uid, old.st_gid)
    assert new.st_ino != old.st_ino
    assert [path.name for path in bench.folder.iterdir()] == ["db"]


def test_a_disk_that_fails_leaves_the_old_file_and_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CouldNotDoError, match=r"db cannot be written, and is as it was: No space left on device; make room on its disk"):
        bench.apply(NEW)
    assert bench.path.read_text() == HEAD
    assert [path.name for path in bench.folder.iterdir()] == ["db"]


def test_a_file_that_is_gone_is_told(bench: Bench) -> None:
    zone = bench.read()
    bench.path.unlink()
    with pytest.raises(
        CouldNotDoError, match=r"db: cannot be locked, and is as it was: No such file or directory; see to that and run this again"
    ):
        bench.host().apply(zone, [change(zone, NEW)])


def test_behind_a_link_the_file_is_replaced_and_the_link_stays(bench: Bench) -> None:
    real = bench.folder / "elsewhere" / "zone"
    real.parent.mkdir()
    bench.path.rename(real)
    bench.path.symlink_to("elsewhere/zone")
    bench.apply(NEW)
    assert bench.path.is_symlink()
    assert real.read_text() == EDITED_HEAD + NEW_LINE
    assert [path.name for path in real.parent.iterdir()] == ["zone"]


def test_who_waited_for_the_lock_of_a_replaced_file_locks_the_new_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    flock = fcntl.flock
    locked: list[int] = []

    def replaced_while_waiting(fd: int, operation: int) -> None:
        if not locked:
            replace(bench.path, b"by another process")
        locked.append(os.fstat(fd).st_ino)
        flock(fd, operation)

    old = bench.path.stat().st_ino
    monkeypatch.setattr(fcntl, "flock", replaced_while_waiting)
    with files.locked(bench.path) as path:
        assert path.read_bytes() == b"by another process"
        assert locked == [old, bench.path.stat().st_ino]


def test_the_lock_keeps_others_out_and_is_given_back(bench: Bench) -> None:
    with bench.path.open("rb") as other:
        with files.locked(bench.path), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


WRITER = """
import sys
from pathlib import Path
from emailauth.core.errors import ConflictError
from emailauth.core.record import RRsetChange
from emailauth.dns_hosts.zonefile import Settings, open_host

folder, name, count = sys.argv[1:]
host = open_host(Settings(zones={"example.com": "db"}), Path(folder))
print("ready", flush=True)
sys.stdin.readline()
for i in range(int(count)):
    while True:
        (zone,) = host.read(["example.com"])
        before = zone.rrsets.get(("example.com", "TXT"))
        after = ((before.values if before else ()) + (f"{name}-{i}",))
        try:
            host.apply(zone, [RRsetChange(name="example.com", type="TXT", before=before, after=after, ttl=60)])
        except ConflictError:
            continue
        break
"""


def test_processes_that_write_at_the_same_time_lose_nothing(bench: Bench) -> None:
    count = 15
    command = [sys.executable, "-c", WRITER, str(bench.folder)]
    writers = [subprocess.Popen([*command, name, str(count)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for name in "abc"]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    expected = sorted(f"{name}-{i}" for name in "abc" for i in range(count))
    assert sorted(bench.sets()["example.com", "TXT"][1]) == expected
    assert " 52 7200 " in bench.path.read_text()
    assert [path.name for path in bench.folder.iterdir()] == ["db"]


def test_an_apply_that_is_not_the_first_of_its_day_counts_on(bench: Bench) -> None:
    bench.write(HEAD.replace(" 7 ", " 2026030100 "))
    later = Bench(bench.folder, today=dt.date(2026, 3, 2))
    bench.apply(NEW)
    bench.apply((DMARC, "TXT", (), 60))
    assert later.apply(NEW).decode() == HEAD.replace(" 7 ", " 2026030200 ") + NEW_LINE
