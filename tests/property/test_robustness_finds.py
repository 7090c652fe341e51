"""What was once found by fuzzing, or by thinking of it: each went wrong, and says here what is right."""

import base64
import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from emailauth.core.diagnostic import Diagnostic
from emailauth.core.document import decode, parse
from emailauth.core.errors import UsageError
from emailauth.core.observation import Fetched, InvalidObservationError, Observation, from_json
from emailauth.core.question import Answer, Question, Questions, Status
from emailauth.dns_hosts.zonefile.reader import read_zone
from emailauth.lint.rules import all_rules
from emailauth.output import text as as_text
from emailauth.protocols import mta_sts, spf
from emailauth.protocols.bimi import certificate
from emailauth.protocols.dmarc.external import verify
from emailauth.protocols.spf.check_host import Result, ResultCode, check_host
from emailauth.protocols.spf.tree import MAX_BRANCHES, MAX_DEPTH, Openness, Tree, gather
from emailauth.workflow.linting import lint
from emailauth.workflow.load import load_bytes
from emailauth.workflow.published import published
from tests.fuzz.world import driven

NAME = "example.com"


def world(text: str) -> Callable[[Question], Answer]:
    """The world in which every name has one TXT record, and nothing else."""
    return lambda question: Answer(values=(text,)) if question.type == "TXT" else Answer(status=Status.NXDOMAIN)


def evaluated(text: str, sender: str = "user@example.com") -> Result:
    evaluation: Questions[Result] = check_host(ip=ip_address("192.0.2.1"), domain=NAME, sender=sender)
    return driven(evaluation, world(text), 100)


def tree(text: str, most: int) -> Tree:
    return driven(gather(NAME), world(text), most)


# YAML


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"\xef\xbb\xbfa: \xff\n", 1, 4),
        (b"\xef\xbb\xbf\xff", 1, 1),
        (b"\xef\xbb\xbfa: b\n\xc3", 2, 1),
        (b"\xef\xbb", 1, 1),
        (b"a\xff", 1, 2),
    ],
)
def test_an_octet_that_is_no_utf8_has_its_place_also_behind_a_byte_order_mark(content: bytes, line: int, column: int) -> None:
    told = decode("f.yaml", content)
    assert isinstance(told, Diagnostic)
    assert (told.rule, told.span.line, told.span.column) == ("file-encoding", line, column)


@pytest.mark.parametrize("text", ["? ", "a: b\n# c\n? ", "- \n# c\n- ", "a:\n# c\nb: ", "a: b\n? "])
def test_nothing_at_the_end_of_a_file_stands_within_it(text: str) -> None:
    document = parse("f.yaml", text)
    last = [*document.data][-1] if isinstance(document.data, dict) else len(document.data) - 1
    span = document.span((last,))
    assert (span.line, span.end_line) == (text.count("\n") + 1, text.count("\n") + 1)
    assert span.end_column <= len(text.rsplit("\n", maxsplit=1)[-1]) + 1
    assert document.comment((last,)) == ""


@pytest.mark.parametrize("number", ["1" * 1001, "-" + "1" * 1000, "0x" + "f" * 999, "0o" + "7" * 999])
def test_a_number_of_more_than_a_thousand_characters_is_refused(number: str) -> None:
    assert [(one.rule, one.message) for one in parse("f.yaml", f"a: {number}\n").diagnostics] == [
        ("yaml-number", "This number is too long: put it in quotes if it is text")
    ]


@pytest.mark.parametrize("number", ["0x" + "f" * 998, "0o" + "7" * 998, "9" * 1000, "!!float 1" + "0" * 400, "1e999", "-.inf", ".nan"])
@pytest.mark.parametrize(
    "at", ["version: {}", "domains: {}", "domains: {{example.com: {{ttl: {}}}}}", "domains: {{example.com: {{mx: {}}}}}"]
)
def test_a_file_can_hold_any_number_where_none_belongs(number: str, at: str) -> None:
    loaded = load_bytes(at.format(number).encode(), "f.yaml", Path("/nonexistent"))
    assert {one.rule for one in lint(loaded)} & {"wrong-type", "wrong-value", "out-of-range", "wrong-form"}
    assert as_text.findings(lint(loaded), {"f.yaml": loaded.document.text})


def test_a_number_that_is_too_large_for_its_tag_is_infinite_as_without_the_tag() -> None:
    document = parse("f.yaml", f"[!!float 1{'0' * 400}, 1e999]")
    assert document.data == [float("inf"), float("inf")]
    assert document.diagnostics == ()


@pytest.mark.parametrize(
    ("levels", "rules"),
    [
        ("k0: &k0 [x]\nk1: " + "[" * 99 + "*k0" + "]" * 99, set()),
        ("k0: &k0 [x]\nk1: " + "[" * 100 + "*k0" + "]" * 100, {"yaml-depth"}),
        ("k0: &k0 {a: {b: c}}\nk1: &k1 " + "[" * 60 + "*k0" + "]" * 60 + "\nk2: " + "[" * 60 + "*k1" + "]" * 60, {"yaml-depth"}),
        ("k0: &k0 x\nk1: " + "[" * 99 + "*k0" + "]" * 99, set()),
    ],
)
def test_what_aliases_stand_for_counts_as_nesting(levels: str, rules: set[str]) -> None:
    assert {one.rule for one in parse("f.yaml", levels + "\n").diagnostics} == rules


def test_a_comment_on_its_own_line_is_about_the_next_line_with_content() -> None:
    document = parse("f.yaml", "# emailauth: ignore[a]\n# emailauth: ignore[b]\n\n  # x\na: b\n# emailauth: ignore[c]\n")
    assert [(ignore.ids, ignore.target_line) for ignore in document.ignores] == [(("a",), 5), (("b",), 5), (("c",), 0)]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key.pem")
    text = b"version: 1\ndomains: {example.com: {dkim: {s1: {public_key: key.pem}}}}\n"
    [content] = load_bytes(text, "f.yaml", tmp_path).posture.domains[0].attachments.values()
    assert isinstance(content, OSError)
    assert content.strerror == "not a file"


# SPF


def test_a_name_that_gets_longer_with_each_include_ends() -> None:
    found = tree("v=spf1 include:x.%{d} -all", MAX_DEPTH + 1)
    assert len(found.nodes) == MAX_DEPTH + 1
    last = found.nodes["x." * MAX_DEPTH + NAME]
    assert [branch.condition and branch.condition.openness for branch in last.branches] == [Openness.NOT_LOOKED_UP]


@pytest.mark.parametrize("spec", ["x.%{d}", "%{d}.%{d}.%{d}.example.com", "%{d}." * 10_000 + NAME, "%{s}." * 1000 + NAME])
def test_no_name_that_is_led_to_is_longer_than_a_name_can_be(spec: str) -> None:
    result = evaluated(f"v=spf1 include:{spec} -all", sender="a" * 1000 + "@example.com")
    assert result.result is ResultCode.PERMERROR
    assert {len(match.domain) <= 253 for match in result.matches} == {True}


def test_an_explanation_is_cut_off_where_it_grows_without_measure() -> None:
    evaluation: Questions[Result] = check_host(ip=ip_address("192.0.2.1"), domain=NAME, sender="a" * 1000 + "@example.com")
    texts = {NAME: "v=spf1 -all exp=why.example.com", "why.example.com": "%{l}" * 1000}
    result = driven(evaluation, lambda question: Answer(values=(texts[question.name],)), 2)
    assert result.explanation == "a" * 65535


def test_of_a_record_that_names_thousands_a_thousand_are_looked_up() -> None:
    found = tree("v=spf1" + "".join(f" a:h{i}.example.com" for i in range(3000)), 1000)
    known = [branch for branch in found.root.branches if branch.condition is None]
    assert len(known) <= MAX_BRANCHES
    assert len(found.root.branches) == 3000


@pytest.mark.parametrize("label", ["\u00e9" * 64, "\u00e9" * 300, "\u4e00" * 63])
def test_a_label_that_is_too_long_makes_a_name_that_is_none(label: str) -> None:
    evaluation: Questions[Result] = check_host(ip=ip_address("192.0.2.1"), domain=f"{label}.example.com", sender="a@example.com")
    assert driven(evaluation, world("v=spf1 +all"), 0).result is ResultCode.NONE


def test_of_thousands_of_report_destinations_fifty_are_looked_up() -> None:
    asked: list[Question] = []

    def answer(question: Question) -> Answer:
        asked.append(question)
        return Answer(status=Status.NXDOMAIN)

    said = [f"mailto:a@h{i % 1000}.example.net" for i in range(2000)]
    found = driven(verify(NAME, said, "rua"), answer, 2000)
    assert [one.is_authorised for one in found] == ([False] * 50 + [None] * 950) * 2
    assert len({question.name for question in asked if "_report" in question.name}) == 50


# Keys and certificates


def certificate_of(*extensions: x509.ExtensionType) -> bytes:
    """DER."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example")])
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, None).public_bytes(Encoding.DER)


def armoured(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def test_a_certificate_of_a_version_that_there_is_not_is_damaged() -> None:
    der = certificate_of(x509.BasicConstraints(ca=False, path_length=None)).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    found = certificate.read(armoured(der))
    assert isinstance(found, certificate.NoCertificate)
    assert found.reason.startswith("a certificate in it is damaged: ")


def test_no_more_than_eight_logos_are_unpacked() -> None:
    logo = b"data:image/svg+xml;base64," + base64.b64encode(gzip.compress(b"<svg/>", mtime=0)) + b"\0"
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.12"), logo * 20)
    found = certificate.read(armoured(certificate_of(extension)))
    assert isinstance(found, certificate.MarkCertificate)
    assert found.logos == (b"<svg/>",) * 8


# Observations, policies, zones


@pytest.mark.parametrize(
    ("record_type", "value", "reason"),
    [
        ("MX", "x", "'x' cannot be a MX record"),
        ("A", "example.com", "'example.com' cannot be a A record"),
        ("AAAA", "192.0.2.1", "'192.0.2.1' cannot be a AAAA record"),
        ("TXT", "\\ud800", "'\\ud800' cannot be a TXT record"),
        ("FOO", "x", "'x' cannot be a FOO record"),
    ],
)
def test_an_observation_holds_no_value_that_its_type_cannot_have(record_type: str, value: str, reason: str) -> None:
    text = f'{{"format": 1, "answers": [{{"name": "example.com", "type": "{record_type}", "values": ["{value}"]}}]}}'
    with pytest.raises(InvalidObservationError) as refused:
        from_json(text)
    assert str(refused.value).startswith(f"answers[0]: {reason}")


def test_a_host_of_a_policy_has_its_own_line_whatever_stands_in_other_lines() -> None:
    body = "version: STSv1\nmode: testing\nx: y\u2028mx: z\u0085mode: none\nmx: mx.example.com\nmax_age: 0\n".encode()
    observation = Observation(fetches={mta_sts.policy_url(NAME): Fetched(body=body)})
    _, span = published(NAME, observation).place(("mta_sts", "mx", 0))
    assert (span.line, span.column, span.end_column) == (4, 1, 19)


def test_a_policy_of_the_first_millennium_comes_out_of_its_own_file() -> None:
    policy = mta_sts.parse_policy(b"version: STSv1\nmode: none\nmax_age: 1\ncached_until: 0391-01-31T08:00:00Z\n")
    assert policy.cached_until == datetime(391, 1, 31, 8, tzinfo=UTC)
    assert mta_sts.parse_policy(policy.body) == policy


ZONE = b"$TTL 60\n@ SOA ns. h. 1 2 3 4 5\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"$GENERATE 1-2000000000 h$ A 192.0.2.1", "$GENERATE makes more than 100,000 records"),
        (b"$GENERATE 1-10 h$ A 192.0.2.1\n$GENERATE 1-99991 i$ A 192.0.2.1", "$GENERATE makes more than 100,000 records"),
        (b"$GENERATE 1-3/0 h$ A 192.0.2.1", "1-3/0 is no range of numbers: the step is 1 at least"),
    ],
)
def test_a_zone_that_would_make_too_many_records_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=r"^zone:\d+: ") as refused:
        read_zone(NAME, Path("zone"), ZONE + text + b"\n")
    assert str(refused.value).endswith(reason)


def test_files_that_include_each_other_twice_come_to_an_end(tmp_path: Path) -> None:
    for i in range(15):
        (tmp_path / f"f{i}").write_bytes(f"$INCLUDE f{i + 1}\n$INCLUDE f{i + 1}\n".encode())
    (tmp_path / "f15").write_bytes(b"")
    with pytest.raises(UsageError, match=r"there are more than 1000 \$INCLUDE$"):
        read_zone(NAME, tmp_path / "zone", ZONE + b"$INCLUDE f0\n")


def test_a_comment_is_about_the_findings_on_its_line_however_many_there_are() -> None:
    text = "version: 1\ndomains:\n  example.com:\n    spf:\n      allow:\n" + "        - x  # emailauth: ignore[spf-term-syntax] y\n" * 300
    found = lint(load_bytes(text.encode(), "f.yaml", Path("/nonexistent")))
    assert "spf-term-syntax" in all_rules()
    assert not {"spf-term-syntax", "ignore-unused"} & {one.rule for one in found}


def test_the_terms_of_a_record_are_found_also_where_it_ends_in_spaces() -> None:
    record = spf.parse("v=spf1" + " " * 1000 + "a" + " " * 1000)
    assert record is not None
    assert [term.span for term in record.terms] == [(1006, 1007)]
