"""Cloudflare, DNS and a Worker: what can be wrong there, and with the way to it."""

from collections.abc import Mapping
from typing import Final

from tests.fakes.cloudflare import Cloudflare
from tests.hosts.trouble import LOGIN_PAGE, NOWHERE, Spoil, Trouble, answers, no_zones


def other_zone(service: Cloudflare) -> None:
    service.zones.clear()
    service.add_zone("example.org")


def without(*permissions: str) -> Spoil:
    def spoil(service: Cloudflare) -> None:
        service.permissions -= set(permissions)

    return spoil


def token_is(status: str) -> Spoil:
    def spoil(service: Cloudflare) -> None:
        service.token_status = status

    return spoil


def zone_is(status: str) -> Spoil:
    def spoil(service: Cloudflare) -> None:
        for zone in service.zones.values():
            zone.status = status

    return spoil


def full(service: Cloudflare) -> None:
    for zone in service.zones.values():
        zone.record_quota = len(zone.stored)


def throttled(service: Cloudflare) -> None:
    service.throttled = [300.0] * 1000


TROUBLES: Final[Mapping[str, Trouble]] = {
    "no zone at all": Trouble(
        status=3,
        spoil=no_zones,
        said="the API token sees no zone at Cloudflare, and so no account: the API token needs the permission Zone Read on "
        "the zones of the host names",
    ),
    "unknown zone": Trouble(
        status=2,
        spoil=other_zone,
        said="email-auth.yaml:2:11: no zone that the Cloudflare API token in CLOUDFLARE_API_TOKEN sees holds "
        "2023._domainkey.example.com (it sees example.org): add the domain at Cloudflare, or give the token the "
        "permission Zone Read for its zone",
    ),
    "zones may not be listed": Trouble(
        status=3,
        spoil=without("Zone Read"),
        said="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not list the zones (0 Actor "
        "'com.cloudflare.api.token.0123456789abcdef' requires permission 'com.cloudflare.api.account.zone.list' to list "
        "zones): give it the permission Zone Read (Zone / Zone / Read), for this zone or for all of the account "
        "(dash.cloudflare.com, My Profile, API Tokens)",
    ),
    "records may not be read": Trouble(
        status=3,
        spoil=without("DNS Read", "DNS Write"),
        said="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not read the records of example.com (10000 Authentication "
        "error): give it the permission DNS Read (Zone / DNS / Read), for this zone or for all of the account "
        "(dash.cloudflare.com, My Profile, API Tokens)",
    ),
    "records may not be changed": Trouble(
        status=3,
        verb="apply",
        spoil=without("DNS Write"),
        said="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not change the zone example.com (10000 Authentication "
        "error): give it the permission DNS Write (Zone / DNS / Edit), for this zone or for all of the account "
        "(dash.cloudflare.com, My Profile, API Tokens)",
    ),
    "Workers may not be read": Trouble(
        status=3,
        spoil=without("Workers Scripts Read", "Workers Scripts Write"),
        said="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not list the custom domains of the Workers (10000 "
        "Authentication error): give it the permission Workers Scripts Read (Account / Workers Scripts / Read), for the "
        "account of the Worker (web_host: cloudflare_worker: account) (dash.cloudflare.com, My Profile, API Tokens)",
    ),
    "Workers may not be changed": Trouble(
        status=3,
        verb="apply",
        spoil=without("Workers Scripts Write"),
        done=6,
        said="the Cloudflare API token in CLOUDFLARE_API_TOKEN may not upload the Worker emailauth (10000 "
        "Authentication error): give it the permission Workers Scripts Write (Account / Workers Scripts / Edit), for the "
        "account of the Worker (web_host: cloudflare_worker: account) (dash.cloudflare.com, My Profile, API Tokens)",
    ),
    "token expired": Trouble(
        status=3,
        spoil=token_is("expired"),
        said="the Cloudflare API token in CLOUDFLARE_API_TOKEN is expired (9109 Invalid access token): make a new one "
        "(dash.cloudflare.com, My Profile, API Tokens)",
    ),
    "another token": Trouble(
        status=3,
        environ={"CLOUDFLARE_API_TOKEN": "x" * 40},
        said="Cloudflare does not accept the API token in CLOUDFLARE_API_TOKEN (9109 Invalid access token): it is mistyped, or "
        "was rolled or deleted, or may not be used from this address; make a new one (dash.cloudflare.com, My Profile, API "
        "Tokens) with the permissions Workers Scripts Write and Zone Read",
    ),
    "no token": Trouble(
        status=2,
        environ={"CLOUDFLARE_API_TOKEN": None},
        said="email-auth.yaml:3:11: there is no Cloudflare API token: set the environment variable CLOUDFLARE_API_TOKEN to one with the permissions "
        "Workers Scripts Write and Zone Read (dash.cloudflare.com, My Profile, API Tokens), or name another variable in "
        "web_host: cloudflare_worker: token_env; a global API key is not used",
    ),
    "no token in its form": Trouble(
        status=2,
        environ={"CLOUDFLARE_API_TOKEN": "not a token"},
        said="email-auth.yaml:3:11: what the environment variable CLOUDFLARE_API_TOKEN holds is no Cloudflare API token: letters, digits, - and _ only",
    ),
    "record quota": Trouble(
        status=3,
        verb="apply",
        spoil=full,
        said="Cloudflare refuses to change the zone example.com: 81045 Record quota exceeded: remove records that nobody "
        "needs, or give the zone a larger plan",
    ),
    "unreachable": Trouble(
        status=3,
        environ={"CLOUDFLARE_BASE_URL": NOWHERE},
        said="Cloudflare's API gives no answer (127.0.0.1 cannot be reached ([Errno 111] Connection refused), 5 times) when it is asked to list the "
        "zones: see that this machine reaches it, and www.cloudflarestatus.com; then run again",
    ),
    "throttled for ever": Trouble(
        status=3,
        spoil=throttled,
        said="Cloudflare has refused all calls with this token for 600 seconds and asks to wait 300 more (1,200 calls in 5 "
        "minutes are allowed, the dashboard's and other tools' included): run again later",
    ),
    "something else answers": Trouble(
        status=3,
        spoil=answers(200, LOGIN_PAGE),
        said="Cloudflare's API gives no answer (what answers is not Cloudflare's API: a proxy may be in between, 5 times) "
        "when it is asked to list the "
        "zones: see that this machine reaches it, and www.cloudflarestatus.com; then run again",
    ),
    "the service fails": Trouble(
        status=3,
        spoil=answers(500, b""),
        said="Cloudflare's API gives no answer (HTTP 500, 5 times) when it is asked to list the "
        "zones: see that this machine reaches it, and www.cloudflarestatus.com; then run again",
    ),
    "zone not active": Trouble(
        status=3,
        verb="apply",
        spoil=zone_is("pending"),
        done=6,
        said="what was written to the zone example.com at Cloudflare is there, and nobody sees it yet, for the zone is "
        "pending: set the domain's nameservers to ada.ns.cloudflare.com and bob.ns.cloudflare.com at its registrar, wait "
        "until Cloudflare calls the zone active, then run again",
    ),
    "zone moved away": Trouble(
        status=2,
        spoil=zone_is("moved"),
        said="email-auth.yaml:2:11: the zone example.com at Cloudflare is moved: the domain's nameservers are elsewhere, so "
        "nobody asks Cloudflare for it; name the DNS host that has it now, or set its nameservers to "
        "ada.ns.cloudflare.com and bob.ns.cloudflare.com at the registrar",
    ),
    "no SDK": Trouble(
        status=2,
        missing=("cloudflare",),
        said="email-auth.yaml:3:11: web_host: cloudflare_worker needs the Cloudflare SDK: pip install 'emailauth[cloudflare]'",
    ),
}
