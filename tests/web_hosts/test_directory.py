"""The directory that a web server serves: whole files, readable ones, and nothing outside of it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.core.file import HostedFile
from emailauth.core.record import Record
from emailauth.web_hosts import ReadBack
from emailauth.web_hosts.directory import Directory, Settings, open_host
from tests.web_hosts.conformance import LOGO_URL, POLICY_URL, logo, policy, put, read, remove

POLICY_PATH = "mta-sts.example.com/.well-known/mta-sts.txt"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "www"


@pytest.fixture
def host(root: Path) -> Directory:
    return open_host(Settings(root="www"), root.parent)


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_stand_where_a_web_server_looks(host: Directory, root: Path) -> None:
    put(host, policy(b"policy"), None)
    put(host, logo(b"<svg/>"), None)
    assert listing(root) == ["bimi.example.com/default/logo-0a1b2c3d.svg", POLICY_PATH]
    assert host.place(POLICY_URL) == str(root / POLICY_PATH)


@pytest.mark.usefixtures("strict_umask")
def test_the_web_server_can_read_them_whatever_the_umask(host: Directory, root: Path) -> None:
    root.mkdir(mode=0o755)
    put(host, policy(b"policy"), None)
    path = root / POLICY_PATH
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o644, 0o755, 0o755)


def test_a_file_that_is_there_keeps_its_mode_and_a_link_stays_one(host: Directory, root: Path) -> None:
    put(host, policy(b"old"), None)
    path = root / POLICY_PATH
    path.rename(root / "policy.txt")
    path.symlink_to(root / "policy.txt")
    path.chmod(0o664)
    put(host, policy(b"new"), b"old")
    assert path.is_symlink()
    assert ((root / "policy.txt").read_bytes(), mode(path)) == (b"new", 0o664)
    assert listing(root) == [POLICY_PATH, "policy.txt"]


def test_a_reader_never_sees_half_a_file(host: Directory, root: Path) -> None:
    """The old file stays whole under its old name: it is replaced, not written to."""
    put(host, policy(b"old"), None)
    with (root / POLICY_PATH).open("rb") as reader:
        put(host, policy(b"new and longer"), b"old")
        assert reader.read() == b"old"
    assert listing(root) == [POLICY_PATH]


def test_a_write_that_fails_leaves_what_was_there(host: Directory, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(host, policy(b"old"), None)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CouldNotDoError, match=r"mta-sts\.txt cannot be written, and is as it was: No space left on device"):
        put(host, policy(b"new"), b"old")
    assert listing(root) == [POLICY_PATH]
    assert read(host, POLICY_URL) == b"old"


def test_removing_the_last_file_leaves_no_empty_folder(host: Directory, root: Path) -> None:
    put(host, policy(b"policy"), None)
    remove(host, POLICY_URL, b"policy")
    assert list(root.iterdir()) == []


def test_removing_leaves_what_others_put_there(host: Directory, root: Path) -> None:
    put(host, policy(b"policy"), None)
    (root / "mta-sts.example.com" / "index.html").write_text("theirs")
    remove(host, POLICY_URL, b"policy")
    assert listing(root) == ["mta-sts.example.com/index.html"]
    assert not (root / POLICY_PATH).parent.exists()


def test_removing_where_there_is_nothing_makes_nothing(host: Directory, root: Path) -> None:
    remove(host, POLICY_URL, b"policy")
    assert not root.exists()


def test_a_file_that_goes_while_we_wait_for_the_lock_is_gone(host: Directory, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(host, policy(b"policy"), None)
    monkeypatch.setattr("fcntl.flock", lambda *_: (root / POLICY_PATH).unlink())
    remove(host, POLICY_URL, b"policy")
    assert read(host, POLICY_URL) is None


def test_the_root_and_folders_below_it_can_be_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "real" / "elsewhere").mkdir(parents=True)
    (tmp_path / "www").symlink_to("real")
    (tmp_path / "real" / "mta-sts.example.com").symlink_to("elsewhere")
    host = open_host(Settings(root="www"), tmp_path)
    put(host, policy(b"policy"), None)
    assert (tmp_path / "real/elsewhere/.well-known/mta-sts.txt").read_bytes() == b"policy"
    remove(host, POLICY_URL, b"policy")
    assert (tmp_path / "www" / "mta-sts.example.com").is_symlink()
    assert list((tmp_path / "real" / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://mta-sts.example.com/a",
        "https://mta-sts.example.com",
        "https://mta-sts.example.com/",
        "https://mta-sts.example.com/a/",
        "https://mta-sts.example.com//a",
        "https://mta-sts.example.com/../../etc/passwd",
        "https://mta-sts.example.com/a/./b",
        "https://mta-sts.example.com/a%2Fb",
        "https://mta-sts.example.com/a\\b",
        "https://mta-sts.example.com/a\x00b",
        "https://mta-sts.example.com/a\nb",
        "https://mta-sts.example.com/a?b",
        "https://mta-sts.example.com/a#b",
        "https://mta-sts.example.com/" + "a" * 256,
        "https://mta-sts.example.com:443/a",
        "https://user@mta-sts.example.com/a",
        "https://MTA-STS.example.com/a",
        "https://../a",
        "https://localhost/a",
        "https://192.0.2.1/a",
    ],
)
def test_no_url_leads_out_of_its_folder(host: Directory, root: Path, url: str) -> None:
    for call in (
        lambda: read(host, url),
        lambda: put(host, HostedFile(url=url, body=b"", content_type="text/plain", domain="example.com", kind="mta_sts"), None),
        lambda: remove(host, url, b""),
        lambda: host.place(url),
    ):
        with pytest.raises(UsageError, match="cannot be kept in a directory"):
            call()
    assert not root.exists()


@pytest.mark.parametrize(
    ("in_the_way", "message"),
    [
        (
            f"www/{POLICY_PATH}/",
            "{root}/mta-sts.example.com/.well-known/mta-sts.txt is a directory, and a file shall be there: remove it by hand",
        ),
        ("www/mta-sts.example.com/.well-known", "{root}/mta-sts.example.com/.well-known is in the way of a directory: remove it by hand"),
        ("www", "{root} is in the way of a directory: remove it by hand"),
    ],
)
def test_says_what_is_in_the_way(host: Directory, root: Path, in_the_way: str, message: str) -> None:
    path = root.parent / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    if in_the_way.endswith("/"):
        path.mkdir()
    else:
        path.touch()
    with pytest.raises(CouldNotDoError) as error:
        put(host, policy(b"policy"), None)
    assert str(error.value) == message.format(root=root)
    assert path.exists()


def test_says_what_else_the_file_system_says(host: Directory, root: Path) -> None:
    path = root / POLICY_PATH
    path.parent.mkdir(parents=True)
    path.symlink_to(path)
    with pytest.raises(CouldNotDoError) as error:
        put(host, policy(b"policy"), None)
    assert str(error.value) == f"{path}: Too many levels of symbolic links"


def test_says_that_the_root_has_nowhere_to_stand(tmp_path: Path) -> None:
    host = open_host(Settings(root="srv/www"), tmp_path)
    assert read(host, POLICY_URL) is None
    with pytest.raises(CouldNotDoError) as error:
        put(host, policy(b"policy"), None)
    assert str(error.value) == (
        f"{tmp_path}/srv/www: the directory {tmp_path}/srv is not there: make it, or correct web_host: directory: root"
    )


@pytest.mark.parametrize(
    ("before", "expected", "message"),
    [
        (b"theirs", None, "is there already: plan again"),
        (b"theirs", b"ours", "was changed since it was read: plan again"),
        (None, b"ours", "is not there any more: plan again"),
    ],
)
def test_says_what_changed_meanwhile(host: Directory, root: Path, before: bytes | None, expected: bytes | None, message: str) -> None:
    if before is not None:
        put(host, policy(before), None)
    with pytest.raises(ConflictError) as error:
        put(host, policy(b"new"), expected)
    assert str(error.value) == f"{root / POLICY_PATH} {message}"


def test_a_served_host_name_gets_a_cname_to_the_web_server(tmp_path: Path) -> None:
    host = open_host(Settings(root="www", cname="WWW.example.com."), tmp_path)
    assert host.records("bimi.example.com", "example.com") == (
        Record(name="bimi.example.com", type="CNAME", value="www.example.com.", domain="example.com", kind="web/bimi.example.com"),
    )
    assert open_host(Settings(root="www"), tmp_path).records("bimi.example.com", "example.com") == ()


@pytest.mark.parametrize(
    ("settings", "read_back"),
    [
        ({"root": "www"}, ReadBack(over_https=True)),
        ({"root": "www", "read_back": "disk"}, ReadBack(over_https=False)),
        ({"root": "www", "connect": "127.0.0.1:8443"}, ReadBack(over_https=True, connect_to=("127.0.0.1", 8443))),
        (
            {"root": "www", "connect": "[::1]:443", "ca_file": "ca.pem"},
            ReadBack(over_https=True, connect_to=("::1", 443), ca_file="/etc/mail/ca.pem"),
        ),
        ({"root": "www", "ca_file": "/etc/ca.pem"}, ReadBack(over_https=True, ca_file="/etc/ca.pem")),
    ],
)
def test_how_files_are_fetched_back(settings: dict[str, str], read_back: ReadBack) -> None:
    assert open_host(msgspec.convert(settings, Settings), Path("/etc/mail")).read_back == read_back


@pytest.mark.parametrize("connect", ["127.0.0.1", "8443", ":8443", "127.0.0.1:99999", "127.0.0.1:x", "::1:8443", "https://127.0.0.1:1"])
def test_says_how_an_address_to_connect_to_is_written(connect: str) -> None:
    with pytest.raises(UsageError) as error:
        open_host(Settings(root="www", connect=connect), Path())
    assert str(error.value) == f"web_host: directory: connect: {connect!r} is not like 127.0.0.1:8443 or [::1]:8443"


def test_says_that_the_web_servers_name_is_none() -> None:
    with pytest.raises(UsageError, match=r"^web_host: directory: cname: 'a\.\.b' is not a domain name"):
        open_host(Settings(root="www", cname="a..b"), Path())


def test_two_files_of_one_folder_go_one_by_one(host: Directory, root: Path) -> None:
    put(host, logo(b"one"), None)
    other = LOGO_URL.replace("0a1b2c3d", "ffffffff")
    put(host, HostedFile(url=other, body=b"two", content_type="image/svg+xml", domain="example.com", kind="bimi/logo"), None)
    remove(host, LOGO_URL, b"one")
    assert listing(root) == ["bimi.example.com/default/logo-ffffffff.svg"]


@pytest.mark.parametrize(
    ("settings", "where"), [({"root": "a\0b"}, "root"), ({"root": "www", "read_back": "https", "ca_file": "a\0b"}, "ca_file")]
)
def test_a_path_with_a_nul_is_refused(settings: dict[str, str], where: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        open_host(msgspec.convert(settings, Settings), tmp_path)
    assert str(error.value) == f"web_host: directory: {where}: no path can hold a NUL"
