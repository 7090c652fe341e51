from collections.abc import Iterator

import pytest

from tests.fakes.aws import Aws
from tests.web_hosts.cloudfront.account import Account, Front, accounts


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with accounts() as front:
        yield front


@pytest.fixture
def account(front: Front) -> Account:
    """A new account, in which DNS has what the host asks for."""
    front.aws = Aws()
    return Account(front.aws)
