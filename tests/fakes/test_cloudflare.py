"""The Cloudflare double through the official SDK, which checks each answer: zones, tokens, permissions, limits, faults."""

from collections.abc import Iterator

import cloudflare
import httpx
import pytest

from tests.fakes.cloudflare import TOKEN, Cloudflare, environment
from tests.fakes.cloudflare.sdk import refused, strict_client
from tests.fakes.service import Lost, Response

NEIGHBOUR = "a" * 32


@pytest.fixture
def service() -> Cloudflare:
    return Cloudflare()


@pytest.fixture
def url(service: Cloudflare) -> Iterator[str]:
    with service.served() as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[cloudflare.Cloudflare]:
    with strict_client(url) as client:
        yield client


def test_the_sdk_finds_the_service_by_its_own_settings(service: Cloudflare, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service.add_zone("example.com")
    for name, value in environment(url).items():
        monkeypatch.setenv(name, value)
    with cloudflare.Cloudflare() as client:
        assert [zone.name for zone in client.zones.list()] == ["example.com"]


def test_a_zone_is_answered_with_all_that_its_model_has(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    zone_id = service.add_zone("example.com", plan="pro")
    zone = client.zones.get(zone_id=zone_id)
    assert zone is not None
    assert (zone.id, zone.name, zone.status, zone.type, zone.paused) == (zone_id, "example.com", "active", "full", False)
    assert (zone.account.id, zone.plan.legacy_id, zone.plan.name) == (service.account_id, "pro", "Pro Website")
    assert zone.name_servers == ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"]
    assert zone.created_on == service.now


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["example.com", "example.net", "example.org", "partial.example"]),
        ({"name": "example.net"}, ["example.net"]),
        ({"name": "EXAMPLE.net"}, ["example.net"]),
        ({"name": "ample.net"}, []),
        ({"name": "ends_with:.net"}, ["example.net"]),
        ({"name": "not_equal:example.net"}, ["example.com", "example.org", "partial.example"]),
        ({"name": "starts_with:partial"}, ["partial.example"]),
        ({"name": "contains:ple.o"}, ["example.org"]),
        ({"status": "pending"}, ["example.net"]),
        ({"account.id": NEIGHBOUR}, ["example.org"]),
        ({"account.name": "Account aaaa"}, ["example.org"]),
        ({"account.id": NEIGHBOUR, "name": "example.com"}, []),
        ({"account.id": NEIGHBOUR, "name": "example.com", "match": "any"}, ["example.com", "example.org"]),
        ({"type": "partial"}, ["partial.example"]),
        ({"type": "full,internal"}, ["example.com", "example.net", "example.org", "internal.example"]),
        ({"direction": "desc", "status": "active"}, ["partial.example", "example.org", "example.com"]),
        ({"order": "status"}, ["example.com", "example.org", "partial.example", "example.net"]),
    ],
)
def test_zones_are_listed_by_what_is_asked(
    service: Cloudflare, client: cloudflare.Cloudflare, query: dict[str, str], names: list[str]
) -> None:
    service.add_zone("example.com")
    service.add_zone("example.org", account_id=NEIGHBOUR)
    service.add_zone("example.net", status="pending")
    service.add_zone("partial.example", type="partial")
    service.add_zone("internal.example", type="internal")
    assert [zone.name for zone in client.zones.list(extra_query=query)] == names


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"status": "asleep"}, "Invalid status: asleep"),
        ({"type": "whole"}, "Invalid zone type: whole"),
        ({"name": "like:example"}, "Invalid filter operator: like"),
        ({"nmae": "example.com"}, "Invalid filter: nmae"),
        ({"order": "age"}, "Invalid order: age"),
        ({"per_page": "51"}, "Invalid per_page: must be between 5 and 50."),
        ({"per_page": "4"}, "Invalid per_page: must be between 5 and 50."),
        ({"page": "0"}, "Invalid page: must be between 1 and 2147483648."),
        ({"page": "first"}, "Invalid page: must be between 1 and 2147483648."),
    ],
)
def test_a_list_that_the_service_does_not_know_is_refused(client: cloudflare.Cloudflare, query: dict[str, str], message: str) -> None:
    assert refused(lambda: client.zones.list(extra_query=query)) == (400, 1004, message)


def test_zones_come_in_pages_which_say_how_many_there_are(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    for number in range(11):
        service.add_zone(f"{number:02}.example")
    answer = client.get("/zones", cast_to=httpx.Response, options={"params": {"per_page": 5, "page": 3}})
    assert [zone["name"] for zone in answer.json()["result"]] == ["10.example"]
    assert answer.json()["result_info"] == {"page": 3, "per_page": 5, "count": 1, "total_count": 11, "total_pages": 3}
    assert len(list(client.zones.list(per_page=5))) == 11
    # The SDK goes on until a page is empty.
    assert service.count("ListZones") == 1 + 4


def test_without_a_size_a_page_of_zones_has_20(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    for number in range(21):
        service.add_zone(f"{number:02}.example")
    assert len(client.zones.list().result) == 20


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/zones/example.com", (404, 7003, "Could not route to /zones/example.com, perhaps your object identifier is invalid?")),
        ("/zones/" + "0" * 32, (404, 1001, "Invalid zone identifier")),
        ("/zones/" + "0" * 32 + "/dns_records", (404, 1001, "Invalid zone identifier")),
        ("/zones/" + "0" * 32 + "/settings", (404, 7000, "No route for that URI")),
        ("/accounts/" + NEIGHBOUR + "/workers/scripts", (403, 10000, "Authentication error")),
    ],
)
def test_what_is_not_there_is_told(client: cloudflare.Cloudflare, path: str, refusal: tuple[int, int, str]) -> None:
    assert refused(lambda: client.get(path, cast_to=object)) == refusal


def test_the_token_and_its_account_are_told(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    token = client.user.tokens.verify()
    assert token is not None
    assert token.status == "active"
    assert [account.id for account in client.accounts.list()] == [service.account_id]


def test_another_token_opens_nothing(url: str) -> None:
    with strict_client(url, token="x" * 40) as stranger:
        assert refused(stranger.zones.list) == (403, 9109, "Invalid access token")
        assert refused(stranger.user.tokens.verify) == (401, 1000, "Invalid API Token")


def test_what_is_no_token_is_told(service: Cloudflare, url: str) -> None:
    with strict_client(url, token="no token") as client:  # noqa: S106 - it is none
        assert refused(client.zones.list) == (400, 6003, "Invalid request headers")
    assert service.count() == 1
    assert httpx.get(f"{url}/client/v4/zones").json()["errors"] == [
        {"code": 9106, "message": "Missing X-Auth-Key, X-Auth-Email or Authorization headers"}
    ]


@pytest.mark.parametrize("status", ["disabled", "expired"])
def test_a_token_that_is_over_opens_nothing_and_verifying_it_says_why(
    service: Cloudflare, client: cloudflare.Cloudflare, status: str
) -> None:
    service.token_status = status
    assert refused(client.zones.list) == (403, 9109, "Invalid access token")
    token = client.user.tokens.verify()
    assert token is not None
    assert token.status == status


ACTOR = "Actor 'com.cloudflare.api.token.0123456789abcdef' requires permission 'com.cloudflare.api.account.zone.list' to list zones"


@pytest.mark.parametrize(
    ("call", "needs", "refusal"),
    [
        ("GET /zones", [{"Zone Read"}], (403, 0, ACTOR)),
        ("GET /zones/{zone}", [{"Zone Read"}], (403, 9109, "Unauthorized to access requested resource")),
        ("GET /zones/{zone}/dns_records", [{"DNS Read"}, {"DNS Write"}], (403, 10000, "Authentication error")),
        (
            "GET /accounts/{account}/workers/domains",
            [{"Workers Scripts Read"}, {"Workers Scripts Write"}],
            (403, 10000, "Authentication error"),
        ),
    ],
)
def test_a_call_needs_one_of_its_permissions(
    service: Cloudflare, client: cloudflare.Cloudflare, call: str, needs: list[set[str]], refusal: tuple[int, int, str]
) -> None:
    path = call.removeprefix("GET ").format(zone=service.add_zone("example.com"), account=service.account_id)
    every = set(service.permissions)
    service.permissions = every - set[str]().union(*needs)
    assert refused(lambda: client.get(path, cast_to=object)) == refusal
    for enough in needs:
        service.permissions = enough
        client.get(path, cast_to=object)


def test_reading_permissions_change_nothing(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    zone_id = service.add_zone("example.com")
    record_id = service.put(zone_id, "example.com", "TXT", '"v=spf1 -all"')
    service.permissions = {"Zone Read", "DNS Read", "Workers Scripts Read"}
    for call in (
        lambda: client.dns.records.batch(zone_id=zone_id, deletes=[{"id": record_id}]),
        lambda: client.dns.records.delete(record_id, zone_id=zone_id),
        lambda: client.workers.scripts.delete("w", account_id=service.account_id),
        lambda: client.workers.domains.update(account_id=service.account_id, hostname="x.example.com", service="w", zone_id=zone_id),
    ):
        assert refused(call) == (403, 10000, "Authentication error")
    assert [record["id"] for record in service.records(zone_id)] == [record_id]


def test_a_throttled_call_says_when_to_come_again(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    service.throttled = [2, 300]
    for after in ("2", "300"):
        with pytest.raises(cloudflare.RateLimitError) as caught:
            client.zones.list()
        assert caught.value.response.headers["retry-after"] == after
        assert caught.value.errors[0].code == 971
    assert client.zones.list().result == []


def test_the_sdk_waits_as_long_as_it_is_told(service: Cloudflare, url: str) -> None:
    service.throttled = [0.001]
    settings = environment(url)
    with cloudflare.Cloudflare(api_token=TOKEN, base_url=settings["CLOUDFLARE_BASE_URL"], max_retries=1) as client:
        assert client.zones.list().result == []
    assert service.count("ListZones") == 2


@pytest.mark.parametrize(("remaining", "window", "header"), [(None, 30, '"default";r=1199;t=30'), (50, 120, '"default";r=50;t=120')])
def test_every_answer_says_how_many_calls_are_left(
    service: Cloudflare, client: cloudflare.Cloudflare, remaining: int | None, window: int, header: str
) -> None:
    service.remaining, service.window = remaining, window
    headers = client.zones.with_raw_response.list().headers
    assert (headers["ratelimit"], headers["ratelimit-policy"]) == (header, '"default";q=1200;w=300')


def test_an_operation_fails_as_it_is_told_to(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    zone_id = service.add_zone("example.com")
    service.fails["ListRecords"] = (503, 10013, "Internal error")
    assert refused(lambda: client.dns.records.list(zone_id=zone_id)) == (503, 10013, "Internal error")
    assert [zone.id for zone in client.zones.list()] == [zone_id]
    del service.fails["ListRecords"]
    assert client.dns.records.list(zone_id=zone_id).result == []


def test_an_answer_can_be_lost_after_the_change_was_made(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    zone_id = service.add_zone("example.com")
    service.after = lambda operation, _: Lost() if operation == "CreateRecord" else None
    with pytest.raises(cloudflare.APIConnectionError):
        client.dns.records.create(zone_id=zone_id, name="example.com", type="TXT", content='"lost"', ttl=300)
    assert [record["content"] for record in service.records(zone_id)] == ['"lost"']


def test_a_call_can_fail_before_anything_was_done(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    zone_id = service.add_zone("example.com")
    service.before = lambda _, __: Response(status=502, body=b"<html>bad gateway</html>")
    with pytest.raises(cloudflare.InternalServerError):
        client.dns.records.create(zone_id=zone_id, name="example.com", type="TXT", content='"lost"', ttl=300)
    assert service.records(zone_id) == []
    assert [(operation, request.method) for operation, request in service.calls] == [("CreateRecord", "POST")]
