"""What people read: whole outputs, to the letter."""

from datetime import UTC, datetime
from json import loads

import pytest

from emailauth.core.diagnostic import Diagnostic, Fix, Severity, Span
from emailauth.core.file import HostedFile
from emailauth.core.plan import Conflict, FileChange, Next, Phase, Plan, Preparation, RecordChange
from emailauth.core.report import Judged
from emailauth.core.transition import Danger
from emailauth.output import json, text

SOURCE = """version: 1
domains:
\texample.com:
    spf: {allow: [ptr], otherwise: fail}
"""


def diagnostic(**changes: object) -> Diagnostic:
    given = {
        "path": "email-auth.yaml",
        "span": Span(4, 19, 4, 22),
        "rule": "spf-ptr",
        "severity": Severity.WARNING,
        "message": "ptr is slow",
        "clause": "RFC 7208 section 5.5",
        "domains": ("example.com",),
    }
    return Diagnostic(**{**given, **changes})  # type: ignore[arg-type]


def test_a_finding_shows_the_piece_of_the_file() -> None:
    fix = Fix(description="remove it", at=("x",), remove=True)
    assert text.findings([diagnostic(fix=fix)], {"email-auth.yaml": SOURCE}) == (
        "email-auth.yaml:4:19: warning: ptr is slow [spf-ptr]\n"
        "  4 |     spf: {allow: [ptr], otherwise: fail}\n"
        "    |                   ^^^\n"
        "  = RFC 7208 section 5.5\n"
        "  = fix: remove it\n"
        "\n"
        "1 warning in 1 file\n"
    )


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        pytest.param(
            {"span": Span(3, 2, 4, 5), "clause": ""},
            "email-auth.yaml:3:2: warning: ptr is slow [spf-ptr]\n  3 | \texample.com:\n    | \t^^^^^^^^^^^^\n",
            id="several lines: the first is marked to its end, tabs stay in step",
        ),
        pytest.param(
            {"span": Span(9, 1, 9, 1), "clause": ""},
            "email-auth.yaml:9:1: warning: ptr is slow [spf-ptr]\n",
            id="behind the end of the file: only the place",
        ),
        pytest.param(
            {"message": "\x1b[31mred\u202e", "span": Span(9, 1, 9, 1), "clause": ""},
            "email-auth.yaml:9:1: warning: \\x1b[31mred\\u202e [spf-ptr]\n",
            id="nothing in the file can command the terminal",
        ),
        pytest.param(
            {"domains": tuple(f"d{i}.example" for i in range(5)), "span": Span(9, 1, 9, 1), "clause": ""},
            "email-auth.yaml:9:1: warning: ptr is slow [spf-ptr]\n  = for d0.example, d1.example, d2.example and 2 more domains\n",
            id="domains that share a place through defaults",
        ),
    ],
)
def test_how_a_finding_is_shown(changes: dict[str, object], shown: str) -> None:
    assert text.findings([diagnostic(**changes)], {"email-auth.yaml": SOURCE}) == shown + "\n1 warning in 1 file\n"


def test_a_secret_is_not_shown_by_any_finding_on_its_line() -> None:
    secret = diagnostic(rule="dkim-private-key", message="a private key", secret=True, clause="")
    other = diagnostic(clause="")
    shown = text.findings([secret, other], {"email-auth.yaml": SOURCE})
    assert "allow: [ptr]" not in shown
    assert shown.count("  4 | (not shown: a secret stands here)\n") == 2


def test_of_a_very_long_line_the_piece_around_the_place_is_shown() -> None:
    source = "a" * 1000 + "b" * 300 + "c" * 1000
    shown = text.findings([diagnostic(span=Span(1, 1001, 1, 1301), clause="")], {"email-auth.yaml": source}).splitlines()
    assert shown[1] == "  1 | ..." + "a" * 100 + "b" * 100 + "..."
    assert shown[2] == "    |    " + " " * 100 + "^" * 100


@pytest.mark.parametrize(
    ("severities", "line"),
    [
        ([], "no findings in 2 files\n"),
        ([Severity.ADVICE], "1 piece of advice in 2 files\n"),
        (
            [Severity.ERROR, Severity.WARNING, Severity.ERROR, Severity.ADVICE, Severity.ADVICE],
            "2 errors, 1 warning, 2 pieces of advice in 2 files\n",
        ),
    ],
)
def test_the_counts(severities: list[Severity], line: str) -> None:
    shown = text.findings([diagnostic(severity=severity) for severity in severities], {"email-auth.yaml": SOURCE, "other.yaml": ""})
    assert shown.splitlines(keepends=True)[-1] == line


@pytest.mark.parametrize(
    ("judged", "line"),
    [
        (Judged(files=("a.yaml",)), "no findings in 1 file\n"),
        (Judged(domains=("example.com",)), "no findings in 1 domain\n"),
        (Judged(files=("a.yaml", "b.yaml"), domains=("example.com", "example.net")), "no findings in 2 files and 2 domains\n"),
        (Judged(), "nothing was judged\n"),
        (Judged(files=("a.yaml",), advice_left_out=1), "no findings in 1 file (1 piece of advice: --advice shows it)\n"),
        (Judged(domains=("example.com",), advice_left_out=2), "no findings in 1 domain (2 pieces of advice: --advice shows them)\n"),
    ],
)
def test_what_was_judged(judged: Judged, line: str) -> None:
    assert text.findings([], {"dns:example.com?type=TXT": "v=spf1 -all\n"}, judged) == line


def record(**changes: object) -> RecordChange:
    given = {
        "domain": "example.com",
        "kind": "spf",
        "name": "example.com",
        "type": "TXT",
        "phase": Phase.RECORDS,
        "dns_host": "host",
        "zone": "example.com",
        "place": "zones/example.com.zone",
        "before": ("v=spf1 mx ~all",),
        "after": ("v=spf1 mx include:_spf.example.org -all",),
        "kept": (),
        "ttl_before": 300,
        "ttl_after": 300,
    }
    return RecordChange(**{**given, **changes})  # type: ignore[arg-type]


POLICY = HostedFile(
    url="https://mta-sts.example.com/.well-known/mta-sts.txt",
    body=b"version: STSv1\r\nmode: testing\r\n",
    content_type="text/plain",
    domain="example.com",
    kind="mta_sts",
)


def put(**changes: object) -> FileChange:
    given = {"domain": "example.com", "kind": "mta_sts", "url": POLICY.url, "phase": Phase.FILES, "web_host": "web", "before": None}
    return FileChange(**{**given, "after": POLICY, **changes})  # type: ignore[arg-type]


def test_a_plan() -> None:
    plan = Plan(
        records=(
            record(kept=("MS=1",), notes=("2 spf records become one: receivers accept no more than one",)),
            record(domain="example.net", name="example.net", before=(), after=("v=spf1 -all",), ttl_before=None, ttl_after=3600),
            record(
                kind="mta_sts",
                name="_mta-sts.example.com",
                before=("v=STSv1; id=1;",),
                after=("v=STSv1; id=2;",),
                phase=Phase.ANNOUNCEMENTS,
            ),
            record(kind="dkim/s1", name="s1._domainkey.example.com", before=("v=DKIM1; p=A",), after=(), ttl_after=None),
        ),
        files=(put(before=b"version: STSv1\r\nmode: none\r\n"),),
        comments={("example.com", "spf"): {"include:_spf.example.org": "the newsletter"}},
        conflicts=(Conflict(domain="example.com", kind="dmarc", name="_dmarc.example.com", message="a CNAME is in the way"),),
        dangers=(Danger(name="weaken-dmarc", message="receivers will deliver what fails", domain="example.com"),),
        allowed=(Danger(name="null-mx", message="no mail will arrive", domain="example.net"),),
        unchanged=1,
    )
    assert text.plan(plan) == (
        "example.com\n"
        "  ~ spf: example.com TXT in zones/example.com.zone\n"
        "      - v=spf1 mx ~all\n"
        "      + v=spf1 mx include:_spf.example.org -all\n"
        "        removes ~all\n"
        "        adds include:_spf.example.org  # the newsletter\n"
        "        adds -all\n"
        "      note: 2 spf records become one: receivers accept no more than one\n"
        "      kept as they are: 1 value of others in the same set\n"
        "  - dkim/s1: s1._domainkey.example.com TXT in zones/example.com.zone\n"
        "      - v=DKIM1; p=A\n"
        "  ~ mta_sts: https://mta-sts.example.com/.well-known/mta-sts.txt\n"
        "      - version: STSv1\n"
        "      - mode: none\n"
        "      + version: STSv1\n"
        "      + mode: testing\n"
        "  ~ mta_sts: _mta-sts.example.com TXT in zones/example.com.zone\n"
        "      - v=STSv1; id=1;\n"
        "      + v=STSv1; id=2;\n"
        "        removes id=1\n"
        "        adds id=2\n"
        "\n"
        "example.net\n"
        "  + spf: example.net TXT in zones/example.com.zone\n"
        "      + v=spf1 -all\n"
        "\n"
        "in this order, each step read back before the next:\n"
        "  1. DNS records\n"
        "  2. hosted files, then read back\n"
        "  3. DNS records that point at hosted files\n"
        "\n"
        "conflict: example.com: dmarc: a CNAME is in the way\n"
        "danger: example.com: receivers will deliver what fails\n"
        "  refused; `--allow weaken-dmarc` allows it\n"
        "danger: example.net: no mail will arrive (allowed by --allow null-mx)\n"
        "5 changes; 1 record or file is as the file says\n"
    )


@pytest.mark.parametrize(
    ("plan", "shown"),
    [
        (Plan(unchanged=3), "nothing to change: 3 records and files are as the file says\n"),
        (
            Plan(conflicts=(Conflict(domain="example.com", kind="spf", name="example.com", message="no"),)),
            "conflict: example.com: spf: no\nnothing can be changed\n",
        ),
        (
            Plan(records=(record(before=("x",), after=("x",), ttl_after=60),)),
            (
                "example.com\n  ~ spf: example.com TXT in zones/example.com.zone\n      TTL 300 -> 60\n\n"
                "1 change; 0 records and files are as the file says\n"
            ),
        ),
        (
            Plan(files=(put(before=b"\xff", after=None, phase=Phase.REMOVALS),)),
            (
                "example.com\n  - mta_sts: https://mta-sts.example.com/.well-known/mta-sts.txt\n      - (1 octet)\n\n"
                "1 change; 0 records and files are as the file says\n"
            ),
        ),
    ],
)
def test_small_plans(plan: Plan, shown: str) -> None:
    assert text.plan(plan) == shown


def test_octets_that_are_no_text_are_shown_in_decimal() -> None:
    assert '"before": [\n        "v=spf1 \\\\255"\n      ]' in json.plan(Plan(records=(record(before=("v=spf1 \udcff",)),)))


def test_a_plan_says_what_is_made_first_and_what_comes_later() -> None:
    host = "mta-sts.example.com"
    made = Plan(
        preparations=(
            Preparation(
                domain="example.com", kind=f"web/{host}", host=host, phase=Phase.PREPARATIONS, web_host="w", message="a certificate"
            ),
        ),
        next=(Next(domain="example.net", kind="mta_sts", message="remove it", not_before=datetime(2026, 1, 2, 13, 0, tzinfo=UTC)),),
    )
    assert text.plan(made) == (
        "example.com\n"
        "  + web/mta-sts.example.com: a certificate\n"
        "      its DNS records follow from that, and are part of this change\n"
        "\n"
        "next: example.net: mta_sts: not before 2026-01-02 13:00 UTC\n"
        "  remove it\n"
        "1 change; 0 records and files are as the file says\n"
    )
    data = loads(json.plan(made))
    assert data["changes"] == [
        {
            "domain": "example.com",
            "kind": "web/mta-sts.example.com",
            "phase": "preparations",
            "host": "mta-sts.example.com",
            "message": "a certificate",
        }
    ]
    assert data["next"] == [{"domain": "example.net", "kind": "mta_sts", "message": "remove it", "not_before": "2026-01-02T13:00:00Z"}]
