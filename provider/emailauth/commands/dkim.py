"""Look into DKIM keys.

`emailauth dkim match PRIVATE_KEY` tells which selectors of a file publish the public half of the key that a signer
has, or, with --live, which of those that are named do in DNS. Where none does it shows the record that would have to be
published. PRIVATE_KEY is the file of the signer, in PEM, DER or base64; "-" reads it from standard input. Nothing of
a private key is ever printed.

exit codes: 0 a selector publishes the key (with --live: each that is named); 1 none does, or not each; 2 bad input; 3 DNS did not answer
"""

import argparse
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from emailauth.commands._live import add_resolver, servers
from emailauth.commands._shared import load_understood
from emailauth.core.errors import UsageError
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.output import dkim_match
from emailauth.protocols.dkim import PublicKey, owner, publishing, render
from emailauth.protocols.dkim.pairs import Match, Reason, public_half
from emailauth.workflow.load import FILE_NAME

_UNANSWERED: Final = 3
_LIMIT: Final = 100_000
"""Octets of a file that can be a private key."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `dkim`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    match = actions.add_parser("match", help="which selectors publish the public half of a private key")
    match.add_argument("private_key", metavar="PRIVATE_KEY", help="the file of the signer's key; - reads standard input")
    match.add_argument("file", metavar="FILE", nargs="?", help=f"default: {FILE_NAME}")
    match.add_argument("--live", metavar="DOMAIN/SELECTOR", nargs="+", default=[], help="ask DNS for these selectors, and for no file's")
    add_resolver(match)
    match.add_argument("--format", choices=dkim_match.FORMATS, default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Compares and shows."""
    if args.resolver and not args.live:
        raise UsageError("--resolver is of use with --live only")
    if args.file and args.live:
        raise UsageError("either a file or --live: what is compared is the one or the other")
    places = [_place(text) for text in args.live]
    key = _read(args.private_key)
    matches = _live(key, places, args.resolver) if places else _file(key, Path(args.file or FILE_NAME))
    show = dkim_match.json if args.format == "json" else dkim_match.text
    sys.stdout.write(show(key, matches, render(publishing(key))))
    return _code(matches, places)


def _read(path: str) -> PublicKey:
    """The public half. Raises `UsageError` where there is no private key that can be used."""
    found = public_half(_content(path))
    if isinstance(found, PublicKey):
        return found
    name = "standard input" if path == "-" else path
    if found.reason is Reason.ENCRYPTED:
        raise UsageError(f"{name} is {found.message}: `openssl pkey -in FILE | emailauth dkim match -` asks for it and writes nothing down")
    raise UsageError(f"{name} is {found.message}")


def _content(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read(_LIMIT)
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LIMIT)
            mode = Path(path).stat().st_mode
    except OSError as e:
        raise UsageError(f"{path} cannot be read: {e.strerror}") from e
    if mode & stat.S_IROTH:
        print(f"emailauth: everybody on this machine can read {path}: `chmod 600` keeps a private key private", file=sys.stderr)
    return content


def _place(text: str) -> tuple[str, str]:
    """Domain and selector. Raises `UsageError`."""
    domain, _, selector = text.partition("/")
    try:
        names = normalise(domain), normalise(selector)
        normalise(owner(names[1], names[0]))  # which can be too long where neither of them is
    except InvalidName:
        names = "", ""
    if not is_host(names[0]):
        raise UsageError(f"{text!r} is not DOMAIN/SELECTOR, such as example.com/s1")
    return names


def _file(key: PublicKey, path: Path) -> list[Match]:
    from emailauth.workflow.matching import in_file  # noqa: PLC0415 - what can ask DNS costs time to start

    return list(in_file(key, load_understood(path).posture))


def _live(key: PublicKey, places: Sequence[tuple[str, str]], resolvers: Sequence[str]) -> list[Match]:
    from emailauth.workflow.matching import in_dns  # noqa: PLC0415 - as above

    return list(in_dns(key, places, servers(resolvers)))


def _code(matches: Sequence[Match], named: Sequence[tuple[str, str]]) -> int:
    """The exit code."""
    if not named:
        return 0 if any(one.is_match for one in matches) else 1
    missing = [place for place in named if not any(one.is_match for one in matches if (one.domain, one.selector) == place)]
    unknown = {(one.domain, one.selector) for one in matches if not one.is_known}
    if not missing:
        return 0
    return _UNANSWERED if set(missing) <= unknown else 1
