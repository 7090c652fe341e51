"""Each authoritative server of a domain is asked for what it has itself: BIND and Knot on loopback, right, stale and lame."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from emailauth.core.observation import from_json, to_json
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.live.resolver import Patience
from emailauth.live.resolver_servers import Server
from emailauth.workflow.observing import Observed, observe, replay
from emailauth.workflow.published import lint_published
from tests.servers.bind9 import bind9
from tests.servers.knot import knot
from tests.servers.program import ADDRESS, RECORDS, Served

NOTHING = Posture(domains=())
RIGHT, STALE, LAME = ADDRESS, "127.0.0.2", "127.0.0.3"
LONG = " ".join(f"ip4:192.0.2.{i}" for i in range(150))


def zone(spf: str, *servers: str) -> str:
    strings = " ".join(f'"{spf[i : i + 200]}"' for i in range(0, len(spf), 200))
    named = "".join(f"@ NS {server}.example.net.\n" for server in servers)
    return f'$TTL 300\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n{named}@ TXT {strings}\n_dmarc TXT "v=DMARC1; p=reject"\n'


ROOT = f"""{RECORDS}
right.example.net. A {RIGHT}
stale.example.net. A {STALE}
lame.example.net. A {LAME}
"""
OLD, NEW = "v=spf1 -all", f"v=spf1 {LONG} -all"
SERVED = {
    "agreed.example": (NEW, NEW, ("right", "stale")),
    "differ.example": (NEW, OLD, ("right", "stale")),
    "lame.example": (NEW, None, ("right", "lame")),
    "dark.example": (NEW, None, ("lame",)),
}
"""What two servers have, and the servers that the zone names."""


@dataclass(frozen=True)
class There:
    """One BIND is the resolver, and a server of every domain."""

    resolver: Server

    def observed(self, *names: str) -> Observed:
        return observe(NOTHING, names, [self.resolver], authority_port=self.resolver.port, patience=Patience(server=20.0))

    def told(self, *names: str) -> list[tuple[str, str, str]]:
        """Of each finding about servers: rule, place and message."""
        observed = self.observed(*names)
        found = lint_published(observed.published, observed.observation)
        return [(one.rule, one.path, one.message) for one in found if one.rule.startswith("dns-server")]


pytestmark = pytest.mark.allow_hosts([RIGHT, STALE, LAME])


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    right = [Served(name=name, records=zone(new, *servers)) for name, (new, _, servers) in SERVED.items()]
    stale = [Served(name=name, records=zone(old, *servers)) for name, (_, old, servers) in SERVED.items() if old]
    make = tmp_path_factory.mktemp
    with ExitStack() as stack:
        resolver = stack.enter_context(bind9(make("right"), [Served(name=".", records=ROOT), *right]))
        for name, zones, address in (("stale", stale, STALE), ("lame", [], LAME)):
            stack.enter_context(knot(make(name), zones, port=resolver.port, address=address))
        yield There(resolver=Server(resolver.address, resolver.port))


def test_servers_that_agree(there: There) -> None:
    observed = there.observed("agreed.example")
    asked = {str(question): answer for question, answer in observed.observation.answers.items() if question.server}
    policy = Answer(values=("v=DMARC1; p=reject",))
    assert asked == {
        f"TXT of agreed.example at {RIGHT}": Answer(values=(NEW,)),
        f"TXT of agreed.example at {STALE}": Answer(values=(NEW,)),
        f"TXT of _dmarc.agreed.example at {RIGHT}": policy,
        f"TXT of _dmarc.agreed.example at {STALE}": policy,
    }
    assert there.told("agreed.example") == []


def test_a_server_that_has_an_older_record(there: There) -> None:
    assert there.told("differ.example") == [
        (
            "dns-servers-disagree",
            "dns:differ.example?type=TXT",
            (
                f"what receivers find depends on the server that they ask. right.example.net ({RIGHT}): {NEW[:60]!r}...; "
                f"stale.example.net ({STALE}): 'v=spf1 -all'"
            ),
        )
    ]


def test_a_server_that_has_no_such_zone(there: There) -> None:
    assert there.told("lame.example") == [
        (
            "dns-server-lame",
            "dns:lame.example",
            (
                f"lame.example.net ({LAME}) is named as a server of lame.example, and refuses to answer for it: "
                "receivers that ask it have to ask another"
            ),
        )
    ]


def test_where_no_server_answers_nothing_is_said_and_nothing_has_failed(there: There) -> None:
    observed = there.observed("dark.example")
    assert observed.observation.answer("dark.example", "TXT", LAME) == Answer(status=Status.REFUSED)
    assert observed.observation.failures == ()
    assert there.told("dark.example") == []


def test_it_is_kept_and_judged_again(there: There) -> None:
    names = [*SERVED]
    observed = there.observed(*names)
    again = replay(NOTHING, names, from_json(to_json(observed.observation)))
    assert (again.observation, again.not_recorded) == (observed.observation, ())
    assert lint_published(again.published, again.observation) == lint_published(observed.published, observed.observation)


def test_many_domains_on_the_same_servers_ask_for_their_addresses_once(there: There) -> None:
    told: list[tuple[int, int]] = []
    names = ["agreed.example", "differ.example"]
    observed = observe(
        NOTHING,
        names,
        [there.resolver],
        patience=Patience(server=20.0),
        authority_port=there.resolver.port,
        told=lambda done, asked: told.append((done, asked)),
    )
    addresses = [question for question in observed.observation.answers if question.name.endswith("example.net") and question.type == "A"]
    assert sorted(addresses, key=str) == [Question(name="right.example.net", type="A"), Question(name="stale.example.net", type="A")]
    assert told[-1] == (len(observed.observation.answers),) * 2
