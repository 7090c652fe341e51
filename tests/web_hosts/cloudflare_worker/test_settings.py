"""What stands under `web_host: {cloudflare_worker: ...}`."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from emailauth.core.errors import UsageError
from emailauth.web_hosts import ReadBack
from emailauth.web_hosts.cloudflare_worker import Settings, open_host

TOKEN = "Kj3-u8_token-that-somebody-pasted-here-1234"  # noqa: S105 - opens nothing


def test_nothing_need_be_said() -> None:
    assert msgspec.convert({}, Settings) == Settings(script="emailauth", token_env="CLOUDFLARE_API_TOKEN")  # noqa: S106 - a name
    assert open_host(Settings(), Path(), environ={}).read_back == ReadBack(over_https=True, patience=900.0)


@pytest.mark.parametrize(
    ("settings", "read_back"),
    [
        ({"connect": "127.0.0.1:8443"}, ReadBack(over_https=True, connect_to=("127.0.0.1", 8443), patience=900.0)),
        (
            {"connect": "[::1]:443", "ca_file": "ca.pem"},
            ReadBack(over_https=True, connect_to=("::1", 443), ca_file="/etc/mail/ca.pem", patience=900.0),
        ),
        ({"ca_file": "/etc/ca.pem"}, ReadBack(over_https=True, ca_file="/etc/ca.pem", patience=900.0)),
    ],
)
def test_how_files_are_fetched_back(settings: dict[str, str], read_back: ReadBack) -> None:
    assert open_host(msgspec.convert(settings, Settings), Path("/etc/mail"), environ={}).read_back == read_back


@pytest.mark.parametrize("connect", ["127.0.0.1", "8443", ":8443", "127.0.0.1:99999", "127.0.0.1:x", "::1:8443", "https://127.0.0.1:1"])
def test_says_how_an_address_to_connect_to_is_written(connect: str) -> None:
    with pytest.raises(UsageError) as error:
        open_host(Settings(connect=connect), Path())
    assert str(error.value) == f"web_host: cloudflare_worker: connect: {connect!r} is not like 127.0.0.1:8443 or [::1]:8443"


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        open_host(Settings(ca_file="a\0b"), Path())
    assert str(error.value) == "web_host: cloudflare_worker: ca_file: no path can hold a NUL"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("a..b", "'a..b' is not a domain name: A DNS label is empty."),
        ("localhost", "'localhost' is no host name"),
        ("_mta-sts.example.com", "'_mta-sts.example.com' is no host name"),
    ],
)
def test_what_may_be_taken_over_are_host_names(override: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        open_host(Settings(override=(override,)), Path())
    assert str(error.value) == f"web_host: cloudflare_worker: override: {message}"


@pytest.mark.parametrize("token_env", [TOKEN, "lower_case", "", "A B", "1TOKEN", "A" * 65])
def test_a_token_in_place_of_its_variable_is_not_shown(token_env: str) -> None:
    with pytest.raises(UsageError) as error:
        open_host(Settings(token_env=token_env), Path())
    assert str(error.value) == (
        "web_host: cloudflare_worker: token_env: the name of an environment variable stands here, such as CLOUDFLARE_API_TOKEN, not a token"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"account": "0123456789ABCDEF0123456789ABCDEF"},
        {"account": "0123"},
        {"script": "Email Auth"},
        {"script": "-emailauth"},
        {"script": "x" * 64},
        {"token": TOKEN},
        {"override": "mta-sts.example.com"},
    ],
)
def test_what_cannot_be_meant_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, Settings)


def test_another_variable_can_hold_the_token() -> None:
    with pytest.raises(UsageError, match=r"^there is no Cloudflare API token: set the environment variable OTHER_TOKEN to one with "):
        open_host(Settings(token_env="OTHER_TOKEN"), Path(), environ={}).read(["https://mta-sts.example.com/x"])  # noqa: S106 - a name


def test_the_sdk_is_imported_only_when_it_is_used() -> None:
    program = (
        "import sys; from pathlib import Path; from emailauth.web_hosts.cloudflare_worker import *; "
        "open_host(Settings(), Path()); assert 'cloudflare' not in sys.modules and 'httpx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_missing_sdk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cloudflare", None)
    host = open_host(Settings(), Path(), environ={"CLOUDFLARE_API_TOKEN": TOKEN})
    with pytest.raises(UsageError) as error:
        host.read(["https://mta-sts.example.com/x"])
    assert str(error.value) == "web_host: cloudflare_worker needs the Cloudflare SDK: pip install 'emailauth[cloudflare]'"
