"""What rules say they need is so: without it they find nothing. The engine leaves them out there, which must change no finding.

Those about DKIM records need what makes them this rule and no other; so theirs is no short cut, and they are called here as they are everywhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from emailauth.core.diagnostic import Route
from emailauth.core.posture import Domain, Posture, Section
from emailauth.lint.engine import run
from emailauth.lint.rule import Rule
from emailauth.lint.rules import all_rules
from emailauth.protocols import dmarc, spf
from emailauth.workflow.load import load_bytes
from emailauth.workflow.published import read
from tests.bench.corpus import corpus

RULES = all_rules()
CALLED_ALWAYS = {name: rule if rule.protocol == "dkim" else replace(rule, needs=frozenset()) for name, rule in RULES.items()}
TEXTS = corpus(3000)


def findings(posture: Posture, rules: Mapping[str, Rule]) -> set[tuple[str, str, Route]]:
    return {(raised.rule.id, raised.message, raised.at) for raised in run(posture, rules)}


def published(key: str, texts: tuple[str, ...]) -> Iterator[Domain]:
    for i, text in enumerate(texts):
        section: Section | None = read(key, (text,))[0]
        name = f"d{i}.example.com"
        yield Domain(name=name, route=("domains", name), sections={} if section is None else {key: section})


@pytest.mark.parametrize(("key", "texts"), [("spf", TEXTS.spf), ("dmarc", TEXTS.dmarc)])
def test_published_records_have_the_same_findings(key: str, texts: tuple[str, ...]) -> None:
    posture = Posture(domains=tuple(published(key, texts)))
    found = findings(posture, CALLED_ALWAYS)
    assert len({rule for rule, _, _ in found}) > 8
    assert findings(posture, RULES) == found


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples_have_the_same_findings(rule: Rule, tmp_path: Path) -> None:
    for example in (rule.bad, rule.good):
        posture = load_bytes(example.text.encode(), "email-auth.yaml", tmp_path).posture
        assert findings(posture, RULES) == findings(posture, CALLED_ALWAYS)


SPF_TERMS = (
    *("a", "a/0", "a//0", "a/15", "A/32", "a:mail.example.com", "mx", "MX//31", "?mx", "ptr", "-ptr:example.com", "exists:%{p}.example.com"),
    *("ip4:192.0.2.1", "ip4:192.0.2.1/24", "ip4:192.0.2.0/25", "ip4:192.0.2.128/25", "ip4:10.0.0.0/8", "-ip4:0.0.0.0/0", "ip4:198.0.0.0/15"),
    *("ip6:2001:db8::/31", "ip6:2001:db8::/33", "ip6:::/0", "ip6:fe80::1", "include:example.net", "Include:example.NET.", "include:a..example"),
    *("all", "~all", "?all", "redirect=example.org", "exp=%{d}.example", "moo=x", "ipv4:192.0.2.1", "include:b\u00fccher.example"),
)  # fmt: skip


@pytest.mark.parametrize("first", SPF_TERMS)
def test_spf_terms_in_pairs_have_the_same_findings(first: str) -> None:
    texts = tuple(f"v=spf1 {first} {second}{end}" for second in SPF_TERMS for end in ("", " -all"))
    posture = Posture(domains=tuple(published("spf", texts)))
    assert findings(posture, RULES) == findings(posture, CALLED_ALWAYS)


REPORTS = ("mailto:a@example.com", "mailto:a@example.com!5m", "https://example.com", "a@example.com", "mailto:a,b@example.com", "MAILTO:x")


SETTINGS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("testing", (True, False)),
    ("public_suffix_domain", (True, False)),
    ("subdomain_policy", ("none", "reject")),
    ("nonexistent_subdomain_policy", ("none", "reject")),
    ("aggregate_reports", tuple((one, other) for one in REPORTS for other in REPORTS)),
    ("failure_reports", tuple((one,) * 3 for one in REPORTS)),
    ("failure_options", (("0", "1"), ("1", "1"), (1,) * 300)),
)


@pytest.mark.parametrize(("setting", "values"), SETTINGS, ids=[setting for setting, _ in SETTINGS])
def test_dmarc_settings_have_the_same_findings(setting: str, values: tuple[object, ...]) -> None:
    plain = [dmarc.Dmarc(policy="none"), dmarc.Dmarc(policy="quarantine"), dmarc.Dmarc(policy="reject")]
    sections = [msgspec.structs.replace(section, **{setting: value}) for section in plain for value in values]
    names = ("example.com", *(f"{'x.' * (i % 9)}d{i}.example.com" for i in range(len(sections))))
    domains = [
        Domain(name=name, route=("domains", name), sections={"spf": spf.Spf(allow=("mx",)), "dmarc": section})
        for name, section in zip(names, sections, strict=False)
    ]
    posture = Posture(domains=tuple(domains))
    assert findings(posture, RULES) == findings(posture, CALLED_ALWAYS)
