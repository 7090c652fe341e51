"""Starting is quick because nothing heavy is imported before it is used."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from emailauth.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as e:
    status = e.code
assert not status, status
print(*sys.modules, sep="\\n", file=sys.stderr)
"""

HEAVY = ["boto3", "cloudflare", "cryptography", "dns.resolver", "grpc", "jsonschema", "pulumi", "rich"]


@pytest.fixture(scope="module", params=["--version", "--help"])
def imported(request: pytest.FixtureRequest) -> set[str]:
    """The names of all modules that are imported to tell the version, or the list of commands."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, request.param], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines())


@pytest.mark.parametrize("module", [*HEAVY, "emailauth.workflow", "yaml"])
def test_neither_is_told_with(module: str, imported: set[str]) -> None:
    assert module not in imported
    assert "emailauth.cli" in imported
