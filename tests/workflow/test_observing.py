"""Everything that the rules need is asked for, once, of many domains at once; a replay asks nothing and comes to the same."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import dns.message
import dns.rdatatype
import pytest

from emailauth.core.diagnostic import Severity
from emailauth.core.errors import CouldNotDoError
from emailauth.core.observation import Fetched, from_json, to_json
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.live.https import Response, fetch
from emailauth.live.resolver import Patience
from emailauth.live.resolver_servers import Server
from emailauth.workflow.linting import lint
from emailauth.workflow.load import Loaded, load_bytes
from emailauth.workflow.observing import Observed, observe, planned, replay
from emailauth.workflow.published import lint_published
from tests.live.answering import answering
from tests.live.authority import Authority
from tests.live.internet import internet
from tests.live.scripted import Reply, answer, scripted

NOTHING = Posture(domains=())
POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"
BODY = b"version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmax_age: 604800\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with internet(tmp_path_factory.mktemp("internet")) as there:
        yield there


def serving(url: str, address: tuple[str, int]) -> Response:
    assert (url, address) == (POLICY, ("127.0.0.1", 443))
    return Response(body=BODY, media_type="text/plain")


def refusing(url: str, _: tuple[str, int]) -> Response:
    raise CouldNotDoError(f"{url}: the connection was refused")


def asked(observed: Observed) -> set[str]:
    return {f"{question.name} {question.type}" for question in observed.observation.answers}


def loaded(text: str) -> Loaded:
    return load_bytes(f"version: 1\ndomains:\n{text}".encode(), "email-auth.yaml", Path())


def test_of_a_domain_everything_is_asked_that_hangs_on_what_it_publishes(server: Server) -> None:
    observed = observe(NOTHING, ["example.com"], [server], fetch_from=serving)
    own = {one for one in asked(observed) if one.split()[0].endswith("example.com")}
    assert own >= {
        *(f"{one}example.com TXT" for one in ("", "_dmarc.", "_mta-sts.", "_smtp._tls.", "default._bimi.")),
        "example.com MX",
        *(f"{host}.example.com {kind}" for host in ("mx1", "mx2", "mta-sts") for kind in ("A", "AAAA")),
    }
    assert len(own) <= 50, "a domain's own names"
    assert asked(observed) - own == {
        # what the SPF record includes, and its host
        "_spf.example.net TXT",
        "_spf.gone.example.org TXT",
        "s1.example.net A",
        "s1.example.net AAAA",
        # whether example.net takes the reports: two walks, its own word, and its mail hosts
        "_dmarc.com TXT",
        "_dmarc.example.net TXT",
        "_dmarc.net TXT",
        "example.com._report._dmarc.example.net TXT",
        "example.net MX",
    }
    assert observed.observation.fetches == {POLICY: Fetched(body=BODY, media_type="text/plain")}
    assert (observed.observation.failures, observed.not_there) == ((), ())


def test_what_is_found_in_it(server: Server) -> None:
    observed = observe(NOTHING, ["example.com", "good.example"], [server], fetch_from=serving)
    found = [one for one in lint_published(observed.published, observed.observation) if one.severity is Severity.ERROR]
    assert {(one.rule, one.path, one.span.line, one.span.column) for one in found} == {
        ("dmarc-reports-not-authorised", "dns:_dmarc.example.com?type=TXT", 1, 46),
        ("mta-sts-mx-not-covered", POLICY, 1, 1),
        ("mx-host-without-address", "dns:example.com?type=MX", 2, 1),
        ("spf-include-without-record", "dns:example.com?type=TXT", 1, 33),
    }


def test_a_replay_of_what_was_kept_comes_to_the_same(server: Server) -> None:
    names = ["example.com", "good.example", "nowhere.example"]
    observed = observe(NOTHING, names, [server], fetch_from=refusing)
    kept = from_json(to_json(observed.observation))
    again = replay(NOTHING, names, kept)
    assert (again.observation, again.not_recorded) == (observed.observation, ())
    assert [(one.domain, one.texts) for one in again.published] == [(one.domain, one.texts) for one in observed.published]
    assert again.not_there == ("nowhere.example",)
    assert lint_published(again.published, again.observation) == lint_published(observed.published, observed.observation)


def test_what_a_replay_does_not_hold_is_told() -> None:
    record = from_json('{"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 include:a.example -all"]}]}')
    again = replay(NOTHING, ["example.com"], record)
    missing = {wanted if isinstance(wanted, str) else f"{wanted.name} {wanted.type}" for wanted in again.not_recorded}
    assert "example.com TXT" not in missing
    assert missing >= {
        "a.example TXT",
        "example.com MX",
        "_dmarc.example.com TXT",
        "_mta-sts.example.com TXT",
        "_smtp._tls.example.com TXT",
        "default._bimi.example.com TXT",
    }


FILE = """\
  good.example:
    spf: {allow: ["include:_spf.example.net"], redirect: example.com}
    dkim: {s1: {cname: s1.dkim.example.net}}
    dmarc: {policy: reject, aggregate_reports: ["mailto:d@example.net"]}
  example.net:
    dmarc: {policy: reject}
"""


def test_of_a_file_the_records_that_it_plans_are_judged_with_what_others_publish(server: Server) -> None:
    there = loaded(FILE)
    observed = observe(there.posture, [], [server], fetch_from=refusing)
    assert {"s1._domainkey.good.example CNAME", "s1._domainkey.good.example TXT", "_spf.gone.example.org TXT"} <= asked(observed)
    # The file itself says that example.net takes the reports, so nothing is found there.
    assert [(one.rule, one.span.line, one.span.column) for one in lint(there, observed.observation) if one.severity.value == "error"] == [
        ("spf-include-without-record", 4, 58),
        ("dkim-key-not-published", 5, 24),
    ]
    assert lint(there) == tuple(one for one in lint(there, observed.observation) if one.rule in {found.rule for found in lint(there)})


def test_what_is_planned_stands_in_place_of_what_is_live() -> None:
    there = loaded(
        "  example.com:\n    spf: {allow: [mx], otherwise: fail}\n    mx: [{preference: 5, host: MX.example.com}]\n    bimi: absent\n"
    )
    assert planned(there.posture) == {
        Question(name="example.com", type="TXT"): Answer(values=("v=spf1 mx -all",)),
        Question(name="example.com", type="MX"): Answer(values=("5 mx.example.com.",)),
    }


def test_the_policy_is_fetched_from_the_addresses_that_the_resolver_tells(server: Server, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    content = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + BODY
    with answering(authority.issue("mta-sts.example.com").context(), [content]) as there:

        def fetch_there(url: str, address: tuple[str, int]) -> Response:
            assert address == ("127.0.0.1", 443)
            return fetch(url, connect_to=there.address, ca_file=str(authority.ca_file))

        observed = observe(NOTHING, ["example.com"], [server], fetch_from=fetch_there)
    assert observed.observation.fetches == {POLICY: Fetched(body=BODY, media_type="text/plain")}
    assert len(there.requests) == 1


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("bare.example", "mta-sts.bare.example has no address"),
        ("half.example", "the addresses of mta-sts.half.example are not known (servfail)"),
        ("example.com", "the connection was refused"),
    ],
)
def test_why_there_is_no_policy(server: Server, name: str, problem: str) -> None:
    observed = observe(NOTHING, [name], [server], fetch_from=refusing)
    assert observed.observation.fetches == {f"https://mta-sts.{name}/.well-known/mta-sts.txt": Fetched(problem=problem)}


def test_what_is_not_answered_is_known_as_that(server: Server) -> None:
    observed = observe(NOTHING, ["broken.example"], [server])
    assert {status for _, status in observed.observation.failures} == {Status.SERVFAIL}
    assert lint_published(observed.published, observed.observation) == ()


def test_many_domains_at_once_and_each_question_once() -> None:
    """The SPF records include each other's domains, and all have the same mail host and the same servers."""
    told: list[tuple[int, int]] = []
    names = [f"d{i}.example" for i in range(50)]

    def script(query: dns.message.Message, _: str) -> Sequence[Reply]:
        name, kind = query.question[0].name.to_text(omit_final_dot=True), dns.rdatatype.to_text(query.question[0].rdtype)
        said = {
            "TXT": f'"v=spf1 include:d{(int(name[1:-8]) + 1) % 50}.example -all"' if name in names else "",
            "MX": "10 mx1.example.net." if name in names else "",
            "NS": "ns1.example.net." if name in names else "",
            "A": "127.0.0.1" if name.endswith("example.net") else "",
        }.get(kind, "")
        return [answer(query, *([f"{name}. {kind} {said}"] if said else []))]

    async def run() -> list[tuple[str, str, str]]:
        async with scripted(script) as there:
            await asyncio.to_thread(observed_by, there.server)
            return there.asked

    def observed_by(server: Server) -> None:
        patience = Patience(tries=(60.0,), question=120.0, server=60.0)  # what is asked again for want of patience would be asked twice
        observe(
            NOTHING,
            names,
            [server],
            patience=patience,
            authority_port=server.port,
            told=lambda done, questions: told.append((done, questions)),
        )

    counted = Counter(asyncio.run(run()))
    by_server = {(name, "TXT", "udp") for domain in names for name in (domain, f"_dmarc.{domain}")}
    assert {one: count for one, count in counted.items() if count > 1} == dict.fromkeys(by_server, 2), (
        "once of the resolver, once of the server"
    )
    assert counted["mx1.example.net", "A", "udp"] == counted["ns1.example.net", "A", "udp"] == 1
    assert told[-1] == (counted.total(), counted.total())


def test_a_policy_is_fetched_without_keeping_the_rest_waiting(server: Server) -> None:
    threads: list[bool] = []

    def fetch_there(_: str, __: tuple[str, int]) -> Response:
        threads.append(threading.current_thread() is threading.main_thread())
        return Response(body=BODY, media_type="text/plain")

    observe(NOTHING, ["example.com"], [server], fetch_from=fetch_there)
    assert threads == [False]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param("v=spf1 include:%{d}.x.example a:%{i}.x.example -all", id="names that depend on the message"),
        pytest.param("v=spf1 include:loop.example redirect=loop.example", id="includes itself"),
        pytest.param("v=spf1 a mx ptr exists:x.example a:_x..example -all", id="all kinds of terms"),
    ],
)
def test_no_spf_record_keeps_it_from_ending(server: Server, record: str) -> None:
    posture = loaded(f"  loop.example:\n    spf: {{allow: {record.split()[1:]}}}\n").posture
    assert observe(posture, [], [server]).observation.failures == ()
