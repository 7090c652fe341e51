"""Inputs at the edge of what can be: each must be dealt with in a minute of processor time and a gigabyte and a half of memory.

python -m tests.property.extremes [NAME...]

A process of its own, so that a limit that is passed ends this and nothing else: it says of each input that it begins, and that it is done.
What is quadratic in any of these takes many minutes; what is linear takes a second.
"""

import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from emailauth.core.diagnostic import Diagnostic
from emailauth.core.document import decode, parse
from emailauth.core.errors import UsageError
from emailauth.core.names import InvalidName, is_host, labels, normalise
from emailauth.core.observation import InvalidObservationError, Observation, from_json
from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status
from emailauth.core.scalar import plain
from emailauth.dns_hosts.zonefile.reader import read_zone
from emailauth.output.text import findings
from emailauth.protocols import dkim, dmarc, mta_sts, spf, tls_rpt
from emailauth.protocols.bimi import certificate, svg
from emailauth.protocols.bimi import record as bimi
from emailauth.protocols.dkim.keys import looks_bare
from emailauth.protocols.dmarc.reports import destination, fault, mended
from emailauth.protocols.spf.check_host import ResultCode, check_host
from emailauth.protocols.spf.macros import MAX_TEXT, Message, expand
from emailauth.protocols.spf.outline import outline
from emailauth.protocols.spf.tree import MAX_QUESTIONS, gather
from emailauth.workflow.linting import lint
from emailauth.workflow.load import load_bytes
from emailauth.workflow.observing import Observed, replay
from emailauth.workflow.published import lint_published
from tests.fuzz.world import World, driven

LONG = 65_000
"""Octets: as much as a TXT record can hold."""
MANY = 10_000
SECONDS = 60
MEMORY = 1536 << 20

_NAME = "example.com"
_HEAD = "version: 1\ndomains:\n  example.com:\n"


# What the inputs are given to; each asserts what comes of it, or returns it.


def told(text: str) -> int:
    """How many things are said of a file."""
    loaded = load_bytes(text.encode(), "f.yaml", Path("/nonexistent"))
    found = lint(loaded)
    assert len(findings(found, {"f.yaml": loaded.document.text})) < 2000 * (len(found) + 1)
    return len(found)


def published(name: str, record_type: str, *values: str) -> int:
    """How many things are said of a domain that publishes one record set and nothing else."""
    at = Question(name=name, type=record_type)
    known: dict[Question, Answer] = {}
    observed = _replayed(known)
    for _ in range(20):
        for missing in observed.not_recorded:
            if isinstance(missing, Question):
                known[missing] = Answer(values=values) if missing == at else Answer(status=Status.NXDOMAIN)
        observed = _replayed(known)
        if not observed.not_recorded:
            break
    found = lint_published(observed.published, observed.observation)
    assert len(findings(found, {text.path: text.text for one in observed.published for text in one.texts})) < 2000 * (len(found) + 1)
    return len(found)


def _replayed(known: Mapping[Question, Answer]) -> Observed:
    return replay(Posture(domains=()), [_NAME], Observation(answers=known))


def everywhere(value: str) -> World:
    """The world in which every name has one TXT record."""
    return lambda question: Answer(values=(value,)) if question.type == "TXT" else Answer(status=Status.NXDOMAIN)


def checked(record: str, sender: str = "user@example.com", domain: str = _NAME, helo: str = "") -> ResultCode:
    """What the evaluation comes to where every name has the same record."""
    return driven(check_host(ip=ip_address("192.0.2.1"), domain=domain, sender=sender, helo=helo), everywhere(record), 300).result


def outlined(record: str) -> int:
    """How many terms of such a tree are shown."""
    return len(outline(driven(gather(_NAME), everywhere(record), MAX_QUESTIONS)).entries)


def zone(text: bytes) -> None:
    """A zone that may be refused."""
    with suppress(UsageError):
        read_zone(_NAME, Path("/nonexistent/zone"), b"$TTL 60\n@ SOA ns. h. 1 2 3 4 5\n" + text)


def refused_observation(text: str) -> None:
    """It is refused."""
    try:
        from_json(text)
    except InvalidObservationError:
        return
    raise AssertionError


def refused_name(text: str) -> None:
    """It is no name."""
    try:
        normalise(text)
    except InvalidName:
        return
    raise AssertionError


def policy(text: bytes) -> None:
    """A policy that may be refused."""
    with suppress(mta_sts.InvalidTextError):
        mta_sts.parse_policy(text)


def tags(text: str) -> None:
    """A text as every kind of record that is a list of tags."""
    dkim.parse(text)
    dkim.is_key_record(text)
    dmarc.parse(text)
    for read in (bimi.parse, mta_sts.parse_record, tls_rpt.parse_record):
        for version in ("v=BIMI1;", "v=STSv1;", "v=TLSRPTv1;"):
            with suppress(bimi.InvalidTextError, mta_sts.InvalidTextError, tls_rpt.InvalidTextError):
                read(version + text)


def uri(text: str) -> None:
    """A text as a place that reports go to."""
    destination(text)
    fault(text)
    mended(text)
    assert tls_rpt.ReportUri(text).problem != ""
    bimi.uri_problem(text)


def logo(view_box: bytes) -> None:
    """A logo with a viewBox."""
    read = svg.read(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="' + view_box + b'"/>')
    assert isinstance(read, svg.Svg)
    assert read.view_box is None


def expanded(text: str) -> None:
    """An explanation for a sender with a long local part."""
    parts = spf.parse_term(f"exp={text}.example.com")
    assert isinstance(parts, spf.Explanation)
    ip = ip_address("192.0.2.1")
    message = Message(ip=ip, local_part="a" * LONG, sender_domain=_NAME, helo=_NAME, receiver=_NAME, now=0)
    assert len(expand(parts.domain.parts, message, _NAME)) == MAX_TEXT


def equal(found: object, expected: object) -> None:
    """They are the same."""
    assert found == expected, found


def _aliases(levels: int, inner: int) -> str:
    chain = "".join(f"k{i}: &k{i} " + "[" * inner + f"*k{i - 1}" + "]" * inner + "\n" for i in range(1, levels))
    return f"k0: &k0 [x]\n{chain}version: *k{levels - 1}\n"


def _bomb(levels: int) -> str:
    return "k0: &k0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"k{i}: &k{i} [{','.join([f'*k{i - 1}'] * 9)}]\n" for i in range(1, levels))


def _rules(text: str) -> list[str]:
    decoded = decode("f.yaml", text.encode())
    assert not isinstance(decoded, Diagnostic)
    return sorted({one.rule for one in parse("f.yaml", decoded).diagnostics})


def _too_long(text: str) -> bool:
    try:
        plain(text)
    except ValueError:
        return True
    return False


_TERMS = "".join(f" ip4:10.{i >> 8}.{i & 255}.1" for i in range(3000))
_INCLUDES = "".join(f" include:n{i}.example.com" for i in range(2500))
_HAN = "".join(chr(0x4E00 + i) for i in range(20_000))
_POLICY = b"version: STSv1\nmode: none\nmax_age: 1\n"

EXTREMES: Mapping[str, Callable[[], object]] = {
    # Texts that come close to what a regular expression looks for, over and over.
    "white space before what is no value": lambda: tags("p=" + " " * LONG + "\u00e9"),
    "white space behind a name": lambda: tags("v=DKIM1; p" + " " * LONG + "\u00e9"),
    "white space in base64": lambda: equal(looks_bare("A" * 40 + " " * LONG + "!"), False),  # noqa: FBT003 - the answer
    "certificates that begin and do not end": lambda: certificate.read(b"-----BEGIN CERTIFICATE----- " * 35_000),
    "keys that begin and do not end": lambda: dkim.read_pem(b"-----BEGIN PUBLIC KEY-----" * 38_000),
    "digits that end in a letter": lambda: logo(b"1" * LONG + b"x"),
    "a viewBox of white space": lambda: logo(b"0" + b" " * LONG + b"x"),
    "a URI that goes wrong at its end": lambda: uri("https://" + "a" * LONG + "\u00e9"),
    "an address without a domain": lambda: uri("mailto:" + "a" * LONG + "@" + "b" * LONG + "!"),
    "an encoded address": lambda: uri("mailto:" + "%41" * LONG + "!1"),
    "an address in brackets": lambda: uri("https://[" + "a" * LONG + "]"),
    "dots in a URI": lambda: uri("https://" + "a." * LONG),
    "a policy line that goes wrong at its end": lambda: policy(_POLICY + b"x: " + b"b " * LONG + b"\x01\n"),
    "colons and spaces": lambda: policy(_POLICY + b"x:" + b" \t" * LONG + b"\x01\n"),
    "a quoted string without an end": lambda: zone(b'a TXT "' + b"x" * 1_000_000 + b"\n"),
    "backslashes": lambda: zone(b"a TXT " + b"\\" * 999_999 + b"\n"),
    "number signs": lambda: told("# " * 500_000),
    "comments for this program without a line's end": lambda: told("a: b #" + "#emailauth:" * 50_000),
    # Long and many.
    "an SPF record of 10,000 terms": lambda: equal(len((spf.parse("v=spf1" + " ip4:192.0.2.1" * MANY) or spf.parse("v=spf1")).terms), MANY),  # type: ignore[union-attr]
    "an SPF record of one term": lambda: equal(checked("v=spf1 " + "x" * LONG), ResultCode.PERMERROR),
    "spaces": lambda: equal(checked("v=spf1" + " " * LONG + "-all"), ResultCode.FAIL),
    "slashes": lambda: equal(checked("v=spf1 a" + "/0" * LONG), ResultCode.PERMERROR),
    "percent signs": lambda: equal(checked("v=spf1 a:" + "%" * (LONG + 1)), ResultCode.PERMERROR),
    "10,000 tags": lambda: tags("v=DMARC1; p=none" + ";a=b" * MANY),
    "semicolons": lambda: tags(";" * LONG),
    "a name of 64 KB": lambda: refused_name("a." * LONG),
    "a label of 64 KB": lambda: refused_name("a" * LONG),
    "a label of 20,000 characters that are not ASCII": lambda: refused_name(_HAN),
    "an escaped name": lambda: refused_name("\\000" * LONG),
    "labels of a name": lambda: equal(len(labels("a." * 500_000)), 500_000),
    "whether it is a host": lambda: equal(is_host("a." * LONG), False),  # noqa: FBT003 - the answer
    "a domain of characters that are not ASCII": lambda: equal(checked("v=spf1", domain=f"{_HAN}.example.com"), ResultCode.NONE),
    "a HELO name of characters that are not ASCII": lambda: equal(checked("v=spf1", helo=_HAN), ResultCode.NEUTRAL),
    "an accent over an accent": lambda: equal(checked("v=spf1", helo="\u0301\u0323" * LONG), ResultCode.NEUTRAL),
    "open parentheses": lambda: zone(b"(" * 1_000_000),
    "10,000 numbers": lambda: zone(b"a " + b"1" * MANY + b" TXT x\n"),
    "a policy of 100,000 hosts": lambda: policy(_POLICY + b"mx: a.example\n" * 100_000),
    # What grows.
    "a record that includes itself": lambda: equal(checked("v=spf1 include:example.com -all"), ResultCode.PERMERROR),
    "a record that redirects to itself": lambda: equal(checked("v=spf1 redirect=example.com"), ResultCode.PERMERROR),
    "the tree of a record that leads to itself": lambda: equal(outlined("v=spf1 include:example.com a mx redirect=example.com"), 4),
    "a name that gets longer with each include": lambda: outlined("v=spf1 include:x.%{d} -all"),
    "a name that grows fourfold with each include": lambda: outlined("v=spf1 include:%{d}.%{d}.%{d}.%{d}.x.example.com -all"),
    "a name of 10,000 domains": lambda: equal(checked("v=spf1 include:" + "%{d}." * MANY + "example.com -all"), ResultCode.PERMERROR),
    "a name of 10,000 senders": lambda: equal(
        checked("v=spf1 include:" + "%{s}." * MANY + "example.com -all", sender="a" * LONG + "@example.com"), ResultCode.PERMERROR
    ),
    "an explanation of 10,000 senders": lambda: expanded("%{s}" * MANY),
    "a tree of 10,000 addresses": lambda: outlined("v=spf1" + "".join(f" ip4:10.{i >> 8}.{i & 255}.1" for i in range(MANY))),
    "a tree of names": lambda: outlined("v=spf1" + "".join(f" a:h{i}.example.com" for i in range(4000))),
    "a tree in which every record names 2,500 others": lambda: outlined("v=spf1" + _INCLUDES),
    "a tree of conditions": lambda: outlined("v=spf1" + "".join(f" exists:%{{i}}.h{i}.example.com" for i in range(2500))),
    "records that 2 billion others are made of": lambda: zone(b"$GENERATE 1-2000000000 h$ A 192.0.2.1\n"),
    "nesting in brackets": lambda: equal(_rules("[" * LONG), ["yaml-depth"]),
    "nesting in braces": lambda: equal(_rules("{a: " * LONG), ["yaml-depth"]),
    "nesting in dashes": lambda: equal(_rules("- " * LONG), ["yaml-depth"]),
    "nesting by indentation": lambda: equal(_rules("".join(" " * i + "a:\n" for i in range(400))), ["yaml-depth"]),
    "nesting by aliases": lambda: equal(_rules(_aliases(40, 95)), ["yaml-depth"]),
    "aliases that stand for aliases": lambda: equal(_rules(_bomb(20)), ["yaml-alias"]),
    "anchors": lambda: told("".join(f"k{i}: &k{i} v\n" for i in range(MANY)) + "version: *k3\n"),
    "an integer of 64 KB": lambda: equal(_too_long("1" * LONG), True),  # noqa: FBT003 - the answer
    "a hexadecimal integer of 64 KB": lambda: equal(_too_long("0x" + "f" * LONG), True),  # noqa: FBT003 - the answer
    "an octal integer of 64 KB": lambda: equal(_too_long("0o" + "7" * LONG), True),  # noqa: FBT003 - the answer
    "brackets in JSON": lambda: refused_observation("[" * 100_000),
    "an integer in JSON": lambda: refused_observation('{"format": ' + "1" * LONG + "}"),
    # Whole files, with every rule and the text for people.
    "a file of 10,000 terms": lambda: told(f"{_HEAD}    spf:\n      allow:\n" + "        - ip4:192.0.2.1\n" * MANY),
    "a file of 10,000 terms that are none": lambda: told(f"{_HEAD}    spf:\n      allow:\n" + "        - x\n" * MANY),
    "a file of 10,000 terms in one text": lambda: told(f'{_HEAD}    spf: {{allow: ["{"x " * MANY}"]}}\n'),
    "a file of 10,000 unknown keys": lambda: told(_HEAD + "".join(f"    k{i}: 1\n" for i in range(MANY))),
    "a file of one domain 10,000 times": lambda: told("version: 1\ndomains:\n" + "  a.example.com: parked\n" * MANY),
    "a file of 3,000 domains": lambda: told("version: 1\ndomains:\n" + "".join(f"  d{i}.example.com: parked\n" for i in range(3000))),
    "a file of 5,000 selectors": lambda: told(
        f"{_HEAD}    dkim:\n" + "".join(f'      s{i}: {{record: "v=DKIM1; p=AAAA"}}\n' for i in range(5000))
    ),
    "a file with a key of 64 KB": lambda: told(f'{_HEAD}    dkim: {{s: {{record: "v=DKIM1; p={"A" * LONG}"}}}}\n'),
    "a file of 10,000 comments for this program": lambda: told(_HEAD + "# emailauth: ignore[x]\n" * MANY),
    "a file of 3,000 lines with a comment each": lambda: told(
        f"{_HEAD}    spf:\n      allow:\n" + "        - a:b.example.com  # emailauth: ignore[spf-too-many-lookups]\n" * 3000
    ),
    # Whole domains as they are published.
    "white space published": lambda: published(_NAME, "TXT", "x" + " " * LONG + "v=spf1 -all", "v=spf1" + " " * LONG + "-all"),
    "quotes published": lambda: published(f"_dmarc.{_NAME}", "TXT", "x" + '" ' * (LONG // 2) + "v=DMARC1; p=none"),
    "punctuation published": lambda: published(_NAME, "TXT", "v" + ";_" * (LONG // 2), ";v=dmarc" * 8000, "\\" * LONG),
    "3,000 addresses published": lambda: published(_NAME, "TXT", "v=spf1" + _TERMS),
    "10,000 terms published that are none": lambda: published(_NAME, "TXT", "v=spf1" + " x" * MANY),
    "5,000 a published": lambda: published(_NAME, "TXT", "v=spf1" + " a" * 5000),
    "5,000 all published": lambda: published(_NAME, "TXT", "v=spf1" + " all" * 5000),
    "3,000 modifiers published": lambda: published(_NAME, "TXT", "v=spf1" + "".join(f" m{i}=x" for i in range(3000))),
    "3,000 macros published": lambda: published(_NAME, "TXT", "v=spf1 include:" + "%{d}." * 3000 + "example.com"),
    "2,500 includes published": lambda: published(_NAME, "TXT", "v=spf1" + _INCLUDES),
    "5,000 SPF records published": lambda: published(_NAME, "TXT", *["v=spf1 a"] * 5000),
    "10,000 tags published": lambda: published(f"_dmarc.{_NAME}", "TXT", "v=DMARC1; p=none" + ";a=b" * MANY),
    "2,000 destinations published": lambda: published(
        f"_dmarc.{_NAME}", "TXT", "v=DMARC1; p=none; rua=" + ",".join(f"mailto:a@h{i}.example.net" for i in range(2000))
    ),
    "2,000 destinations of TLS reports published": lambda: published(
        f"_smtp._tls.{_NAME}", "TXT", "v=TLSRPTv1; rua=" + ",".join(f"mailto:a@h{i}.example.net" for i in range(2000))
    ),
    "2,000 mail hosts published": lambda: published(_NAME, "MX", *(f"10 h{i}.example.com." for i in range(2000))),
}


def main(chosen: list[str]) -> int:
    """Runs those that are named, else all."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))
    for name in chosen or EXTREMES:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + SECONDS, most))
        print("begins:", name, flush=True)
        EXTREMES[name]()
        print("done:", name, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
