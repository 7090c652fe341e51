"""A sender that honours MTA-STS delivers to a domain that emailauth set up, and to nobody who only claims to be it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.venvs import get

ROOT = Path(__file__).parents[2]


def why_not() -> str:
    """Why there can be no namespace here; empty where there can."""
    if os.geteuid() != 0:
        return "needs root, for a network namespace of its own"
    command = ["unshare", "--net", "--mount", "--propagation", "private", "ip", "link", "set", "lo", "up"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"no network namespace can be made here: {done.stderr.strip()}" if done.returncode else ""


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, str]]:
    """What the scenario says. Its folder is none of pytest's, which are closed: servers that give up their privileges read there."""
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="emailauth-delivery-") as folder:
        Path(folder).chmod(0o755)
        yield _told(folder)


def _told(folder: str) -> dict[str, str]:
    python = get("mta_sts_client", os.environ)
    namespace = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    command = [*namespace, sys.executable, "-m", "tests.end_to_end.scenario", folder, str(python)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_an_apply_leaves_nothing_to_do(told: dict[str, str]) -> None:
    assert told["apply"] == "nothing to change: 7 records and files are as the file says\n"


def test_a_message_is_delivered_over_verified_tls(told: dict[str, str]) -> None:
    assert told["good"] == "sent (250 OK)"
    assert told["tls"].startswith("Verified TLS connection established to mx1.example.com[127.0.0.2]:25: TLSv1.3 ")


def test_no_message_goes_to_a_server_with_the_certificate_of_another(told: dict[str, str]) -> None:
    assert told["certificate"] == "deferred (Server certificate not verified)"


def test_no_message_goes_to_a_server_without_tls(told: dict[str, str]) -> None:
    assert told["starttls"] == "deferred (TLS is required, but was not offered by host mx1.example.com[127.0.0.2])"
