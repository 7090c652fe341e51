"""The rules on the section `dmarc`: what they find beyond their pages."""

import pytest

from tests.lint.judging import judged

DEEP = "b.c.d.e.f.g.example.com"


def messages(rule: str, *domains: str) -> list[str]:
    text = "version: 1\ndomains:\n" + "".join(f"  {domain}\n" for domain in domains)
    return [message for _, message, _ in judged(text, rules=[rule])]


@pytest.mark.parametrize(
    ("rule", "domains", "expected"),
    [
        pytest.param(
            "dmarc-strict-alignment-without-sender",
            ["example.com: {dkim: absent, dmarc: {policy: reject, dkim_alignment: strict}}", "news.example.com: {dkim: {s1: {cname: s1.example.net}}}"],
            ["there is a DKIM key for news.example.com and none for example.com: with strict alignment its signatures are no proof"],
            id="a key of a subdomain",
        ),
        pytest.param(
            "dmarc-strict-alignment-without-sender",
            [
                "example.com: {spf: {otherwise: fail}, dmarc: {policy: reject, spf_alignment: strict}}",
                "news.example.com: {spf: {allow: [mx]}, dmarc: {policy: reject}}",
            ],
            [],
            id="a subdomain that is an Author Domain itself",
        ),
        pytest.param(
            "dmarc-strict-alignment-without-sender",
            ["example.com: {mx: null_mx}", "news.example.com: {spf: {allow: [mx]}}"],
            [],
            id="nothing above that could be strict",
        ),
        pytest.param(
            "dmarc-deep-record-unreachable",
            [f"{DEEP}: {{dmarc: {{policy: reject, subdomain_policy: none}}}}"],
            [f"no receiver reads it for a name below {DEEP}: it has 8 labels, and they look at 7 at most"],
            id="a policy for subdomains that is too deep",
        ),
        pytest.param("dmarc-deep-record-unreachable", ["example.com: {dmarc: {policy: reject, subdomain_policy: none}}"], [], id="not deep"),
        pytest.param(
            "dmarc-failure-options-contradict",
            ['example.com: {dmarc: {policy: reject, failure_options: ["0", d, 1]}}'],
            ["0 and 1 exclude each other: 0 is for when all checks fail, 1 for when any does"],
            id="0 and 1",
        ),
        pytest.param(
            "dmarc-monitoring-only",
            ["example.com: {dmarc: {policy: none, subdomain_policy: reject}}"],
            ["receivers do nothing about mail that fails: quarantine or reject, once the reports show that good mail passes"],
            id="only the domain itself is left open",
        ),
        pytest.param("dmarc-monitoring-only", ["example.com: {dmarc: {policy: none}}"], [], id="without reports another rule says more"),
    ],
)  # fmt: skip
def test_what_is_found(rule: str, domains: list[str], expected: list[str]) -> None:
    assert messages(rule, *domains) == expected
