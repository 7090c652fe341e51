"""The settings, and what is not done before it must be."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from emailauth.core.errors import UsageError
from emailauth.dns_hosts.cloudflare import Settings, open_host, settings_for
from tests.dns_hosts.benches.cloudflare import opened
from tests.fakes.cloudflare import TOKEN

ONE, TWO = "1" * 32, "2" * 32


def decoded(settings: dict[str, object]) -> Settings:
    return msgspec.convert(settings, Settings)


def test_nothing_need_be_said() -> None:
    assert decoded({}) == decoded({"account": None, "zones": {}, "token_env": "CLOUDFLARE_API_TOKEN"})


@pytest.mark.parametrize(
    "settings",
    [
        {"api_token": "x"},
        {"account": "acme"},
        {"account": "A" * 32},
        {"zones": {"example.com": "example"}},
        {"token_env": "MY TOKEN"},
        {"token_env": "aB3" * 13 + "c"},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(settings)


@pytest.mark.parametrize(
    ("zones", "message"),
    [
        ({"a..example.com": ONE}, "dns_host cloudflare, zones: 'a..example.com' is not a domain name"),
        ({"example.com": ONE, "Example.com.": TWO}, "dns_host cloudflare, zones: example.com is there twice"),
    ],
)
def test_zones_that_have_no_proper_name_are_told(zones: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        open_host(Settings(zones=zones), tmp_path)
    assert str(told.value).startswith(message)


@pytest.mark.parametrize(
    ("domain", "kept"),
    [
        ("example.com", ["example.com", "sub.example.com"]),
        ("sub.example.com", ["sub.example.com"]),
        ("other.example.com", ["example.com"]),
        ("example.org", []),
    ],
)
def test_a_domain_needs_only_the_zones_that_can_hold_its_names(domain: str, kept: list[str]) -> None:
    settings = decoded({"account": ONE, "zones": {"example.com": ONE, "Sub.example.com": TWO, "example.net": TWO}, "token_env": "T"})
    narrowed = settings_for(settings, domain)
    assert sorted(narrowed.zones) == kept
    assert (narrowed.account, narrowed.token_env) == (ONE, "T")


def test_the_sdk_is_imported_when_the_first_call_is_made_and_not_before(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from emailauth.dns_hosts.cloudflare import Settings, open_host\n"
        "open_host(Settings(), pathlib.Path())\n"
        "print('cloudflare' in sys.modules, 'httpx' in sys.modules, 'concurrent.futures.thread' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        == "False False False\n"
    )


def test_opening_asks_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as there:
        assert there.service.calls == []


def test_without_the_sdk_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cloudflare", None)
    host = open_host(Settings(), tmp_path, environ={"CLOUDFLARE_API_TOKEN": TOKEN})
    with pytest.raises(UsageError, match=r"pip install 'emailauth\[cloudflare\]'"):
        host.read(["example.com"])


@pytest.mark.parametrize("environ", [{}, {"CLOUDFLARE_API_TOKEN": ""}, {"CLOUDFLARE_API_KEY": "k", "CLOUDFLARE_EMAIL": "a@example.com"}])
def test_without_a_token_the_variable_and_the_permissions_are_named(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"CLOUDFLARE_API_TOKEN to one with the permissions Zone Read and DNS Write .* global API key is not"
    ):
        open_host(Settings(), tmp_path, environ=environ).read(["example.com"])


def test_another_variable_can_hold_the_token(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="environment variable OTHER"):
        open_host(decoded({"token_env": "OTHER"}), tmp_path, environ={"CLOUDFLARE_API_TOKEN": TOKEN}).read(["example.com"])


@pytest.mark.parametrize("token", ["se cret", "s\necret", "sécret"])
def test_what_can_be_no_token_is_not_shown(token: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="what the environment variable CLOUDFLARE_API_TOKEN holds is no Cloudflare API token") as told:
        open_host(Settings(), tmp_path, environ={"CLOUDFLARE_API_TOKEN": token}).read(["example.com"])
    assert "cret" not in str(told.value)


def test_a_global_key_in_the_environment_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_USER_SERVICE_KEY"):
        monkeypatch.setenv(name, "not-to-be-sent")
    with opened(tmp_path) as there:
        there.host.read(["example.com"])
        (sent,) = {tuple(sorted(name for name in request.headers if "auth" in name)) for _, request in there.service.calls}
        assert sent == ("authorization",)
        assert all("not-to-be-sent" not in str(request.headers) for _, request in there.service.calls)
