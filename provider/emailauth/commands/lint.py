"""Say everything that is wrong with a file, or could be better.

Reads the files (email-auth.yaml in this folder if none is named) and nothing else: no network, no DNS host.
Findings are sorted by place. A comment `# emailauth: ignore[rule-id] reason` switches a finding off.

With --live it asks DNS and web servers, too: what files include and name is judged with what is published today. A DOMAIN needs no
file: what it publishes is judged by the same rules, and places are record sets (dns:_dmarc.example.com?type=TXT), values and octets.

exit codes: 0 no error and no warning; 1 findings; 2 a file that cannot be understood; 3 no findings, and not everything was answered
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emailauth import output
from emailauth.core.diagnostic import Severity
from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.names import InvalidName, is_host, normalise
from emailauth.core.observation import InvalidObservationError, Observation, Wanted, from_json, to_json
from emailauth.core.posture import Posture
from emailauth.core.text import plural, printable
from emailauth.workflow.linting import lint
from emailauth.workflow.load import FILE_NAME, Loaded, load

if TYPE_CHECKING:
    from emailauth.workflow.observing import Observed

_UNANSWERED: Final = 3
_SHOWN: Final = 20
"""Questions without an answer that are named."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `lint`."""
    parser.add_argument(
        "files", metavar="FILE", nargs="*", default=[FILE_NAME], help=f"default: {FILE_NAME}; with --live also the name of a domain"
    )
    parser.add_argument("--format", choices=output.formats("findings"), default="text", help="default: text")
    parser.add_argument("--live", action="store_true", help="ask DNS and web servers, too")
    parser.add_argument(
        "--resolver",
        metavar="ADDRESS[:PORT]",
        action="append",
        default=[],
        help="with --live: ask this resolver; can be given several times; default: those of this machine",
    )
    parser.add_argument("--record", metavar="FILE", type=Path, help="with --live: keep the answers in this file")
    parser.add_argument("--replay", metavar="FILE", type=Path, help="with --live: judge the answers in this file again, and ask nothing")


def run(args: argparse.Namespace) -> int:
    """Lints all files."""
    if args.live:
        return _run_live(args)
    for option in ("resolver", "record", "replay"):
        if getattr(args, option):
            raise UsageError(f"--{option} is of use with --live only")
    files = [load(path) for path in dict.fromkeys(map(Path, args.files))]
    found = [diagnostic for loaded in files for diagnostic in lint(loaded)]
    sources = {loaded.document.path: loaded.document.text for loaded in files}
    sys.stdout.write(output.module(args.format, "findings").findings(found, sources))
    if not all(loaded.is_understood for loaded in files):
        return 2
    return int(any(diagnostic.severity is not Severity.ADVICE for diagnostic in found))


def _run_live(args: argparse.Namespace) -> int:
    """Lints files and domains with what is observed."""
    from emailauth.workflow.published import lint_published  # noqa: PLC0415 - what is needed to ask costs time to start

    texts = list(dict.fromkeys(args.files))
    names = list(dict.fromkeys(name for text in texts if (name := _domain_name(text)) is not None))
    files = [load(Path(text)) for text in texts if _domain_name(text) is None]
    observed = _observe(args, files, names)
    if args.record is not None:
        _keep(args.record, observed.observation)
    found = [diagnostic for loaded in files for diagnostic in lint(loaded, observed.observation)]
    found += lint_published(observed.published, observed.observation)
    sources = {loaded.document.path: loaded.document.text for loaded in files}
    sources |= {text.path: text.text for one in observed.published for text in one.texts}
    sys.stdout.write(output.module(args.format, "findings").findings(found, sources))
    complete = _tell_unanswered(observed)
    if not all(loaded.is_understood for loaded in files):
        return 2
    if any(diagnostic.severity is not Severity.ADVICE for diagnostic in found):
        return 1
    return 0 if complete else _UNANSWERED


def _domain_name(text: str) -> str | None:
    """The domain that an argument names; None where it names a file, be it one that is not there."""
    if Path(text).exists() or text.endswith((".yaml", ".yml")):
        return None
    try:
        name = normalise(text)
    except InvalidName:
        return None
    return name if is_host(name) else None


def _observe(args: argparse.Namespace, files: Sequence[Loaded], names: Sequence[str]) -> "Observed":
    from emailauth.live.resolver_servers import server, system_servers  # noqa: PLC0415 - as above
    from emailauth.workflow.observing import observe, replay  # noqa: PLC0415 - as above

    posture = Posture(domains=tuple(domain for loaded in files for domain in loaded.posture.domains))
    if args.replay is not None:
        if args.record is not None or args.resolver:
            raise UsageError("--replay asks nothing: leave --record and --resolver out")
        return replay(posture, names, _kept(args.replay))
    servers = [server(text) for text in args.resolver] or system_servers()
    if not sys.stderr.isatty():
        return observe(posture, names, servers)
    try:
        return observe(posture, names, servers, told=_progress)
    finally:
        sys.stderr.write("\r\x1b[K")


def _progress(answered: int, asked: int) -> None:
    sys.stderr.write(f"\r{answered} of {plural(asked, 'question')} answered ")
    sys.stderr.flush()


def _keep(path: Path, observation: Observation) -> None:
    try:
        path.write_text(to_json(observation), encoding="utf-8")
    except OSError as e:
        raise CouldNotDoError(f"{path} cannot be written: {e.strerror}") from e


def _kept(path: Path) -> Observation:
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise UsageError(f"{path} cannot be read: {e.strerror}") from e
    except (InvalidObservationError, UnicodeDecodeError) as e:
        raise UsageError(f"{path} is not what --record writes: {e}") from e


def _tell_unanswered(observed: "Observed") -> bool:
    """Tells what is not known, on stderr; whether there is nothing to tell."""
    told = [f"not answered: {_name(question)} ({status.value})" for question, status in observed.observation.failures]
    told += [f"not recorded: {_name(wanted)}" for wanted in observed.not_recorded]
    told += [f"{name} does not exist" for name in observed.not_there]
    for line in told[:_SHOWN]:
        print(f"emailauth: {printable(line)}", file=sys.stderr)
    if len(told) > _SHOWN:
        print(f"emailauth: and {len(told) - _SHOWN} more", file=sys.stderr)
    if told:
        print("emailauth: what hangs on that was not judged", file=sys.stderr)
    return not told


def _name(wanted: Wanted) -> str:
    return wanted if isinstance(wanted, str) else f"{wanted.type} of {wanted.name}"
