"""Everything that the rules need is asked for, once, of many domains at once; a replay asks nothing and comes to the same."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    assert asked(observed) == {
        "example.com TXT",
        "example.com MX",
        "_dmarc.example.com TXT",
        "_mta-sts.example.com TXT",
        "_smtp._tls.example.com TXT",
        "default._bimi.example.com TXT",
        # what the SPF record includes, and the hosts
        "_spf.example.net TXT",
        "_spf.gone.example.org TXT",
        *(f"{host} {kind}" for host in ("s1.example.net", "mx1.example.com", "mx2.example.com") for kind in ("A", "AAAA")),
        # the policy host
        "mta-sts.example.com A",
        "mta-sts.example.com AAAA",
        # whether example.net takes the reports: two walks and its own word
        "_dmarc.com TXT",
        "_dmarc.example.net TXT",
        "_dmarc.net TXT",
        "example.com._report._dmarc.example.net TXT",
    }
    assert observed.observation.fetches == {POLICY: Fetched(body=BODY, media_type="text/plain")}
    assert (observed.observation.failures, observed.not_there) == ((), ())


def test_what_is_found_in_it(server: Server) -> None:
    observed = observe(NOTHING, ["example.com", "good.example"], [server], fetch_from=serving)
    found = lint_published(observed.published, observed.observation)
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
    assert again == observed
    assert again.not_there == ("nowhere.example",)
    assert lint_published(again.published, again.observation) == lint_published(observed.published, observed.observation)


def test_what_a_replay_does_not_hold_is_told() -> None:
    record = from_json('{"format": 1, "answers": [{"name": "example.com", "type": "TXT", "values": ["v=spf1 include:a.example -all"]}]}')
    again = replay(NOTHING, ["example.com"], record)
    assert {wanted if isinstance(wanted, str) else f"{wanted.name} {wanted.type}" for wanted in again.not_recorded} == {
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


def test_many_domains_at_once_and_each_question_once(server: Server) -> None:
    told: list[tuple[int, int]] = []
    names = [f"d{i}.example" for i in range(100)]
    observed = observe(NOTHING, names, [server], told=lambda answered, questions: told.append((answered, questions)), patience=Patience())
    assert observed.not_there == tuple(names)
    assert len(asked(observed)) == 6 * 100 + 1  # six a domain, and _dmarc.example once
    assert told[-1] == (601, 601)


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
        pytest.param("v=spf1 include:%{d}.x.example a:%{i}.x.example -all", id="names that hang on the message"),
        pytest.param("v=spf1 include:loop.example redirect=loop.example", id="includes itself"),
        pytest.param("v=spf1 a mx ptr exists:x.example a:_x..example -all", id="all kinds of terms"),
    ],
)
def test_no_spf_record_keeps_it_from_ending(server: Server, record: str) -> None:
    posture = loaded(f"  loop.example:\n    spf: {{allow: {record.split()[1:]}}}\n").posture
    assert observe(posture, [], [server]).observation.failures == ()
