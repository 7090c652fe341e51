"""Starting is quick because nothing heavy is imported before it is used."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from emailauth.cli import main
try:
    status = main(["--version"])
except SystemExit as e:
    status = e.code
assert not status, status
print(*sys.modules, sep="\\n", file=sys.stderr)
"""

HEAVY = ["boto3", "cloudflare", "cryptography", "dns.resolver", "grpc", "jsonschema", "pulumi", "rich"]


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The names of all modules that `emailauth --version` has imported."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines())


@pytest.mark.parametrize("module", HEAVY)
def test_the_version_is_told_without(module: str, imported: set[str]) -> None:
    assert module not in imported
    assert "emailauth.cli" in imported
