"""Providers that keep keys behind CNAMEs."""

import pytest

from tests.protocols.judging import messages

M365 = "SELECTOR-DOMAIN._domainkey.TENANT.onmicrosoft.com or SELECTOR-DOMAIN._domainkey.TENANT.X-v1.dkim.mail.microsoft"


def found(**targets: str) -> list[tuple[str, str]]:
    """What is told of selectors and their targets; `_` stands for - in a selector."""
    return messages("dkim", {"dkim": {selector: {"cname": target} for selector, target in targets.items()}})


@pytest.mark.parametrize(
    "targets",
    [
        {
            "selector1": "selector1-example-com._domainkey.example.onmicrosoft.com",
            "selector2": "Selector2-Example-Com._domainkey.example.onmicrosoft.com.",
        },
        {f"selector{i}": f"selector{i}-example-com-de02e._domainkey.contoso.n-v1.dkim.mail.microsoft" for i in (1, 2)},
        # Azure's mail service, which signs with selectors of its own.
        {"selector1-azurecomm-prod-net": "selector1-azurecomm-prod-net._domainkey.azurecomm.net"},
        {token: f"{token}.dkim.amazonses.com" for token in ("a2b", "c3d", "e4f")},
        {token: f"{token}.dkim.eu-central-2.amazonses.com" for token in ("a2b", "c3d", "e4f")},
        {"s1": "s1.domainkey.u123.wl.sendgrid.net", "s2": "s2.domainkey.u123.wl.sendgrid.net"},
        {"onc": "onc.domainkey.u9.wl145.sendgrid.net", "onc2": "onc2.domainkey.u9.wl145.sendgrid.net"},
        {"k2": "dkim2.mcsv.net", "k3": "dkim3.mcsv.net"},
        # An account of before 2022.
        {"k1": "dkim.mcsv.net"},
        {"mte1": "dkim1.mandrillapp.com", "mte2": "dkim2.mandrillapp.com"},
        {f"fm{i}": f"fm{i}.example.com.dkim.fmhosted.com" for i in (1, 2, 3)},
        {f"protonmail{i}": f"protonmail{i}.domainkey.dabc2.domains.proton.ch" for i in ("", 2, 3)},
        {f"pdk{i}": f"pdk{i}._domainkey.abc12.dkim1.mailgun.com" for i in (1, 2)},
        {f"brevo{i}": f"b{i}.example-com.dkim.brevo.com" for i in (1, 2)},
        {"hs1-1": "example-com.hs01a.dkim.hubspotemail.net", "hs2-1": "example-com.hs01b.dkim.hubspotemail.net"},
        {"s1": "s1.dkim.example.net"},
    ],
)
def test_no_false_alarm(targets: dict[str, str]) -> None:
    assert found(**targets) == []


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (
            {"selector1": "selector1-example-com._domainkey.example.onmicrosoft.com", "selector2": "selector2.example.onmicrosoft.com"},
            [("dkim-provider-name", f"Microsoft 365 has no key of selector selector2 at this name: its names look like {M365}")],
        ),
        (
            {"selector1": "selector2-example-com._domainkey.example.n-v1.dkim.mail.microsoft"},
            [
                (
                    "dkim-provider-selector-missing",
                    "Microsoft 365 needs 2 selectors, and the file has 1: signatures fail when it signs with another",
                ),
                ("dkim-provider-name", f"Microsoft 365 has no key of selector selector1 at this name: its names look like {M365}"),
            ],
        ),
        (
            {"a2b": "c3d.dkim.amazonses.com", "c3d": "c3d.dkim.amazonses.com", "e4f": "e4f.dkim.amazonses.com"},
            [
                (
                    "dkim-provider-selector-missing",
                    "Amazon SES needs 3 selectors, and the file has 2: signatures fail when it signs with another",
                ),
                (
                    "dkim-provider-name",
                    "Amazon SES has no key of selector a2b at this name: its names look like SELECTOR.dkim.amazonses.com",
                ),
            ],
        ),
        (
            # Two accounts, of which one is complete.
            {
                "s1": "s1.domainkey.u1.wl.sendgrid.net",
                "s2": "s2.domainkey.u1.wl.sendgrid.net",
                "t1": "t1.domainkey.u2.wl.sendgrid.net",
            },
            [
                (
                    "dkim-provider-selector-missing",
                    "SendGrid needs 2 selectors, and the file has 1: signatures fail when it signs with another",
                )
            ],
        ),
        ({"k2": "dkim2.mcsv.net", "s1": "no name..at all"}, ["dkim-provider-selector-missing", "dkim-cname-invalid"]),
    ],
)
def test_what_is_told(targets: dict[str, str], expected: list[object]) -> None:
    told = found(**targets)
    assert [one if isinstance(expected[i], tuple) else one[0] for i, one in enumerate(told)] == expected
