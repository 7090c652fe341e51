"""Show what would change in DNS and at the web host, and change nothing.

Lints the file first; errors stop here. Then reads the hosts and shows, per domain and record, the text before and
after, what is in the way, and what is dangerous.

exit codes: 0 planned; 1 there are changes and --exit-code was given; 2 a file with errors; 3 something is in the way, or a host does not answer
"""

import argparse
import sys

from emailauth import output
from emailauth.commands._shared import add_allow, add_file, load_without_errors
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.planning import make_plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `plan`."""
    add_file(parser)
    add_allow(parser)
    parser.add_argument("--format", choices=output.formats("plan"), default="text", help="default: text")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 when something would change")


def run(args: argparse.Namespace) -> int:
    """Plans and shows."""
    loaded = load_without_errors(args.file)
    plan = make_plan(loaded, Hosts(loaded.directory), args.allow).plan
    sys.stdout.write(output.module(args.format, "plan").plan(plan))
    if plan.conflicts:
        return 3
    return int(args.exit_code and not plan.is_empty)
