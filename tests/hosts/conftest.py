"""Processes, and what they trust."""

from collections.abc import Iterator

import pytest

from tests.hosts.forks import Forks, forks
from tests.live.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """What issues the certificates of all hosts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def program(authority: Authority) -> Iterator[Forks]:
    """The command line, which starts fast."""
    with forks(authority.ca_file) as started:
        yield started
