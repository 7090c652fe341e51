"""The Cloudflare double through the official SDK, which checks each answer: Workers scripts and their custom domains."""

import json
import os
from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.cloudflare import TOKEN, Cloudflare
from tests.fakes.cloudflare.multipart import NotMultipart, Part, form, parts_of
from tests.fakes.cloudflare.routes import ROOT
from tests.fakes.cloudflare.sdk import refused, strict_client
from tests.fakes.service import Request, Response

SOURCE = b"export default {\r\n    async fetch() { return new Response('\xc3\xa9\\r\\n--x'); },\n};\n\r\n"
MODULE = "application/javascript+module"
HOST = "mta-sts.example.com"
NO_WORKER = (404, 10007, "This Worker does not exist on your account.")


@pytest.fixture
def service() -> Cloudflare:
    return Cloudflare()


@pytest.fixture
def zone(service: Cloudflare) -> str:
    return service.add_zone("example.com")


@pytest.fixture
def client(service: Cloudflare) -> Iterator[cloudflare.Cloudflare]:
    with service.served() as url, strict_client(url) as client:
        yield client


def upload(client: cloudflare.Cloudflare, service: Cloudflare, name: str = "emailauth", source: bytes = SOURCE, **metadata: Any) -> object:
    """Uploads one module as a Worker."""
    return client.workers.scripts.update(
        name,
        account_id=service.account_id,
        metadata={"main_module": "worker.mjs", "compatibility_date": "2026-10-01", **metadata},  # type: ignore[typeddict-item]
        files=[("worker.mjs", source, MODULE)],
    )


def attach(client: cloudflare.Cloudflare, service: Cloudflare, zone: str, host: str = HOST, worker: str = "emailauth", **more: bool) -> Any:
    """Makes a host name a custom domain of a Worker."""
    return client.workers.domains.update(
        account_id=service.account_id, hostname=host, service=worker, zone_id=zone, extra_body=more or None
    )


def sent(service: Cloudflare, content_type: str, body: bytes) -> tuple[int, int, str]:
    """How an upload is refused that the SDK would not send."""
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": content_type}
    path = f"{ROOT}/accounts/{service.account_id}/workers/scripts/w"
    answer = service.handle(Request(number=0, method="PUT", path=path, query={}, headers=headers, body=body))
    assert isinstance(answer, Response)
    (error,) = json.loads(answer.body)["errors"]
    return answer.status, error["code"], error["message"]


# ------------------------------------------------------------------------------------------------------------ scripts


def test_an_upload_is_answered_and_listed(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    answer = upload(client, service)
    assert isinstance(answer, cloudflare.types.workers.ScriptUpdateResponse)
    assert (answer.id, answer.startup_time_ms, answer.handlers, answer.has_modules) == ("emailauth", 1, ["fetch"], True)
    (listed,) = client.workers.scripts.list(account_id=service.account_id)
    assert (listed.id, listed.etag, listed.tag, listed.compatibility_date) == ("emailauth", answer.etag, answer.tag, "2026-10-01")
    assert service.scripts["emailauth"].text == SOURCE.decode()


def test_another_upload_replaces_the_text_and_keeps_the_worker(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    before = service.scripts["emailauth"]
    upload(client, service, source=SOURCE + b"// more\n")
    after = service.scripts["emailauth"]
    assert (after.tag, after.created_on, after.text) == (before.tag, before.created_on, SOURCE.decode() + "// more\n")
    assert after.modified_on > before.modified_on
    assert after.etag != before.etag


def test_the_content_comes_as_a_form_octet_for_octet(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    answer = client.workers.scripts.content.get("emailauth", account_id=service.account_id)
    assert answer.headers["cf-entrypoint"] == "worker.mjs"
    (part,) = parts_of(answer.headers["content-type"], answer.read())
    assert (part.name, part.filename, part.content_type, part.body) == ("worker.mjs", "worker.mjs", MODULE, SOURCE)
    assert SOURCE.decode() in client.workers.scripts.get("emailauth", account_id=service.account_id)


def test_several_modules_come_back(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    files = [("policy.txt", b"version: STSv1\r\n", "text/plain"), ("worker.mjs", SOURCE, MODULE)]
    client.workers.scripts.update("w", account_id=service.account_id, metadata={"main_module": "worker.mjs"}, files=files)
    answer = client.workers.scripts.content.get("w", account_id=service.account_id)
    assert [(part.name, part.body) for part in parts_of(answer.headers["content-type"], answer.read())] == [
        ("policy.txt", b"version: STSv1\r\n"),
        ("worker.mjs", SOURCE),
    ]
    assert answer.headers["cf-entrypoint"] == "worker.mjs"


def test_settings_tell_what_was_set_but_no_secret(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    secret = {"type": "secret_text", "name": "KEY", "text": "hidden"}
    upload(client, service, bindings=[{"type": "plain_text", "name": "A", "text": "shown"}, secret], tags=["emailauth"])
    found = client.workers.scripts.script_and_version_settings.get("emailauth", account_id=service.account_id)
    assert found is not None
    assert [binding.to_dict() for binding in found.bindings or ()] == [
        {"name": "A", "text": "shown", "type": "plain_text"},
        {"name": "KEY", "type": "secret_text"},
    ]
    assert (found.compatibility_date, found.tags) == ("2026-10-01", ["emailauth"])
    level = client.workers.scripts.settings.get("emailauth", account_id=service.account_id)
    assert level is not None
    assert (level.logpush, level.tags) == (False, ["emailauth"])


def test_content_alone_is_replaced(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service, tags=["kept"])
    content = client.workers.scripts.content
    files = [("new.mjs", SOURCE, MODULE)]
    answer = content.update("emailauth", account_id=service.account_id, metadata={"main_module": "new.mjs"}, files=files)
    assert answer is not None
    assert answer.id == "emailauth"
    script = service.scripts["emailauth"]
    assert (script.main_module.name, script.metadata["tags"]) == ("new.mjs", ["kept"])


def test_workers_dev_is_off_until_it_is_switched_on(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    subdomain = client.workers.scripts.subdomain
    before = subdomain.get("emailauth", account_id=service.account_id)
    assert before is not None
    assert (before.enabled, before.previews_enabled) == (False, False)
    after = subdomain.create("emailauth", account_id=service.account_id, enabled=True, previews_enabled=False)
    assert after is not None
    assert (after.enabled, after.previews_enabled) == (True, False)
    upload(client, service)
    assert service.scripts["emailauth"].subdomain_enabled
    path = f"/accounts/{service.account_id}/workers/scripts/emailauth/subdomain"
    assert refused(lambda: client.post(path, cast_to=object, body={})) == (400, 10021, "enabled is a required field.")


def test_a_worker_can_be_deleted_once(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    client.workers.scripts.delete("emailauth", account_id=service.account_id)
    assert list(client.workers.scripts.list(account_id=service.account_id)) == []
    for call in (
        client.workers.scripts.delete,
        client.workers.scripts.get,
        client.workers.scripts.content.get,
        client.workers.scripts.script_and_version_settings.get,
        client.workers.scripts.subdomain.get,
    ):
        assert refused(lambda call=call: call("emailauth", account_id=service.account_id)) == NO_WORKER  # type: ignore[misc]


def test_a_worker_with_custom_domains_is_not_deleted(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    attach(client, service, zone)
    refusal = refused(lambda: client.workers.scripts.delete("emailauth", account_id=service.account_id))
    assert refusal == (400, 10064, "This Worker is still attached to custom domains.")


NO_METADATA = "could not read content for part metadata"
NOT_JSON = "could not unmarshal JSON content for part metadata"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([Part(name="w.mjs", filename="w.mjs", content_type=MODULE, body=SOURCE)], NO_METADATA),
        ([Part(name="metadata", body=b"{}"), Part(name="metadata", body=b"{}")], NO_METADATA),
        ([Part(name="metadata", body=b"main_module: w.mjs")], NOT_JSON),
        ([Part(name="metadata", body=b"[]")], NOT_JSON),
        ([Part(name="metadata", body=b'{"main": "w.mjs"}')], "Unknown metadata: main"),
        (
            [Part(name="metadata", body=b"{}"), Part(name="w.mjs", content_type=MODULE, body=SOURCE)],
            "The metadata must name a main_module.",
        ),
        ([Part(name="metadata", body=b'{"main_module": "w.mjs"}')], 'Uncaught Error: No such module "w.mjs".'),
        (
            [
                Part(name="metadata", body=b'{"main_module": "w.mjs"}'),
                Part(name="w.mjs", content_type=MODULE, body=SOURCE),
                Part(name="w.mjs", content_type=MODULE, body=SOURCE),
            ],
            "Each module needs a name of its own.",
        ),
        (
            [Part(name="metadata", body=b'{"main_module": "w.js"}'), Part(name="w.js", content_type="application/javascript", body=SOURCE)],
            "Main module must be an ES module.",
        ),
        (
            [Part(name="metadata", body=b'{"main_module": "w.mjs"}'), Part(name="w.mjs", content_type="image/png", body=SOURCE)],
            "Unsupported content type 'image/png' of part 'w.mjs'.",
        ),
        (
            [Part(name="metadata", body=b'{"main_module": "w.mjs"}'), Part(name="w.mjs", body=SOURCE)],
            "Unsupported content type '' of part 'w.mjs'.",
        ),
    ],
)
def test_a_form_that_is_no_worker_is_refused(service: Cloudflare, parts: list[Part], message: str) -> None:
    assert sent(service, *form(parts, "boundary")) == (400, 10021, message)
    assert service.scripts == {}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/javascript", SOURCE),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nno header\r\n--b--"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--"),
    ],
)
def test_what_is_no_form_is_refused(service: Cloudflare, content_type: str, body: bytes) -> None:
    refusal = sent(service, content_type, body)
    assert refusal == (415, 10001, "The request must be multipart/form-data with a metadata part.")


LATE = 'Can\'t set compatibility date in the future: "{}".'
LARGE = "Your Worker exceeded the size limit of 3 MiB. Please upgrade to a paid plan."
TEXT: dict[str, str] = {"type": "plain_text", "name": "A", "text": "x" * 5120}


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"name": "Emailauth"}, (400, 10016, "workers.api.error.invalid_script_name")),
        ({"name": "x" * 64}, (400, 10016, "workers.api.error.invalid_script_name")),
        ({"compatibility_date": "2026-11-02"}, (400, 10021, LATE.format("2026-11-02"))),
        ({"compatibility_date": "today"}, (400, 10021, LATE.format("today"))),
        ({"source": b"addEventListener('fetch', handle);"}, (400, 10068, "The uploaded script has no registered event handlers.")),
        ({"source": b"export default {};"}, (400, 10068, "The uploaded script has no registered event handlers.")),
        ({"bindings": [{"type": "plain_text", "name": "A"}]}, (400, 10021, "A binding has a type and a name, and a text one its text.")),
        ({"bindings": [{"name": "A"}]}, (400, 10021, "A binding has a type and a name, and a text one its text.")),
        ({"bindings": [TEXT] * 65}, (400, 10055, "The Worker has 65 bindings, exceeding the limit of 64.")),
        ({"bindings": [TEXT | {"text": "x" * 5121}]}, (400, 10054, "Text binding 'A' exceeds the limit of 5120 bytes.")),
    ],
)
def test_a_worker_that_is_not_taken(
    service: Cloudflare, client: cloudflare.Cloudflare, arguments: dict[str, Any], refusal: tuple[int, int, str]
) -> None:
    assert refused(lambda: upload(client, service, **arguments)) == refusal
    assert service.scripts == {}


@pytest.mark.parametrize("arguments", [{"name": "x" * 63}, {"compatibility_date": "2026-11-01"}, {"bindings": [TEXT] * 64}])
def test_a_worker_that_is_just_taken(service: Cloudflare, client: cloudflare.Cloudflare, arguments: dict[str, Any]) -> None:
    upload(client, service, **arguments)
    assert len(service.scripts) == 1


def test_a_worker_has_3_mib_after_compression(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service, source=SOURCE + b"/" * 4 * 2**20)
    random = b"//" + os.urandom(2**21 + 2**20).hex().encode() * 2
    assert refused(lambda: upload(client, service, source=SOURCE + random)) == (413, 10027, LARGE)


def test_an_account_has_100_workers(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service, "w0")
    for number in range(1, 100):
        service.scripts[f"w{number}"] = service.scripts["w0"]
    upload(client, service, "w5")
    refusal = refused(lambda: upload(client, service, "one-more"))
    assert refusal == (400, 10037, "You have exceeded the limit of 100 Workers on your account.")


# ----------------------------------------------------------------------------------------------------- custom domains


def test_a_custom_domain_has_a_certificate_and_a_record(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    # Its record needs no permission for DNS.
    service.permissions = {"Workers Scripts Write"}
    domain = attach(client, service, zone)
    assert (domain.hostname, domain.service, domain.zone_id, domain.zone_name) == (HOST, "emailauth", zone, "example.com")
    assert (domain.environment, len(domain.cert_id)) == ("production", 36)
    (record,) = service.records(zone)
    assert (record["name"], record["type"], record["content"], record["proxied"], record["ttl"]) == (HOST, "AAAA", "100::", True, 1)
    assert record["meta"] == {"origin_worker_id": service.scripts["emailauth"].tag, "read_only": True}
    assert service.in_dns()["example.com"] == {(HOST, "A"): (300, ["192.0.2.66"]), (HOST, "AAAA"): (300, ["2001:db8::66"])}


def test_the_record_of_a_custom_domain_is_listed_and_nobody_writes_it(
    service: Cloudflare, zone: str, client: cloudflare.Cloudflare
) -> None:
    upload(client, service)
    attach(client, service, zone)
    (record,) = client.dns.records.list(zone_id=zone, type="AAAA")
    path = f"/zones/{zone}/dns_records"
    body = {"name": HOST, "type": "AAAA", "content": "2001:db8::1", "ttl": 1}
    for call in (
        lambda: client.dns.records.delete(record.id, zone_id=zone),
        lambda: client.dns.records.batch(zone_id=zone, deletes=[{"id": record.id}]),
        lambda: client.put(f"{path}/{record.id}", cast_to=object, body=body),
        lambda: client.patch(f"{path}/{record.id}", cast_to=object, body={"comment": "mine"}),
    ):
        assert refused(call) == (400, 1043, "DNS record is read only")
    assert len(service.records(zone)) == 1


def test_attaching_twice_is_once(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    first, second = attach(client, service, zone), attach(client, service, zone, host=HOST.upper())
    assert (second.id, second.cert_id) == (first.id, first.cert_id)
    assert len(service.records(zone)) == 1


@pytest.mark.parametrize(("record_type", "content"), [("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("CNAME", "example.net")])
def test_a_name_that_has_an_address_is_not_attached(
    service: Cloudflare, zone: str, client: cloudflare.Cloudflare, record_type: str, content: str
) -> None:
    upload(client, service)
    record_id = service.put(zone, HOST, record_type, content)
    message = (
        f"Hostname '{HOST}' already has externally managed DNS records (A, CNAME, etc). Delete them first or try a different hostname."
    )
    assert refused(lambda: attach(client, service, zone)) == (409, 100117, message)
    assert refused(lambda: attach(client, service, zone, override_existing_dns_record=True)) == (409, 100117, message)
    assert service.domains == {}
    service.remove(zone, record_id)
    attach(client, service, zone)
    assert list(service.domains) == [HOST]


def test_texts_at_the_name_are_no_obstacle(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    service.put(zone, HOST, "TXT", '"x"')
    attach(client, service, zone)
    assert [record["type"] for record in service.records(zone)] == ["TXT", "AAAA"]


def test_the_name_of_another_worker_is_taken_over_only_on_purpose(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    upload(client, service, "theirs")
    upload(client, service)
    theirs = attach(client, service, zone, worker="theirs")
    message = (
        f"Hostname '{HOST}' already in use by other custom domain. Either delete it, try a different hostname, "
        "or use the option 'override_existing_origin' to override."
    )
    assert refused(lambda: attach(client, service, zone)) == (409, 100116, message)
    ours = attach(client, service, zone, override_existing_origin=True)
    assert (ours.id, ours.service) == (theirs.id, "emailauth")
    (record,) = service.records(zone)
    assert record["meta"]["origin_worker_id"] == service.scripts["emailauth"].tag


def test_a_custom_domain_needs_a_worker_and_an_active_zone_of_the_account(service: Cloudflare, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    good = service.add_zone("example.com")
    theirs = service.add_zone("example.net", account_id="a" * 32)
    pending = service.add_zone("example.org", status="pending")
    no_zone = (404, 10007, "The zone does not exist on your account.")
    assert refused(lambda: attach(client, service, good, worker="nobody")) == NO_WORKER
    assert refused(lambda: attach(client, service, theirs, host="mta-sts.example.net")) == no_zone
    assert refused(lambda: attach(client, service, "0" * 32)) == no_zone
    assert refused(lambda: attach(client, service, pending, host="mta-sts.example.org")) == (400, 100118, "The zone is not active.")
    elsewhere = refused(lambda: attach(client, service, good, host="mta-sts.badexample.com"))
    assert elsewhere == (400, 100115, "Hostname 'mta-sts.badexample.com' is not in zone 'example.com'.")
    assert refused(lambda: attach(client, service, good, overwrite=True)) == (400, 10021, "Unknown field: overwrite")
    no_name = refused(lambda: client.workers.domains.update(account_id=service.account_id, hostname=HOST, service="emailauth"))
    assert no_name == no_zone
    by_name = client.workers.domains.update(
        account_id=service.account_id, hostname="example.com", service="emailauth", zone_name="example.com"
    )
    assert by_name is not None
    assert list(service.domains) == ["example.com"]


def test_a_full_zone_has_no_room_for_a_custom_domain(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    for number in range(200):
        service.put(zone, f"{number}.example.com", "TXT", '"x"')
    assert refused(lambda: attach(client, service, zone)) == (400, 81045, "Record quota exceeded.")
    assert service.domains == {}


@pytest.mark.parametrize(
    ("query", "hosts"),
    [
        ({}, ["a.example.com", "b.example.com", "a.example.net"]),
        ({"hostname": "b.example.com"}, ["b.example.com"]),
        ({"service": "two"}, ["b.example.com", "a.example.net"]),
        ({"zone_name": "example.net"}, ["a.example.net"]),
        ({"zone_name": "example.com", "service": "two"}, ["b.example.com"]),
        ({"environment": "staging"}, []),
    ],
)
def test_custom_domains_are_listed_by_what_is_asked(
    service: Cloudflare, zone: str, client: cloudflare.Cloudflare, query: dict[str, str], hosts: list[str]
) -> None:
    other = service.add_zone("example.net")
    upload(client, service, "one")
    upload(client, service, "two")
    attach(client, service, zone, "a.example.com", "one")
    attach(client, service, zone, "b.example.com", "two")
    attach(client, service, other, "a.example.net", "two")
    assert [domain.hostname for domain in client.workers.domains.list(account_id=service.account_id, extra_query=query)] == hosts
    unknown = refused(lambda: client.workers.domains.list(account_id=service.account_id, extra_query={"host": "x"}))
    assert unknown == (400, 10021, "Unknown filter: host")


def test_a_custom_domain_goes_with_its_record(service: Cloudflare, zone: str, client: cloudflare.Cloudflare) -> None:
    upload(client, service)
    kept = service.put(zone, HOST, "TXT", '"kept"')
    domain = attach(client, service, zone)
    got = client.workers.domains.get(domain.id, account_id=service.account_id)
    assert got is not None
    assert got.hostname == HOST
    assert client.workers.domains.delete(domain.id, account_id=service.account_id).success
    assert [record["id"] for record in service.records(zone)] == [kept]
    for call in (client.workers.domains.get, client.workers.domains.delete):
        refusal = refused(lambda call=call: call(domain.id, account_id=service.account_id))  # type: ignore[misc]
        assert refusal == (404, 100114, "The requested domain could not be found.")


# -------------------------------------------------------------------------------------------------------- laws of forms


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4))
def test_a_form_keeps_every_octet(bodies: list[bytes]) -> None:
    parts = [Part(name=str(number), filename="f", content_type="text/plain", body=body) for number, body in enumerate(bodies)]
    assert parts_of(*form(parts, "a-boundary-that-is-in-no-body")) == parts


def test_a_boundary_may_be_quoted() -> None:
    assert parts_of(
        'Multipart/Form-Data; boundary="b c"', b'--b c\r\nContent-Disposition: form-data; name="n"\r\n\r\nx\r\n--b c--\r\n'
    ) == [Part(name="n", body=b"x")]
    with pytest.raises(NotMultipart):
        parts_of("multipart/mixed; boundary=b", b"--b--")
