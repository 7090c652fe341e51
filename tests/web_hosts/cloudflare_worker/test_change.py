"""What a change consists of: the calls, in order, and what is there afterwards."""

import pytest

from emailauth.core.errors import ConflictError
from emailauth.core.file import FileWrite
from emailauth.web_hosts.cloudflare_worker import Settings
from emailauth.web_hosts.cloudflare_worker.script import Served, render
from emailauth.web_hosts.cloudflare_worker.worker import COMPATIBILITY
from tests.web_hosts.benches.cloudflare_worker import NAME, WorkerBench, file

POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"
OTHER = "https://mta-sts.example.net/.well-known/mta-sts.txt"
DEEP = "https://mta-sts.mail.example.com/.well-known/mta-sts.txt"
LOGO = "https://bimi.example.com/default/logo-0a1b2c3d.svg"
BEGIN = ["ListDomains", "GetScript"]


def put(url: str, body: bytes, before: bytes | None = None) -> FileWrite:
    return FileWrite(url=url, before=before, after=file(url, body))


def gone(url: str, before: bytes | None) -> FileWrite:
    return FileWrite(url=url, before=before, after=None)


def served(body: bytes) -> Served:
    return Served(body=body, content_type="text/plain")


def attached(there: WorkerBench) -> dict[str, str]:
    """The Worker of each custom domain."""
    return {host: domain.service for host, domain in there.service.domains.items()}


def test_the_first_files_make_the_worker_and_its_custom_domains(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one\r\n"), put(OTHER, b"two\r\n"), put(LOGO, b"\xff")])
    assert there.operations() == ["ListZones", *BEGIN, "PutScript", "GetScript", "PutDomain", "PutDomain", "PutDomain", "ListDomains"]
    assert there.held() == {POLICY: served(b"one\r\n"), OTHER: served(b"two\r\n"), LOGO: served(b"\xff")}
    assert attached(there) == dict.fromkeys(["bimi.example.com", "mta-sts.example.com", "mta-sts.example.net"], NAME)
    assert there.service.scripts[NAME].metadata == {"main_module": "worker.mjs", "compatibility_date": COMPATIBILITY, "bindings": []}
    assert there.service.domains["mta-sts.example.net"].zone_id == there.zones["example.net"]


def test_a_new_body_is_one_upload(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one"), put(OTHER, b"two")])
    there.operations()
    there.host.change([put(POLICY, b"three", b"one"), put(OTHER, b"four", b"two")])
    assert there.operations() == [*BEGIN, "PutScript", "GetScript"]
    assert there.held() == {POLICY: served(b"three"), OTHER: served(b"four")}


def test_what_is_so_already_is_not_uploaded_again(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one")])
    there.operations()
    there.host.change([put(POLICY, b"one")])
    there.another(Settings(account=there.service.account_id)).change([put(POLICY, b"one", b"else")])
    assert there.operations() == [*BEGIN, *BEGIN]


def test_nothing_to_do_asks_nothing(there: WorkerBench) -> None:
    there.host.change([])
    assert there.host.read([]) == {}
    assert there.operations() == []


def test_all_files_are_read_by_two_calls(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one"), put(OTHER, b"two")])
    there.operations()
    assert there.host.read([POLICY, OTHER, LOGO]) == {POLICY: b"one", OTHER: b"two", LOGO: None}
    assert there.operations() == BEGIN


def test_another_type_of_the_same_body_is_a_change(there: WorkerBench) -> None:
    there.host.change([put(LOGO, b"<svg/>")])
    there.host.change([FileWrite(url=LOGO, before=b"<svg/>", after=file(LOGO, b"<svg/>", "image/svg+xml"))])
    assert there.held() == {LOGO: Served(body=b"<svg/>", content_type="image/svg+xml")}


def test_with_its_last_file_a_host_name_goes(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one"), put(LOGO, b"two")])
    there.operations()
    there.host.change([gone(POLICY, b"one")])
    assert there.operations() == [*BEGIN, "PutScript", "GetScript", "DeleteDomain", "ListDomains"]
    assert (there.held(), attached(there)) == ({LOGO: served(b"two")}, {"bimi.example.com": NAME})


def test_a_host_name_with_another_file_stays(there: WorkerBench) -> None:
    second = LOGO.replace("0a1b2c3d", "ffffffff")
    there.host.change([put(LOGO, b"one"), put(second, b"two")])
    there.host.change([gone(LOGO, b"one")])
    assert (there.held(), attached(there)) == ({second: served(b"two")}, {"bimi.example.com": NAME})


def test_with_the_last_file_the_worker_goes(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one"), put(LOGO, b"two")])
    there.operations()
    there.host.change([gone(POLICY, b"one"), gone(LOGO, b"two")])
    assert there.operations() == [
        *BEGIN,
        "PutScript",
        "GetScript",
        "DeleteDomain",
        "DeleteDomain",
        "ListDomains",
        "GetScript",
        "DeleteScript",
    ]
    assert (there.service.scripts, there.service.domains) == ({}, {})
    assert there.host.read([POLICY, LOGO]) == {POLICY: None, LOGO: None}


def test_comings_and_goings_are_one_upload(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one")])
    there.operations()
    there.host.change([gone(POLICY, b"one"), put(OTHER, b"two")])
    assert there.operations() == [*BEGIN, "PutScript", "GetScript", "PutDomain", "DeleteDomain", "ListDomains"]
    assert (there.held(), attached(there)) == ({OTHER: served(b"two")}, {"mta-sts.example.net": NAME})


def test_the_zone_is_the_longest_one_that_holds_the_name(there: WorkerBench) -> None:
    deep = there.service.add_zone("mail.example.com")
    there.host.change([put(POLICY, b"one"), put(DEEP, b"two")])
    zones = {host: domain.zone_id for host, domain in there.service.domains.items()}
    assert zones == {"mta-sts.example.com": there.zones["example.com"], "mta-sts.mail.example.com": deep}


@pytest.mark.parametrize(("zones", "calls"), [(49, 1), (50, 1), (51, 2), (120, 3)])
def test_zones_are_listed_once_and_to_the_end(there: WorkerBench, zones: int, calls: int) -> None:
    for i in range(zones - 2):
        there.service.add_zone(f"d{i}.example.org")
    last = f"https://mta-sts.d{zones - 3}.example.org/.well-known/mta-sts.txt"
    there.host.change([put(last, b"one")])
    there.host.change([put(POLICY, b"two")])
    assert there.service.count("ListZones") == calls
    assert set(there.service.domains) == {last.split("/")[2], "mta-sts.example.com"}


def test_two_hundred_domains_are_one_upload(there: WorkerBench) -> None:
    for i in range(200):
        there.service.add_zone(f"d{i}.example.org")
    writes = [put(f"https://mta-sts.d{i}.example.org/.well-known/mta-sts.txt", b"version: STSv1\r\n") for i in range(200)]
    there.host.change(writes)
    assert there.service.count("PutScript") == 1
    assert there.service.count() == 5 + len(BEGIN) + 2 + 200 + 1  # zones, reads, upload and read back, custom domains, read back
    there.operations()
    assert there.host.read([write.url for write in writes]) == {write.url: b"version: STSv1\r\n" for write in writes}
    assert there.operations() == BEGIN


def test_a_file_counts_only_once_its_host_name_leads_to_the_worker(there: WorkerBench) -> None:
    there.put_text(render({POLICY: served(b"one")}))
    assert there.host.read([POLICY]) == {POLICY: None}
    there.operations()
    there.host.change([put(POLICY, b"one")])
    assert there.operations() == [*BEGIN, "PutDomain", "ListDomains"]
    assert there.host.read([POLICY]) == {POLICY: b"one"}


def test_what_is_held_and_leads_nowhere_is_no_conflict(there: WorkerBench) -> None:
    there.put_text(render({POLICY: served(b"one")}))
    there.host.change([put(POLICY, b"two")])
    assert there.host.read([POLICY]) == {POLICY: b"two"}


def test_a_custom_domain_that_somebody_removed_is_made_again(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one")])
    there.service.domains.clear()
    there.service.zones[there.zones["example.com"]].stored.clear()
    assert there.host.read([POLICY]) == {POLICY: None}
    there.host.change([put(POLICY, b"one")])
    assert there.host.read([POLICY]) == {POLICY: b"one"}


def test_code_that_somebody_changed_is_put_right_with_the_next_file(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one")])
    there.put_text(there.service.scripts[NAME].text.replace("max-age=60", "max-age=86400"))
    there.host.change([put(POLICY, b"two", b"one")])
    assert there.service.scripts[NAME].text == render({POLICY: served(b"two")})


def test_another_worker_is_asked_for_its_host_name_where_the_settings_say_so(there: WorkerBench) -> None:
    there.another(Settings(script="older")).change([put(POLICY, b"old")])
    there.operations()
    assert there.host.read([POLICY]) == {POLICY: None}
    there.another(Settings(override=("MTA-STS.example.com.",))).change([put(POLICY, b"new")])
    assert attached(there) == {"mta-sts.example.com": NAME}
    assert "DeleteDomain" not in there.operations()


def test_another_worker_may_be_named(there: WorkerBench) -> None:
    there.host.change([put(POLICY, b"one")])
    there.another(Settings(script="second")).change([put(OTHER, b"two")])
    assert attached(there) == {"mta-sts.example.com": NAME, "mta-sts.example.net": "second"}
    assert set(there.service.scripts) == {NAME, "second"}


def test_other_accounts_of_the_token_are_left_out(there: WorkerBench) -> None:
    there.service.add_zone("mta-sts.example.com", account_id="b" * 32)
    there.another(Settings(account=there.service.account_id)).change([put(POLICY, b"one")])
    assert there.service.domains["mta-sts.example.com"].zone_id == there.zones["example.com"]


def test_the_record_of_a_custom_domain_is_cloudflares(there: WorkerBench) -> None:
    assert there.host.records("mta-sts.example.com", "example.com") == ()
    assert there.host.to_prepare(["mta-sts.example.com"]) == {}
    assert there.host.prepares is False
    there.host.change([put(POLICY, b"one")])
    assert [(r["name"], r["type"], r["content"]) for r in there.service.records(there.zones["example.com"])] == [
        ("mta-sts.example.com", "AAAA", "100::")
    ]


@pytest.mark.parametrize("before", [None, b"", b"else"])
def test_a_removal_that_has_happened_is_no_error(there: WorkerBench, before: bytes | None) -> None:
    there.host.change([put(LOGO, b"one")])
    there.host.change([gone(POLICY, before)])
    assert there.held() == {LOGO: served(b"one")}


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (put(POLICY, b"two", b"else"), "mta-sts.example.com/.well-known/mta-sts.txt"),
        (put(POLICY, b"two"), "mta-sts.example.com/.well-known/mta-sts.txt"),
        (gone(POLICY, b"else"), "mta-sts.example.com/.well-known/mta-sts.txt"),
        (gone(POLICY, None), "mta-sts.example.com/.well-known/mta-sts.txt"),
        (put(LOGO, b"two", b"else"), "bimi.example.com/default/logo-0a1b2c3d.svg"),
    ],
)
def test_what_is_kept_otherwise_is_told_and_nothing_is_changed(there: WorkerBench, write: FileWrite, message: str) -> None:
    there.host.change([put(POLICY, b"one")])
    there.operations()
    with pytest.raises(ConflictError) as error:
        there.host.change([put(OTHER, b"three"), write])
    assert str(error.value) == f"somebody else changed {message} in the Cloudflare Worker emailauth since it was read: plan again"
    assert there.operations() == BEGIN


def test_where_a_file_is_for_a_person(there: WorkerBench) -> None:
    assert there.host.place(POLICY) == "mta-sts.example.com/.well-known/mta-sts.txt in the Cloudflare Worker emailauth"
