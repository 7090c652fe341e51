"""Look into SPF records.

`emailauth spf tree` shows, for each domain of a file that has an SPF record, what its terms lead to, how many
look-ups and voids that costs at worst, which terms never decide or change nothing, and how many addresses pass. It
goes by the file alone: what other domains publish is "not looked up".

exit codes: 0 shown; 2 a file that cannot be understood, or has no such domain
"""

import argparse
import sys

from emailauth import output
from emailauth.commands._shared import add_file
from emailauth.core.errors import UsageError
from emailauth.output import spf_tree
from emailauth.workflow.load import Loaded, load
from emailauth.workflow.spf_trees import outlines


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `spf`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    tree = actions.add_parser("tree", help="what a record leads to, and what it costs")
    add_file(tree)
    tree.add_argument("--domain", metavar="NAME", action="append", default=[], help="only this one; can be given several times")
    tree.add_argument("--format", choices=spf_tree.FORMATS, default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Shows the trees."""
    loaded = load(args.file)
    if not loaded.is_understood:
        sys.stderr.write(output.module("text", "findings").findings(loaded.diagnostics, {loaded.document.path: loaded.document.text}))
        raise UsageError(f"{args.file} cannot be understood: nothing is shown")
    shown = [one for one in outlines(loaded.posture) if not args.domain or one.domain in args.domain]
    _check(loaded, args.domain, {one.domain for one in shown})
    sys.stdout.write(spf_tree.json(shown) if args.format == "json" else spf_tree.text(shown))
    return 0


def _check(loaded: Loaded, wanted: list[str], shown: set[str]) -> None:
    """Raises `UsageError` where there is nothing to show."""
    missing = [name for name in wanted if name not in shown]
    if missing:
        raise UsageError(f"{loaded.document.path} has no SPF record for {', '.join(missing)}")
    if not shown:
        raise UsageError(f"no domain of {loaded.document.path} has an SPF record")
