"""What a person is told when Cloudflare says no: what happened and what to do, and never the token."""

import logging
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from emailauth.core.errors import ConflictError, CouldNotDoError, PartlyDoneError, UsageError
from emailauth.core.record import RRsetChange
from emailauth.dns_hosts import DnsHost
from emailauth.dns_hosts.cloudflare import Settings, open_host
from tests.dns_hosts.benches.cloudflare import CloudflareBench
from tests.dns_hosts.conformance import APEX, DMARC
from tests.fakes.cloudflare import TOKEN, environment
from tests.fakes.service import Fault, Request, Response

NEW = RRsetChange(name=DMARC[0], type="TXT", before=None, after=("v=DMARC1; p=none",), ttl=300)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Something that goes wrong."""

    name: str
    message: str
    """The whole of it."""
    permissions: tuple[str, ...] = ("Zone Read", "DNS Write")
    status: str = "active"
    token: str = TOKEN
    fails: tuple[str, int, int, str] = ("", 0, 0, "")
    error: type[Exception] = CouldNotDoError


FAILURES = [
    Failure(
        name="zones may not be listed",
        permissions=("DNS Write",),
        message="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not list the zones (0 Actor 'com.cloudflare.api.token.0123456789abcdef' "
        "requires permission 'com.cloudflare.api.account.zone.list' to list zones): give it the permission Zone Read (Zone / Zone / Read), for this "
        "zone or for all of the account (dash.cloudflare.com, My Profile, API Tokens)",
    ),
    Failure(
        name="records may not be read",
        permissions=("Zone Read",),
        message="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not read the records of example.com (10000 Authentication error): give "
        "it the permission DNS Read (Zone / DNS / Read), for this zone or for all of the account (dash.cloudflare.com, My Profile, API Tokens)",
    ),
    Failure(
        name="records may not be changed",
        permissions=("Zone Read", "DNS Read"),
        message="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not change the zone example.com (10000 Authentication error): give "
        "it the permission DNS Write (Zone / DNS / Edit), for this zone or for all of the account (dash.cloudflare.com, My Profile, API Tokens)",
    ),
    Failure(
        name="expired",
        status="expired",
        message="the Cloudflare API token in CLOUDFLARE_API_TOKEN is expired (9109 Invalid access token): make a new one "
        "(dash.cloudflare.com, My Profile, API Tokens)",
    ),
    Failure(
        name="disabled",
        status="disabled",
        message="the Cloudflare API token in CLOUDFLARE_API_TOKEN is disabled (9109 Invalid access token): make a new one "
        "(dash.cloudflare.com, My Profile, API Tokens)",
    ),
    Failure(
        name="another token",
        token="x" * 40,
        message="Cloudflare does not accept the API token in CLOUDFLARE_API_TOKEN (9109 Invalid access token): it is mistyped, or was rolled "
        "or deleted, or may not be used from this address; make a new one (dash.cloudflare.com, My Profile, API Tokens) with the permissions "
        "Zone Read and DNS Write",
    ),
    Failure(
        name="half a token",
        token=TOKEN[:20],
        message="Cloudflare does not accept the API token in CLOUDFLARE_API_TOKEN (6003 Invalid request headers (6111 Invalid format for "
        "Authorization header)): it is mistyped, or was rolled or deleted, or may not be used from this address; make a new one "
        "(dash.cloudflare.com, My Profile, API Tokens) with the permissions Zone Read and DNS Write",
    ),
    Failure(
        name="record quota",
        fails=("BatchRecords", 400, 81045, "Record quota exceeded."),
        message="Cloudflare refuses to change the zone example.com: 81045 Record quota exceeded: remove records that nobody needs, or give "
        "the zone a larger plan",
    ),
    Failure(
        name="a name that a Worker has",
        fails=("BatchRecords", 400, 81062, "A DNS record managed by Workers already exists on that host."),
        message="Cloudflare refuses to change the zone example.com: 81062 A DNS record managed by Workers already exists on that host: the "
        "name is a custom domain of a Worker or a Pages project: remove it there first (Workers & Pages, Domains)",
    ),
    Failure(
        name="a code that nobody knows",
        fails=("BatchRecords", 400, 99999, "Something else."),
        message="Cloudflare refuses to change the zone example.com: 99999 Something else",
    ),
    Failure(
        name="a zone that has gone",
        fails=("ListRecords", 404, 1001, "Invalid zone identifier"),
        message="Cloudflare refuses to read the records of example.com: 1001 Invalid zone identifier",
    ),
]


def another(there: CloudflareBench, folder: Path, url: str, token: str = TOKEN, settings: Settings | None = None) -> DnsHost:
    environ = {**environment(url), "CLOUDFLARE_API_TOKEN": token}
    return open_host(settings or Settings(), folder, environ=environ, clock=there.time, pause=there.time.pause, strict=True)


def read_and_apply(host: DnsHost) -> None:
    (zone,) = host.read(["example.com"])
    host.apply(zone, [NEW])


@pytest.mark.parametrize("failure", FAILURES, ids=[failure.name for failure in FAILURES])
def test_each_failure_is_one_message(failure: Failure, there: CloudflareBench, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    there.service.permissions = set(failure.permissions)
    there.service.token_status = failure.status
    if failure.fails[0]:
        there.service.fails = {failure.fails[0]: failure.fails[1:]}
    with there.service.served() as url, pytest.raises(failure.error) as told:
        read_and_apply(another(there, tmp_path, url, failure.token))
    assert str(told.value) == failure.message
    assert not isinstance(told.value, (ConflictError, PartlyDoneError))
    assert there.records(DMARC) == []
    for text in (str(told.value), repr(told.value), "".join(traceback.format_exception(told.value)), caplog.text):
        assert failure.token not in text


def test_a_token_that_an_account_owns_is_not_called_wrong_where_a_permission_is_missing(there: CloudflareBench) -> None:
    there.service.permissions = {"Zone Read"}
    there.service.fails = {"VerifyToken": (401, 1000, "Invalid API Token")}
    with pytest.raises(
        CouldNotDoError, match=r"may not read the records of example\.com \(10000 Authentication error\): give it the permission DNS"
    ):
        there.host.read(["example.com"])


@pytest.mark.parametrize(
    ("status", "code", "body"),
    [(403, 10000, "application/json"), (401, 0, "text/html")],
)
def test_a_refusal_without_reasons_is_told_by_its_status(status: int, code: int, body: str, there: CloudflareBench) -> None:
    refusal = Response(status=status, headers={"content-type": body}, body=b'{"success": false}' if code else b"<html>")

    def before(called: str, _request: Request) -> Fault:
        return refusal if called == "ListZones" else None

    there.service.before = before
    with pytest.raises(
        CouldNotDoError, match=rf"may not list the zones \(HTTP {status} without a reason\): give it the permission Zone Read"
    ):
        there.host.read(["example.com"])


def test_a_zone_that_may_not_be_looked_at_by_its_id_is_told(there: CloudflareBench, tmp_path: Path) -> None:
    theirs = there.service.add_zone("example.org", account_id="f" * 32)
    there.service.fails = {"GetZone": (403, 9109, "Unauthorized to access requested resource")}
    settings = Settings(account=there.service.account_id, zones={"example.org": theirs})
    with (
        there.service.served() as url,
        pytest.raises(CouldNotDoError, match=rf"may not look at zone {theirs} \(9109 Unauthorized to access"),
    ):
        another(there, tmp_path, url, settings=settings).read(["example.org"])


QUOTAS = [
    (
        {"comment": "c" * 101},
        "9313 .*: the record that is replaced has a longer comment than the zone's plan allows, and it is kept: shorten",
    ),
    ({"tags": ("a:b",)}, "9300 .*: the record that is replaced has more tags than the zone's plan allows, and they are kept: remove them"),
]


@pytest.mark.parametrize(("kept", "message"), QUOTAS, ids=["comment", "tags"])
def test_what_stands_behind_a_refusal_is_told_too(kept: dict[str, object], message: str, there: CloudflareBench) -> None:
    """A zone whose plan was larger when people wrote beside a record."""
    record = there.service.put(there.zone_id, *APEX, '"v=spf1 -all"')
    stored = there.service.zones[there.zone_id].stored
    stored[record] = replace(stored[record], **kept)  # type: ignore[arg-type]
    (zone,) = there.host.read(["example.com"])
    asked = RRsetChange(name=APEX[0], type="TXT", before=zone.rrsets[APEX], after=("v=spf1 mx -all",), ttl=300)
    with pytest.raises(CouldNotDoError, match=rf"refuses to change the zone example\.com: .*{message}"):
        there.host.apply(zone, [asked])
    assert [record["content"] for record in there.records(APEX)] == ['"v=spf1 -all"']


def test_the_token_is_not_shown_when_all_goes_well(there: CloudflareBench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    read_and_apply(there.host)
    (zone,) = there.host.read(["example.com"])
    assert TOKEN not in caplog.text
    assert TOKEN not in repr((there.host, vars(there.host), zone, [rrset.raw for rrset in zone.rrsets.values()]))
    assert all(TOKEN in request.headers["authorization"] for _, request in there.service.calls)


def test_an_answer_that_the_sdk_does_not_know_is_an_error_in_tests_only(there: CloudflareBench, tmp_path: Path) -> None:
    there.service.zones[there.zone_id].status = "frozen"
    with pytest.raises(CouldNotDoError, match="Cloudflare was asked to list the zones and answered something else"):
        there.host.read(["example.com"])
    with there.service.served() as url:
        host = open_host(Settings(), tmp_path, environ=environment(url))
        with pytest.raises(UsageError, match=r"the zone example\.com at Cloudflare is frozen"):
            host.read(["example.com"])


def test_a_type_of_zone_that_nobody_knows_is_refused(there: CloudflareBench, tmp_path: Path) -> None:
    there.service.zones[there.zone_id].type = "sideways"

    def after(called: str, _request: Request) -> Fault:
        import json

        body = {"result": [there.service.zones[there.zone_id].shown()], "result_info": {"total_count": 1}}
        return Response(headers={"content-type": "application/json"}, body=json.dumps(body).encode()) if called == "ListZones" else None

    there.service.after = after
    with there.service.served() as url, pytest.raises(UsageError, match="is of type 'sideways', which this program does not know"):
        open_host(Settings(), tmp_path, environ=environment(url)).read(["example.com"])
