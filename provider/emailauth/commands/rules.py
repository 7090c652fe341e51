"""List the rules, or show the pages of some.

Without an ID: every rule and check, a line each, with the strength of the clause behind it. With IDs: what each
finds, why it matters, a bad and a good example.
"""

import argparse
import difflib
import sys

from emailauth import output
from emailauth.core.errors import UsageError
from emailauth.lint.checks import CHECKS, Check
from emailauth.lint.rule import Rule
from emailauth.lint.rules import all_rules


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `rules`."""
    parser.add_argument("ids", metavar="ID", nargs="*", help="rules whose pages to show; default: list all")
    parser.add_argument("--format", choices=output.formats("rules"), default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Shows the list or the pages."""
    known: dict[str, Rule | Check] = {**all_rules(), **CHECKS}
    for rule in args.ids:
        if rule not in known:
            near = difflib.get_close_matches(rule, known, n=1)
            msg = f"there is no rule {rule!r}" + (f"; did you mean {near[0]}?" if near else "; `emailauth rules` lists them")
            raise UsageError(msg)
    shown = [known[rule] for rule in args.ids or sorted(known)]
    sys.stdout.write(output.module(args.format, "rules").rules(shown, pages=bool(args.ids)))
    return 0
