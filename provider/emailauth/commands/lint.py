"""Say everything that is wrong with a file, or could be better.

Reads the files (email-auth.yaml in this folder if none is named) and nothing else: no network, no DNS host.
Findings are sorted by place. A comment `# emailauth: ignore[rule-id] reason` switches a finding off.

exit codes: 0 no error and no warning; 1 findings; 2 a file that cannot be understood
"""

import argparse
import sys
from pathlib import Path

from emailauth import output
from emailauth.core.diagnostic import Severity
from emailauth.workflow.linting import lint
from emailauth.workflow.load import FILE_NAME, load


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `lint`."""
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, default=[Path(FILE_NAME)], help=f"default: {FILE_NAME}")
    parser.add_argument("--format", choices=output.formats("findings"), default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Lints all files."""
    files = [load(path) for path in dict.fromkeys(args.files)]
    found = [diagnostic for loaded in files for diagnostic in lint(loaded)]
    sources = {loaded.document.path: loaded.document.text for loaded in files}
    sys.stdout.write(output.module(args.format, "findings").findings(found, sources))
    if not all(loaded.is_understood for loaded in files):
        return 2
    return int(any(diagnostic.severity is not Severity.ADVICE for diagnostic in found))
