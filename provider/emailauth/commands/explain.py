"""Explain what a receiver that follows the standards does with a message.

Goes by the file alone (email-auth.yaml in this folder if none is named): what other domains publish is "not looked up". With --live it
asks DNS for all that the file does not say; without a FILE, for everything. That the signatures of --dkim verify is taken for granted.

exit codes: 0 the message passes DMARC, or DMARC does not apply to it; 1 it fails DMARC; 2 bad input; 3 not known for lack of answers
"""

import argparse
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

from emailauth.commands._live import add_live, check_live, dns_answers
from emailauth.commands._shared import load_understood
from emailauth.core.errors import UsageError
from emailauth.core.explanation import Verdict
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.output import explanation
from emailauth.protocols.spf.macros import a_labels
from emailauth.workflow.explaining import Message, explain
from emailauth.workflow.following import Known
from emailauth.workflow.load import FILE_NAME

_CODES: Final = {Verdict.PASS: 0, Verdict.NOT_APPLIED: 0, Verdict.FAIL: 1, Verdict.NOT_KNOWN: 3}

_NULL: Final = frozenset({"", "<>"})
"""How a null reverse-path is written (RFC 5321 section 4.5.5)."""
_NO_DOMAIN: Final = "is no domain that mail can be from: write one such as example.com"
_NO_HELO: Final = (
    "is no fully qualified name, and of no other one SPF says anything (RFC 7208 section 4.3): write one such as mail.example.com"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `explain`."""
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help=f"default: {FILE_NAME}; with --live: none")
    parser.add_argument("--from", metavar="USER@NAME", dest="author", required=True, help="the address in the From header")
    parser.add_argument("--ip", metavar="ADDRESS", help="the client's, IPv4 or IPv6; default: SPF is not evaluated")
    parser.add_argument(
        "--mail-from", metavar="DOMAIN", help="of the address in MAIL FROM; '<>' if that is empty (needs --helo); default: that of --from"
    )
    parser.add_argument("--helo", metavar="NAME", help="what the client says in HELO or EHLO; default: the domain of MAIL FROM")
    parser.add_argument(
        "--dkim",
        metavar="DOMAIN/SELECTOR",
        action="append",
        default=[],
        help="d= and s= of a signature; can be given several times; default: no signature",
    )
    add_live(parser)
    parser.add_argument("--format", choices=explanation.FORMATS, default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Explains one message."""
    message = _message(args)
    check_live(args, is_asking=args.live)
    loaded = None if args.live and args.file is None else load_understood(args.file or Path(FILE_NAME))
    if args.live:
        answers = dns_answers(args, lambda lookup: explain(message, loaded, Known(lookup=lookup, unknown="not asked yet")))
        explained = explain(message, loaded, Known(lookup=answers.get, unknown="not recorded"))
    else:
        explained = explain(message, loaded, Known(lookup=lambda _: None, unknown="not looked up", hint="--live asks"))
    sys.stdout.write(explanation.json(explained) if args.format == "json" else explanation.text(explained))
    return _CODES[explained.verdict]


def _message(args: argparse.Namespace) -> Message:
    local_part, at, domain = args.author.rpartition("@")
    if not at or not local_part:
        raise UsageError(f"--from {args.author!r} is no address: write one such as user@example.com")
    helo = None if args.helo is None else _domain("--helo", args.helo, _NO_HELO)
    is_null = args.mail_from in _NULL
    if is_null and helo is None:
        raise UsageError(f"--mail-from {args.mail_from!r}: SPF then checks the name in HELO (RFC 7208 section 2.4): give it as --helo")
    return Message(
        local_part=local_part,
        author=_domain("--from", domain),
        mail_from=helo if is_null else None if args.mail_from is None else _domain("--mail-from", args.mail_from),
        is_null=is_null,
        helo=helo,
        ip=None if args.ip is None else _address(args.ip),
        signatures=tuple(dict.fromkeys(map(_signature, args.dkim))),
    )


def _domain(option: str, text: str, wrong: str = _NO_DOMAIN) -> str:
    """A domain, normalised; U-labels are encoded, as receivers do (RFC 9989 section 5.3.1)."""
    try:
        name = normalise(a_labels(text))
    except InvalidName as e:
        raise UsageError(f"{option}: {e}") from e
    if not is_host(name):
        raise UsageError(f"{option}: {text!r} {wrong}")
    return name


def _address(text: str) -> IPv4Address | IPv6Address:
    try:
        address = ip_address(text)
    except ValueError:
        address = None
    if address is None or getattr(address, "scope_id", None):
        raise UsageError(f"--ip {text!r} is no IP address: write one such as 192.0.2.1 or 2001:db8::1")
    return address


def _signature(text: str) -> tuple[str, str]:
    domain, slash, selector = text.partition("/")
    if not slash or not selector:
        raise UsageError(f"--dkim {text!r} names no selector: write DOMAIN/SELECTOR, such as example.com/s1")
    name = _domain("--dkim", domain)
    try:
        normalise(f"{selector}._domainkey.{name}")
        return name, normalise(selector)
    except InvalidName as e:
        raise UsageError(f"--dkim: {e}") from e
