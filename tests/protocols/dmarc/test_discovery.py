"""The DNS Tree Walk and what follows from it (RFC 9989 section 4.10; the examples of the standard's text and of its appendix B.4)."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.names import is_within, labels
from emailauth.core.question import Question, Status
from emailauth.protocols.dmarc import MAX_QUERIES, Discovery, Role, discover, organizational_domain, owner, targets, walk
from tests.protocols.dmarc.asking import Table, ask, asked

NONE, REJECT = "v=DMARC1; p=none", "v=DMARC1; p=reject"
RUA = "rua=mailto:dmarc@example.com"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("com", ["com"]),
        ("example.com", ["example.com", "com"]),
        ("a.mail.example.com", ["a.mail.example.com", "mail.example.com", "example.com", "com"]),
        # 7 and 8 labels: none is left out.
        ("a.b.c.d.e.example.com", [f"{name}example.com" for name in ("a.b.c.d.e.", "b.c.d.e.", "c.d.e.", "d.e.", "e.", "")] + ["com"]),
        (
            "a.b.c.d.e.f.example.com",
            [f"{name}example.com" for name in ("a.b.c.d.e.f.", "b.c.d.e.f.", "c.d.e.f.", "d.e.f.", "e.f.", "f.", "")] + ["com"],
        ),
        # 9 labels: the one with 8 is left out.
        (
            "a.b.c.d.e.f.g.example.com",
            [f"{name}example.com" for name in ("a.b.c.d.e.f.g.", "c.d.e.f.g.", "d.e.f.g.", "e.f.g.", "f.g.", "g.", "")] + ["com"],
        ),
        # The example of section 4.10.
        (
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            [
                "a.b.c.d.e.f.g.h.i.j.mail.example.com",
                "g.h.i.j.mail.example.com",
                "h.i.j.mail.example.com",
                "i.j.mail.example.com",
                "j.mail.example.com",
                "mail.example.com",
                "example.com",
                "com",
            ],
        ),
        # The example of section 5.1.8.
        (
            "mail.a.b.c.d.e.f.g.example.com",
            [f"{name}example.com" for name in ("mail.a.b.c.d.e.f.g.", "c.d.e.f.g.", "d.e.f.g.", "e.f.g.", "f.g.", "g.", "")] + ["com"],
        ),
        (r"a\.b.example.com", [r"a\.b.example.com", "example.com", "com"]),
    ],
)
def test_what_a_walk_asks_for(domain: str, expected: list[str]) -> None:
    assert list(targets(domain)) == expected
    assert asked(walk(domain), {}) == [f"_dmarc.{name}" for name in expected]


@given(st.lists(st.from_regex(r"[a-z]{1,4}", fullmatch=True), min_size=1, max_size=40).map(".".join))
@settings(max_examples=200, deadline=None)
def test_no_walk_asks_more_than_8_questions_and_each_is_above_the_one_before(domain: str) -> None:
    names = targets(domain)
    assert names[0] == domain
    assert len(names) == min(len(labels(domain)), MAX_QUERIES)
    assert all(is_within(lower, upper) and lower != upper for lower, upper in itertools.pairwise(names))
    assert len(labels(names[-1])) == 1


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, ["a.mail.example.com", "mail.example.com", "example.com", "com"]),
        ({"_dmarc.mail.example.com": NONE}, ["a.mail.example.com", "mail.example.com", "example.com", "com"]),
        ({"_dmarc.mail.example.com": f"{NONE}; psd=u"}, ["a.mail.example.com", "mail.example.com", "example.com", "com"]),
        ({"_dmarc.mail.example.com": f"{NONE}; psd=no"}, ["a.mail.example.com", "mail.example.com", "example.com", "com"]),
        ({"_dmarc.mail.example.com": f"{NONE}; psd=n"}, ["a.mail.example.com", "mail.example.com"]),
        ({"_dmarc.mail.example.com": f"{NONE}; PSD=N"}, ["a.mail.example.com", "mail.example.com"]),
        ({"_dmarc.mail.example.com": f"{NONE}; psd=y"}, ["a.mail.example.com", "mail.example.com"]),
        ({"_dmarc.a.mail.example.com": f"{NONE}; psd=y"}, ["a.mail.example.com"]),
        ({"_dmarc.a.mail.example.com": f"{NONE}; psd=n"}, ["a.mail.example.com"]),
        # Several records are all discarded, with their psd.
        (
            {"_dmarc.mail.example.com": [f"{NONE}; psd=n", f"{NONE}; psd=n"]},
            ["a.mail.example.com", "mail.example.com", "example.com", "com"],
        ),
        ({"_dmarc.mail.example.com": ["v=spf1 -all", f"{NONE}; psd=n"]}, ["a.mail.example.com", "mail.example.com"]),
        ({"_dmarc.mail.example.com": Status.SERVFAIL}, ["a.mail.example.com", "mail.example.com"]),
        (
            {"_dmarc.mail.example.com": Status.NO_DATA, "_dmarc.example.com": Status.NXDOMAIN},
            ["a.mail.example.com", "mail.example.com", "example.com", "com"],
        ),
    ],
)
def test_where_a_walk_stops(table: Table, expected: list[str]) -> None:
    assert asked(walk("a.mail.example.com"), table) == [f"_dmarc.{name}" for name in expected]


def test_a_name_too_long_for_a_record_is_not_asked_for() -> None:
    domain = ".".join(["a" * 61] * 4)
    assert len(domain) == 247
    assert owner(domain) is None
    assert asked(walk(domain), {}) == [f"_dmarc.{name}" for name in targets(domain)[1:]]
    # Whether it exists is asked, as no answer about a name below it can show it.
    table = {f"_dmarc.{targets(domain)[1]}": "v=DMARC1; p=none; np=reject"}
    assert asked(discover(domain), table)[-1] == domain
    assert ask(discover(domain), table).tag == "np"


@pytest.mark.parametrize(
    ("domain", "table", "expected", "why"),
    [
        # The three examples at the end of section 4.10.2.
        (
            "a.mail.example.com",
            {"_dmarc.mail.example.com": NONE, "_dmarc.example.com": NONE},
            "example.com",
            "it is the highest domain that has a DMARC record",
        ),
        ("a.mail.example.com", {"_dmarc.mail.example.com": f"{NONE}; psd=n"}, "mail.example.com", "its record says psd=n"),
        (
            "a.mail.example.com",
            {"_dmarc.com": f"{NONE}; psd=y"},
            "example.com",
            "it is directly below com, whose record says psd=y",
        ),
        # Appendix B.4.1.
        ("example.com", {"_dmarc.example.com": NONE}, "example.com", "it is the highest domain that has a DMARC record"),
        (
            "signing.example.com",
            {"_dmarc.signing.example.com": NONE, "_dmarc.example.com": NONE},
            "example.com",
            "it is the highest domain that has a DMARC record",
        ),
        # Appendix B.4.2.
        (
            "a.b.c.d.e.f.g.h.i.j.k.example.com",
            {"_dmarc.example.com": NONE},
            "example.com",
            "it is the highest domain that has a DMARC record",
        ),
        # Appendix B.4.3.
        (
            "giant.bank.example",
            {"_dmarc.giant.bank.example": NONE, "_dmarc.bank.example": f"{NONE}; psd=y"},
            "giant.bank.example",
            "it is directly below bank.example, whose record says psd=y",
        ),
        (
            "mail.giant.bank.example",
            {"_dmarc.giant.bank.example": NONE, "_dmarc.bank.example": f"{NONE}; psd=y"},
            "giant.bank.example",
            "it is directly below bank.example, whose record says psd=y",
        ),
        (
            "mail.mega.bank.example",
            {"_dmarc.giant.bank.example": NONE, "_dmarc.bank.example": f"{NONE}; psd=y"},
            "mega.bank.example",
            "it is directly below bank.example, whose record says psd=y",
        ),
        # psd=y at the start does not count: nothing is below it here.
        ("bank.example", {"_dmarc.bank.example": f"{NONE}; psd=y"}, "bank.example", "it is the highest domain that has a DMARC record"),
        # Section 11.8: psd=n keeps a public suffix's record without psd=y from taking the domain in.
        (
            "example.com",
            {"_dmarc.example.com": NONE, "_dmarc.com": NONE},
            "com",
            "it is the highest domain that has a DMARC record",
        ),
        ("example.com", {"_dmarc.example.com": f"{NONE}; psd=n", "_dmarc.com": NONE}, "example.com", "its record says psd=n"),
        ("mail.example.com", {}, "mail.example.com", "no DMARC record was found at it or above"),
        # A record deeper than 7 labels is never found from below (section 5.1.8).
        (
            "mail.a.b.c.d.e.f.g.example.com",
            {"_dmarc.b.c.d.e.f.g.example.com": f"{NONE}; psd=n", "_dmarc.example.com": NONE},
            "example.com",
            "it is the highest domain that has a DMARC record",
        ),
        (
            "a.b.c.d.e.f.g.h.i.example.com",
            {"_dmarc.i.example.com": f"{NONE}; psd=y"},
            "h.i.example.com",
            "it is directly below i.example.com, whose record says psd=y",
        ),
    ],
)
def test_the_organizational_domain(domain: str, table: Table, expected: str, why: str) -> None:
    found = organizational_domain(ask(walk(domain), table))
    assert found is not None
    assert (found.domain, found.why) == (expected, why)


@pytest.mark.parametrize("status", [Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT])
def test_what_was_not_answered_is_never_taken_for_no_record(status: Status) -> None:
    table: Table = {"_dmarc.mail.example.com": NONE, "_dmarc.com": status}
    walked = ask(walk("mail.example.com"), table)
    assert walked.failure is not None
    assert walked.failure.question == Question(name="_dmarc.com", type="TXT")
    assert organizational_domain(walked) is None


def discovered(domain: str, table: Table) -> Discovery:
    return ask(discover(domain), table)


AUTHOR = "news.example.com"


@pytest.mark.parametrize(
    ("table", "policy", "tag", "role", "why"),
    [
        (
            {"_dmarc.news.example.com": "v=DMARC1; p=quarantine; sp=none; np=none", "_dmarc.example.com": REJECT},
            "quarantine",
            "p",
            Role.AUTHOR_DOMAIN,
            "the record of news.example.com, the Author Domain, says p=quarantine",
        ),
        # Existing, as something answers for it, or below it.
        (
            {"_dmarc.example.com": "v=DMARC1; p=reject; sp=quarantine; np=none", "news.example.com": Status.NO_DATA},
            "quarantine",
            "sp",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says sp=quarantine",
        ),
        (
            {"_dmarc.example.com": "v=DMARC1; p=reject; sp=quarantine; np=none", "_dmarc.news.example.com": Status.NO_DATA},
            "quarantine",
            "sp",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says sp=quarantine",
        ),
        (
            {"_dmarc.example.com": "v=DMARC1; p=reject; np=none", "_dmarc.news.example.com": "unrelated"},
            "reject",
            "p",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says p=reject",
        ),
        # Not existing.
        (
            {"_dmarc.example.com": "v=DMARC1; p=none; sp=none; np=reject"},
            "reject",
            "np",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says np=reject",
        ),
        # np is inherited from sp, and sp from p.
        (
            {"_dmarc.example.com": "v=DMARC1; p=none; sp=Reject"},
            "reject",
            "sp",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says sp=reject",
        ),
        (
            {"_dmarc.example.com": REJECT},
            "reject",
            "p",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says p=reject",
        ),
        # t=y.
        (
            {"_dmarc.news.example.com": "v=DMARC1; p=reject; t=y"},
            "quarantine",
            "p",
            Role.AUTHOR_DOMAIN,
            "the record of news.example.com, the Author Domain, says p=reject, and t=y makes quarantine of it",
        ),
        (
            {"_dmarc.example.com": "v=DMARC1; p=reject; sp=quarantine; T=Y"},
            "none",
            "sp",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says sp=quarantine, and t=y makes none of it",
        ),
        (
            {"_dmarc.news.example.com": "v=DMARC1; p=none; t=y"},
            "none",
            "p",
            Role.AUTHOR_DOMAIN,
            "the record of news.example.com, the Author Domain, says p=none",
        ),
        # A public suffix's policy, for Organizational Domains that have no record.
        (
            {"_dmarc.com": "v=DMARC1; p=reject; sp=none; np=quarantine; psd=y"},
            "quarantine",
            "np",
            Role.PUBLIC_SUFFIX_DOMAIN,
            "the record of com, the Public Suffix Domain, says np=quarantine",
        ),
        (
            {"_dmarc.example.com": NONE, "_dmarc.com": "v=DMARC1; p=reject; psd=y"},
            "none",
            "p",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says p=none",
        ),
        # Directly below psd=y the Author Domain is the Organizational Domain.
        (
            {"_dmarc.example.com": "v=DMARC1; p=reject; psd=y"},
            "reject",
            "p",
            Role.PUBLIC_SUFFIX_DOMAIN,
            "the record of example.com, the Public Suffix Domain, says p=reject",
        ),
        # psd=n stops the walk below a higher record.
        (
            {"_dmarc.example.com": "v=DMARC1; p=quarantine; psd=n", "_dmarc.com": REJECT},
            "quarantine",
            "p",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says p=quarantine",
        ),
        # Several records at the Author Domain are none.
        (
            {"_dmarc.news.example.com": [NONE, NONE], "_dmarc.example.com": REJECT},
            "reject",
            "p",
            Role.ORGANIZATIONAL_DOMAIN,
            "the record of example.com, the Organizational Domain, says p=reject",
        ),
    ],
)
def test_the_policy_that_applies(table: Table, policy: str, tag: str, role: Role, why: str) -> None:
    found = discovered(AUTHOR, table)
    assert (found.policy, found.tag, found.role, found.why, found.failure) == (policy, tag, role, why, None)
    assert found.testing is ("t=y makes" in why)


def test_a_record_in_between_does_not_count() -> None:
    """Only those of the Author Domain, the Organizational Domain and the Public Suffix Domain do (section 4.10.1)."""
    table: Table = {"_dmarc.b.example.com": REJECT, "_dmarc.example.com": "v=DMARC1; p=none; sp=quarantine"}
    found = discovered("a.b.example.com", table)
    assert (found.policy, found.tag, found.role) == ("quarantine", "sp", Role.ORGANIZATIONAL_DOMAIN)
    suffix: Table = {"_dmarc.a.example.com": REJECT, "_dmarc.com": "v=DMARC1; p=none; psd=y"}
    found = discovered("x.a.example.com", suffix)
    assert (found.policy, found.role, found.found and found.found.domain) == ("none", Role.PUBLIC_SUFFIX_DOMAIN, "com")


@pytest.mark.parametrize(
    ("text", "policy", "why"),
    [
        # Section 4.10.1: an invalid p, sp or np concerns the record as a whole, whatever tag would be used.
        (
            f"v=DMARC1; {RUA}",
            "none",
            "says no p: as it asks for reports at a valid URI, receivers act as if it said p=none and nothing else",
        ),
        (
            f"v=DMARC1; p=reject; sp=bogus; {RUA}",
            "none",
            "says sp=bogus: as it asks for reports at a valid URI, receivers act as if it said p=none and nothing else",
        ),
        (
            f"v=DMARC1; p=reject; np=; sp=x; {RUA}",
            "none",
            "says sp=x and np=: as it asks for reports at a valid URI, receivers act as if it said p=none and nothing else",
        ),
        ("v=DMARC1; p=reject; sp=bogus", None, "says sp=bogus: as it asks for no reports at a valid URI, receivers apply no DMARC"),
        ("v=DMARC1", None, "says no p: as it asks for no reports at a valid URI, receivers apply no DMARC"),
        (
            "v=DMARC1; p=bogus; rua=dmarc@example.com; ruf=mailto:dmarc@example.com",
            None,
            "says p=bogus: as it asks for no reports at a valid URI, receivers apply no DMARC",
        ),
    ],
)
def test_what_an_invalid_policy_makes_of_the_record(text: str, policy: str | None, why: str) -> None:
    own = discovered("example.com", {"_dmarc.example.com": text, "_dmarc.com": REJECT})
    assert (own.policy, own.tag, own.why) == (policy, None, f"the record of example.com, the Author Domain, {why}")
    below = discovered(AUTHOR, {"_dmarc.example.com": text})
    assert (below.policy, below.tag, below.why) == (policy, None, f"the record of example.com, the Organizational Domain, {why}")


def test_no_record_means_no_dmarc() -> None:
    found = discovered(AUTHOR, {"_dmarc.news.example.com": "v=dmarc1; p=reject", "_dmarc.example.com": [REJECT, NONE]})
    assert found == Discovery(
        author=AUTHOR,
        policy=None,
        why="there is no DMARC record for news.example.com or for a domain above it where receivers look, so they apply no DMARC",
    )


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # The Author Domain's record is enough.
        ({"_dmarc.news.example.com": NONE}, ["_dmarc.news.example.com"]),
        ({"_dmarc.example.com": REJECT}, ["_dmarc.news.example.com", "_dmarc.example.com", "_dmarc.com"]),
        # Existence matters only where the record says np, and nothing has shown it yet.
        (
            {"_dmarc.example.com": "v=DMARC1; p=none; np=reject; psd=n"},
            ["_dmarc.news.example.com", "_dmarc.example.com", "news.example.com"],
        ),
        (
            {"_dmarc.news.example.com": Status.NO_DATA, "_dmarc.example.com": "v=DMARC1; p=none; np=reject; psd=n"},
            ["_dmarc.news.example.com", "_dmarc.example.com"],
        ),
        ({"_dmarc.example.com": Status.TIMEOUT}, ["_dmarc.news.example.com", "_dmarc.example.com"]),
    ],
)
def test_what_discovery_asks(table: Table, expected: list[str]) -> None:
    assert asked(discover(AUTHOR), table) == expected


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (
            {"_dmarc.news.example.com": Status.SERVFAIL, "_dmarc.example.com": REJECT},
            "TXT of _dmarc.news.example.com is not known (servfail), so neither is the policy",
        ),
        (
            {"_dmarc.example.com": REJECT, "_dmarc.com": Status.TIMEOUT},
            "TXT of _dmarc.com is not known (timeout), so neither is the policy",
        ),
        (
            {"_dmarc.example.com": "v=DMARC1; p=none; np=reject", "news.example.com": Status.REFUSED},
            "TXT of news.example.com is not known (refused), so neither is the policy",
        ),
    ],
)
def test_without_an_answer_there_is_no_policy(table: Table, why: str) -> None:
    found = discovered(AUTHOR, table)
    assert (found.policy, found.found, found.why) == (None, None, why)
    assert found.failure is not None


NAMES = st.lists(st.sampled_from(["a", "b", "example"]), min_size=1, max_size=10).map(".".join)
TEXTS = st.builds(
    lambda p, sp, psd: f"v=DMARC1{p}{sp}{psd}",
    st.sampled_from(["", "; p=none", "; p=reject", "; p=bad"]),
    st.sampled_from(["", "; sp=quarantine", "; sp=bad"]),
    st.sampled_from(["", "; psd=y", "; psd=n", "; psd=u"]),
)


@given(author=NAMES, records=st.dictionaries(NAMES, TEXTS, max_size=4))
@settings(max_examples=300, deadline=None)
def test_laws_of_discovery(author: str, records: dict[str, str]) -> None:
    """The record is the Author Domain's, the Organizational Domain's, or one that says psd=y; and few questions are asked."""
    table = {f"_dmarc.{name}": text for name, text in records.items()}
    assert len(asked(discover(author), table)) <= MAX_QUERIES
    organizational = organizational_domain(ask(walk(author), table))
    assert organizational is not None
    assert is_within(author, organizational.domain)
    found = discovered(author, table)
    if found.found is None:
        assert (found.policy, found.role, author in records) == (None, None, False)
    else:
        assert found.role is not None
        allowed = {Role.AUTHOR_DOMAIN: author, Role.ORGANIZATIONAL_DOMAIN: organizational.domain}
        assert found.found.domain == allowed.get(found.role) or found.found.psd == "y"
