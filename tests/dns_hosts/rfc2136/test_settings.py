"""What `dns_host: {rfc2136: {...}}` can say, and what is wrong with what it cannot."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from emailauth.core.errors import UsageError
from emailauth.dns_hosts.rfc2136 import Settings, open_host, settings_for

FOLDER = Path("/nowhere")
KEY = {"key_name": "k", "key_env": "SECRET"}


def decoded(**said: Any) -> Settings:
    """As the file's are."""
    return msgspec.convert(said, Settings)


def test_defaults() -> None:
    settings = decoded(server="ns1.example.com", key_file="tsig.key")
    assert (settings.port, settings.read, settings.timeout) == (53, "axfr", 10.0)
    assert (settings.zones, settings.key_name, settings.key_algorithm, settings.key_env) == (None, None, None, None)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"server": ""},
        {"server": "x", "port": 0},
        {"server": "x", "port": 65536},
        {"server": "x", "timeout": 0},
        {"server": "x", "read": "ixfr"},
        {"server": "x", "zones": []},
        {"server": "x", "key_algorithm": "hmac-md5"},
        {"server": "x", "key_algorithm": "gss-tsig"},
        {"server": "x", "secret": "c2VjcmV0"},
        {"server": "x", "key_env": ""},
    ],
)
def test_what_the_schema_refuses(said: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(**said)


@pytest.mark.parametrize("server", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST."])
def test_a_server_on_this_machine_needs_no_key(server: str) -> None:
    open_host(Settings(server=server), FOLDER)


@pytest.mark.parametrize("server", ["192.0.2.53", "2001:db8::53", "ns1.example.com", "localhost.example.com"])
def test_any_other_server_needs_one(server: str) -> None:
    open_host(Settings(server=server, key_name="k", key_env="SECRET"), FOLDER)
    with pytest.raises(UsageError, match=f"{server} needs a TSIG key"):
        open_host(Settings(server=server), FOLDER)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"key_env": "S", "key_file": "f", "key_name": "k"}, "key_env and key_file both say where the secret is; leave one"),
        ({"key_env": "S"}, "key_env needs key_name"),
        ({"key_name": "k"}, "say where the key's secret is, by key_env or key_file"),
        ({"key_algorithm": "hmac-sha512"}, "say where the key's secret is, by key_env or key_file"),
        ({"zones": ["a..b"]}, "zones: 'a..b' is not a domain name"),
        ({"zones": ["Example.com.", "example.com"]}, "zones: example.com is there twice; leave one"),
        ({**KEY, "server": "ns1.example.com:53"}, "'ns1.example.com:53' is neither a host name nor an address; its port is said by `port`"),
        ({**KEY, "server": "[::1]"}, "neither a host name nor an address"),
        ({**KEY, "server": "ns 1"}, "neither a host name nor an address"),
        ({**KEY, "server": "a..b"}, "server: 'a..b' is not a domain name"),
    ],
)
def test_what_cannot_be_understood(said: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_host(Settings(**{"server": "127.0.0.1", **said}), FOLDER)
    assert str(raised.value).startswith("dns_host rfc2136")
    assert message in str(raised.value)


def test_opening_reads_no_secret() -> None:
    open_host(Settings(server="127.0.0.1", key_name="k", key_env="NOT_SET"), FOLDER, environment={})
    open_host(Settings(server="127.0.0.1", key_file="not-there.key"), FOLDER)


@pytest.mark.parametrize(
    ("domain", "zones"),
    [
        ("example.com", ["example.com", "sub.example.com"]),
        ("mail.example.com", ["example.com"]),
        ("sub.example.com", ["sub.example.com"]),
        ("badexample.com", ["example.com", "sub.example.com", "example.net"]),
    ],
)
def test_one_domain_needs_only_the_zones_that_can_hold_its_names(domain: str, zones: list[str]) -> None:
    settings = Settings(server="127.0.0.1", port=5353, zones=["Example.com.", "sub.example.com", "example.net"])
    narrowed = settings_for(settings, domain)
    assert [zone.lower().rstrip(".") for zone in narrowed.zones or ()] == zones
    assert (narrowed.server, narrowed.port) == ("127.0.0.1", 5353)


def test_without_zones_there_is_nothing_to_narrow() -> None:
    settings = Settings(server="127.0.0.1")
    assert settings_for(settings, "example.com") == settings


def test_a_name_that_no_listed_zone_holds_is_told_before_anything_is_asked() -> None:
    host = open_host(Settings(server="127.0.0.1", port=1, zones=["example.com", "example.net"]), FOLDER)
    with pytest.raises(UsageError, match=r"zones holds _dmarc\.example\.org: add it \(there are example\.com, example\.net\)"):
        host.read(["_dmarc.example.org"])
