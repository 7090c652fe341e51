"""Print the JSON Schema of email-auth.yaml.

Editors use it to complete and check the file while it is written; it is the same as schemas/email-auth.schema.json.
"""

import argparse
import json
import sys

from emailauth.workflow.schemas import file_schema


def configure(parser: argparse.ArgumentParser) -> None:
    """`schema` takes no arguments."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Prints the schema."""
    del args
    sys.stdout.write(json.dumps(file_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
