"""What commands that ask DNS share: their options, the answers kept and read again, what was not answered. No command."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.core.observation import InvalidObservationError, Observation, Wanted, from_json, to_json
from emailauth.core.question import Answer, Question, Status
from emailauth.core.text import plural, printable

if TYPE_CHECKING:
    from emailauth.live.resolver_servers import Server
    from emailauth.workflow.answering import Lookup

_SHOWN: Final = 20
"""Questions without an answer that are named."""


def add_live(parser: argparse.ArgumentParser, *, asks: str = "--live", what: str = "ask DNS for what the file does not say") -> None:
    """Adds --live and the options of those who ask; `asks` says what they are of use with, `what` what --live does."""
    parser.add_argument("--live", action="store_true", help=what)
    add_resolver(parser, asks=asks)
    parser.add_argument("--record", metavar="FILE", type=Path, help=f"with {asks}: keep the answers in this file")
    parser.add_argument("--replay", metavar="FILE", type=Path, help=f"with {asks}: take the answers of this file, and ask nothing")


def add_resolver(parser: argparse.ArgumentParser, *, asks: str = "--live") -> None:
    """Adds --resolver."""
    parser.add_argument(
        "--resolver",
        metavar="ADDRESS[:PORT]",
        action="append",
        default=[],
        help=f"with {asks}: ask this resolver; can be given several times; default: those of this machine",
    )


def check_live(args: argparse.Namespace, *, asks: str = "--live", is_asking: bool) -> None:
    """Raises `UsageError` where options of those who ask are given and nothing is asked, or they contradict each other."""
    for option in ("resolver", "record", "replay"):
        if getattr(args, option) and not is_asking:
            raise UsageError(f"--{option} is of use with {asks} only")
    if args.replay is not None and (args.record is not None or args.resolver):
        raise UsageError("--replay asks nothing: leave --record and --resolver out")


def dns_answers(args: argparse.Namespace, work: "Callable[[Lookup], object]") -> Mapping[Question, Answer]:
    """The answers that work needs, from --replay or from the resolvers; keeps them with --record, and shows on a terminal how far it is."""
    if args.replay is not None:
        return recorded(args.replay).answers
    from emailauth.workflow.answering import ask  # noqa: PLC0415 - what is needed to ask costs time to start

    with progress() as told:
        answers = ask(work, servers(args.resolver), told=told)
    if args.record is not None:
        record(args.record, Observation(answers=answers))
    return answers


def servers(texts: Sequence[str]) -> "Sequence[Server]":
    """The resolvers that --resolver names; those of this machine where it names none. Raises `UsageError`."""
    from emailauth.live.resolver_servers import server, system_servers  # noqa: PLC0415 - as above

    return [server(text) for text in texts] or system_servers()


@contextmanager
def progress() -> "Iterator[Callable[[int, int], None] | None]":
    """What to call with the numbers of questions answered and asked; None where nobody looks. Cleans up after itself."""
    if not sys.stderr.isatty():
        yield None
        return
    try:
        yield _progress
    finally:
        sys.stderr.write("\r\x1b[K")


def tell_unanswered(failures: Iterable[tuple[Question, Status]], missing: Iterable[Wanted], more: Iterable[str] = ()) -> bool:
    """Tells what was asked for and is not known, on stderr; whether there is nothing to tell."""
    told = [f"not answered: {question} ({status.value})" for question, status in failures]
    told += [f"not recorded: {wanted}" for wanted in missing]
    told += more
    for line in told[:_SHOWN]:
        print(f"emailauth: {printable(line)}", file=sys.stderr)
    if len(told) > _SHOWN:
        print(f"emailauth: and {len(told) - _SHOWN} more", file=sys.stderr)
    return not told


def _progress(answered: int, asked: int) -> None:
    sys.stderr.write(f"\r{answered} of {plural(asked, 'question')} answered ")
    sys.stderr.flush()


def record(path: Path, observation: Observation) -> None:
    """Writes what --replay reads. Raises `CouldNotDoError`."""
    try:
        path.write_text(to_json(observation), encoding="utf-8")
    except OSError as e:
        raise CouldNotDoError(f"{path} cannot be written: {e.strerror}") from e


def recorded(path: Path) -> Observation:
    """Reads what --record writes. Raises `UsageError`."""
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise UsageError(f"{path} cannot be read: {e.strerror}") from e
    except (InvalidObservationError, UnicodeDecodeError) as e:
        raise UsageError(f"{path} is not what --record writes: {e}") from e


def domain_name(text: str, *, with_underscores: bool = False) -> str | None:
    """The domain that an argument names; None where it names a file, be it one that is not there.

    With underscores its labels may hold these, as the names of many SPF records do that others include.
    """
    if Path(text).exists() or text.endswith((".yaml", ".yml")):
        return None
    try:
        name = normalise(text)
    except InvalidName:
        return None
    return name if is_host(name.replace("_", "x") if with_underscores else name) else None
