"""Make DNS and the web host as the file says.

Plans, shows the plan, asks, applies it phase by phase, reads everything back, and says what was done and what was
left alone. What is live must still be what the plan was made from, else nothing is written.

exit codes: 0 everything is as the file says; 1 you said no; 2 a file with errors; 3 refused, or not (wholly) done
"""

import argparse
import sys

from emailauth import output
from emailauth.commands._shared import add_allow, add_file, load_without_errors
from emailauth.core.errors import UsageError
from emailauth.core.plan import Change, FileChange, Plan, Preparation
from emailauth.core.text import plural
from emailauth.workflow.applying import UnfinishedError, apply
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.planning import make_plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `apply`."""
    add_file(parser)
    add_allow(parser)
    parser.add_argument("--yes", action="store_true", help="apply without asking")


def run(args: argparse.Namespace) -> int:
    """Plans, asks, applies."""
    loaded = load_without_errors(args.file)
    planned = make_plan(loaded, Hosts(loaded.directory), args.allow)
    plan = planned.plan
    sys.stdout.write(output.module("text", "plan").plan(plan))
    if plan.is_empty:
        return 0
    if not plan.conflicts and not plan.dangers and not args.yes and not _agreed():
        print("nothing was changed")
        return 1
    try:
        done = apply(planned, _report, _wait)
    except UnfinishedError as e:
        _left(plan, e.done)
        raise
    print(f"done and read back: {plural(len(done), 'change')}; {_alone(plan)}")
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        msg = "nobody is there to ask: look at `emailauth plan`, then say `emailauth apply --yes`"
        raise UsageError(msg)
    return input("apply this? [y/N] ").strip().lower() in {"y", "yes"}


def _report(change: Change) -> None:
    print(f"done: {_name(change)}", flush=True)


def _wait(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _name(change: Change) -> str:
    if isinstance(change, Preparation):
        return f"{change.kind}: {change.message}"
    if isinstance(change, FileChange):
        return f"{change.kind} {change.url}"
    return f"{change.kind} {change.name} {change.type}"


def _left(plan: Plan, done: tuple[Change, ...]) -> None:
    for change in plan.changes:
        if change not in done:
            print(f"not done: {_name(change)}", flush=True)


def _alone(plan: Plan) -> str:
    kept = sum({(change.zone, change.name, change.type): len(change.kept) for change in plan.records}.values())
    others = f", {plural(kept, 'value')} of others in the same sets" if kept else ""
    return f"left alone: {plural(plan.unchanged, 'record or file that was', 'records and files that were')} right already{others}"
