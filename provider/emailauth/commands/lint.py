"""Say everything that is wrong with a file, or could be better.

Reads the files (email-auth.yaml in this folder if none is named) and nothing else: no network, no DNS host.
Findings are sorted by place. A comment `# emailauth: ignore[rule-id] reason` switches a finding off. What is no more than advice is told
with --advice only, and never changes the exit code.

With --live it asks DNS and web servers, too: what files include and name is judged with what is published today. A DOMAIN needs no
file: what it publishes is judged by the same rules, and places are record sets (dns:_dmarc.example.com?type=TXT), values and octets.

With --fix it first applies the fixes that are certain, in place; comments, order and formatting of everything else stay as they are. Advice
is acted upon with --advice only. A fix that would change who may send is not applied, but told. Domains cannot be fixed, their files can.
With --fix --diff nothing is written: the changes are printed, and the exit code is that of lint without --fix.

exit codes: 0 no error and no warning; 1 findings; 2 a file that cannot be understood; 3 no findings, and not everything was answered
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emailauth import output
from emailauth.commands._live import add_live, check_live, domain_name, progress, record, recorded, servers, tell_unanswered
from emailauth.core.diagnostic import Diagnostic
from emailauth.core.errors import UsageError
from emailauth.core.observation import Observation
from emailauth.core.posture import Posture
from emailauth.core.report import Fixed, Judged, without_advice
from emailauth.core.text import plural
from emailauth.workflow.linting import lint
from emailauth.workflow.load import FILE_NAME, Loaded, load

if TYPE_CHECKING:
    from emailauth.workflow.observing import Observed

_UNANSWERED: Final = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `lint`."""
    parser.add_argument(
        "files", metavar="FILE", nargs="*", default=[FILE_NAME], help=f"default: {FILE_NAME}; with --live also the name of a domain"
    )
    parser.add_argument(
        "--advice", action="store_true", help="tell advice, too: what the standards allow and what is yet better done otherwise"
    )
    parser.add_argument("--format", choices=output.formats("findings"), default="text", help="default: text")
    parser.add_argument("--fix", action="store_true", help="apply the fixes that are certain, in place")
    parser.add_argument("--diff", action="store_true", help="with --fix: print what would change, and write nothing")
    add_live(parser, what="ask DNS and web servers, too")


def run(args: argparse.Namespace) -> int:
    """Lints all files."""
    if args.diff and not args.fix:
        raise UsageError("--diff is of use with --fix only")
    check_live(args, is_asking=args.live)
    if args.live:
        return _run_live(args)
    files = [load(path) for path in dict.fromkeys(map(Path, args.files))]
    if args.diff:
        return _diff(args, files)
    files, fixes = _fixed(args, files)
    found = [diagnostic for loaded in files for diagnostic in lint(loaded)]
    return _tell(args, found, _sources(files), files, fixes=fixes)


def _run_live(args: argparse.Namespace) -> int:
    """Lints files and domains with what is observed."""
    from emailauth.workflow.published import lint_published  # noqa: PLC0415 - what is needed to ask costs time to start

    texts = list(dict.fromkeys(args.files))
    names = list(dict.fromkeys(name for text in texts if (name := domain_name(text)) is not None))
    files = [load(Path(text)) for text in texts if domain_name(text) is None]
    if args.diff:
        raise UsageError("--diff shows fixes, which come from the file alone: leave --live out")
    if args.fix and not files:
        raise UsageError(f"a domain cannot be fixed, only its file can: name the file that describes {', '.join(names)}")
    files, fixes = _fixed(args, files)
    observed = _observe(args, files, names)
    if args.record is not None:
        record(args.record, observed.observation)
    found = [diagnostic for loaded in files for diagnostic in lint(loaded, observed.observation)]
    found += lint_published(observed.published, observed.observation)
    sources = _sources(files) | {text.path: text.text for one in observed.published for text in one.texts}
    domains = [name for name in names if _is_judged(name, observed.observation)]
    code = _tell(args, found, sources, files, domains=domains, fixes=fixes)
    complete = tell_unanswered(
        observed.observation.failures, observed.not_recorded, (f"{name} does not exist" for name in observed.not_there)
    )
    if not complete:
        print("emailauth: what depends on that was not judged", file=sys.stderr)
    if silent := observed.observation.silent_servers:
        print(
            f"emailauth: {plural(len(silent), 'authoritative server')} did not answer from here, which changes nothing else",
            file=sys.stderr,
        )
    return code or (0 if complete else _UNANSWERED)


def _fixed(args: argparse.Namespace, files: Sequence[Loaded]) -> tuple[list[Loaded], list[Fixed]]:
    """The files with their fixes applied and written, if that is asked for; and the fixes."""
    if not args.fix:
        return list(files), []
    from emailauth.workflow.fixing import fix_file, write  # noqa: PLC0415 - most runs need none of it

    done = [fix_file(loaded, advice=args.advice) for loaded in files]
    for one in done:
        if one.fixed:
            write(one, Path(one.before.document.path))
    return [one.after for one in done], [fix for one in done for fix in (*one.fixed, *one.not_fixed)]


def _diff(args: argparse.Namespace, files: Sequence[Loaded]) -> int:
    """Prints what fixes would change; the exit code is that of what is there now."""
    from emailauth.workflow.fixing import diff, fix_file  # noqa: PLC0415 - as above

    if args.format != "text":
        raise UsageError("--diff prints a diff: leave --format out")
    found = [diagnostic for loaded in files for diagnostic in lint(loaded)]
    secret = next((diagnostic.path for diagnostic in found if diagnostic.secret), None)
    if secret is not None:
        raise UsageError(f"{secret} holds a secret, which a diff could show: take it out first")
    for loaded in files:
        done = fix_file(loaded, advice=args.advice)
        sys.stdout.write(diff(done))
        for one in done.not_fixed:
            print(f"emailauth: {output.module('text', 'findings').fix(one)}", file=sys.stderr)
    return _code(found, files)


def _sources(files: Sequence[Loaded]) -> dict[str, str]:
    return {loaded.document.path: loaded.document.text for loaded in files}


def _is_judged(name: str, observation: Observation) -> bool:
    """Whether anything is known of the domain."""
    from emailauth.workflow.published import questions  # noqa: PLC0415 - as above

    answers = [observation.answers.get(question) for question in questions(name)]
    return any(answer is not None and not answer.failed for answer in answers)


def _tell(
    args: argparse.Namespace,
    found: Sequence[Diagnostic],
    sources: Mapping[str, str],
    files: Sequence[Loaded],
    *,
    domains: Sequence[str] = (),
    fixes: Sequence[Fixed] = (),
) -> int:
    """Prints what was found; the exit code that follows from it."""
    told = found if args.advice else without_advice(found)
    left_out = len(found) - len(told)
    judged = Judged(files=tuple(_sources(files)), domains=tuple(domains), advice_left_out=left_out, fixes=tuple(fixes))
    sys.stdout.write(output.module(args.format, "findings").findings(told, sources, judged))
    return _code(found, files)


def _code(found: Sequence[Diagnostic], files: Sequence[Loaded]) -> int:
    if not all(loaded.is_understood for loaded in files):
        return 2
    return int(bool(without_advice(found)))


def _observe(args: argparse.Namespace, files: Sequence[Loaded], names: Sequence[str]) -> "Observed":
    from emailauth.workflow.observing import observe, replay  # noqa: PLC0415 - as above

    posture = Posture(domains=tuple(domain for loaded in files for domain in loaded.posture.domains))
    if args.replay is not None:
        return replay(posture, names, recorded(args.replay))
    with progress() as told:
        return observe(posture, names, servers(args.resolver), told=told)
