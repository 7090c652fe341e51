"""The settings, as they stand in the file."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from emailauth.core.errors import UsageError
from emailauth.web_hosts import ReadBack
from emailauth.web_hosts.cloudfront import Settings, open_host
from emailauth.web_hosts.cloudfront.limits import LIMITS


def opened(said: dict[str, Any]) -> Any:
    return open_host(msgspec.convert(said, Settings), Path("/srv"))


def test_a_file_is_fetched_back_as_a_sender_would_for_a_quarter_of_an_hour() -> None:
    assert opened({}).read_back == ReadBack(over_https=True, patience=900.0)
    assert opened({"connect": "[::1]:8443", "ca_file": "ca.pem"}).read_back == ReadBack(
        over_https=True, connect_to=("::1", 8443), ca_file="/srv/ca.pem", patience=900.0
    )


def test_host_names_must_be_prepared() -> None:
    assert opened({}).prepares is True


@pytest.mark.parametrize(
    "said",
    [
        {"bucket": "UPPER"},
        {"bucket": "a.b"},
        {"bucket": ""},
        {"role_arn": "email-auth"},
        {"profile": ""},
        {"names_per_certificate": 0},
        {"names_per_certificate": 101},
        {"region": "eu-west-1"},
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_the_schema(said: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        opened(said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"external_id": "email-auth-web"}, "external_id is said without the role_arn that it is for"),
        ({"origin": "www example"}, "origin: 'www example' is not a host name"),
        ({"origin": "a..b"}, "origin: 'a..b' is not a domain name"),
        ({"origin": "localhost"}, "origin: 'localhost' is not a host name"),
        ({"connect": "8443"}, "connect: '8443' is not like 127.0.0.1:8443 or [::1]:8443"),
        ({"connect": "127.0.0.1:99999"}, "connect: '127.0.0.1:99999' is not like"),
        ({"ca_file": "a\0b"}, "no path can hold a NUL"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told(said: dict[str, Any], expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        opened(said)
    assert str(caught.value).startswith("web_host: cloudfront: ")
    assert expected in str(caught.value)


def test_the_sdk_is_imported_by_the_first_call_and_not_before() -> None:
    program = (
        "import sys; from pathlib import Path; from emailauth.web_hosts.cloudfront import Settings, open_host; "
        "open_host(Settings(profile='web'), Path()); print(sorted({'boto3', 'botocore'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert ran.stdout == "[]\n"


def test_the_limits_are_those_of_the_documents() -> None:
    assert (LIMITS.function_size, LIMITS.functions, LIMITS.distributions, LIMITS.aliases) == (10_000, 100, 200, 100)
    assert (LIMITS.default_names, LIMITS.names, LIMITS.common_name) == (10, 100, 64)
    assert LIMITS.verified.year >= 2026
