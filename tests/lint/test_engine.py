"""The engine calls the rules of what it meets, and makes their routes absolute; a rule has one form."""

from collections.abc import Callable, Iterator

import pytest

from emailauth.core.diagnostic import Finding, Fix, Route
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.lint import rule as rules
from emailauth.lint.engine import run
from emailauth.lint.rule import ADVICE, MUST, Context, Rule, rule
from emailauth.protocols.mx import MailHost, Mx

PAGE = """Summary.

    Page.

    Bad:
        version: 1
        --- logo.svg
        <svg/>
    Good:
        version: 1
    """


def made(function: Callable[..., Iterator[Finding]]) -> Rule:
    function.__doc__ = PAGE
    found = rules.of(rule(MUST, "RFC 0 section 0", covers=["SPF-001"])(function))
    assert found is not None
    return found


def judging_a_host(host: MailHost) -> Iterator[Finding]:
    yield Finding(host.host, at=(0, "host"))


def judging_a_section(section: Mx) -> Iterator[Finding]:
    yield Finding(f"{len(section.hosts)} hosts", fix=Fix(description="mend", at=(0,), remove=True))


def judging_a_domain(domain: Domain, context: Context) -> Iterator[Finding]:
    yield Finding(domain.name, at=("mx",))
    assert context.require_domain() is domain


def judging_the_portfolio(posture: Posture, context: Context) -> Iterator[Finding]:
    with pytest.raises(LookupError):
        context.require_domain()
    yield Finding(f"{len(posture.domains)} domains", at=("domains", "A.example"))


def posture() -> Posture:
    hosts = Mx(hosts=(MailHost(preference=10, host="mx.example"),))
    return Posture(
        domains=(
            Domain(name="a.example", route=("domains", "A.example"), sections={"mx": hosts}),
            Domain(name="b.example", route=("domains", "b.example"), sections={"mx": ABSENT}),
        )
    )


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (judging_a_host, [("mx.example", ("domains", "A.example", "mx", 0, "host"), "a.example")]),
        (judging_a_section, [("1 hosts", ("domains", "A.example", "mx"), "a.example")]),
        (
            judging_a_domain,
            [("a.example", ("domains", "A.example", "mx"), "a.example"), ("b.example", ("domains", "b.example", "mx"), "b.example")],
        ),
        (judging_the_portfolio, [("2 domains", ("domains", "A.example"), None)]),
    ],
)
def test_the_first_parameter_says_what_is_judged(
    function: Callable[..., Iterator[Finding]], found: list[tuple[str, Route, str | None]]
) -> None:
    one = made(function)
    assert [(raised.message, raised.at, raised.domain) for raised in run(posture(), {one.id: one})] == found


def test_the_route_of_a_fix_is_absolute_too() -> None:
    one = made(judging_a_section)
    [raised] = run(posture(), {one.id: one})
    assert raised.fix == Fix(description="mend", at=("domains", "A.example", "mx", 0), remove=True)


def test_a_rule_knows_its_page() -> None:
    one = made(judging_a_host)
    assert (one.id, one.summary, one.page, one.bad.text, dict(one.bad.files), one.good.text) == (
        "judging-a-host",
        "Summary.",
        "Page.",
        "version: 1\n",
        {"logo.svg": b"<svg/>\n"},
        "version: 1\n",
    )


@pytest.mark.parametrize("page", ["", "Only a summary.", "Summary.\n\nPage.\n\nBad:\n    x: 1\n"])
def test_a_rule_without_a_page_is_refused_at_import(page: str) -> None:
    def some_rule(host: MailHost) -> Iterator[Finding]:
        yield Finding(host.host)

    some_rule.__doc__ = page
    with pytest.raises(TypeError, match="a rule's docstring is a summary line"):
        rule(ADVICE, "RFC 0 section 0", covers=["SPF-001"])(some_rule)


def test_what_is_no_rule_is_none() -> None:
    assert rules.of(posture) is None
    assert rules.of(print) is None
