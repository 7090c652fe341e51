"""The ways in which a program says, or does not say, where our provider is."""

import os

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.programs import POSTURE, posture, program
from tests.engine.stack import PROVIDER, Stack

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def stack(make_shared_stack: MakeStack) -> Stack:
    """A stack of which only previews are made."""
    return make_shared_stack("found", posture())


@pytest.mark.parametrize(
    "found", [f"plugins: {{providers: [{{name: emailauth, path: {PROVIDER}}}]}}", f"packages: {{emailauth: {PROVIDER}}}"]
)
def test_the_provider_is_found_in_the_folder_that_the_program_names(stack: Stack, found: str) -> None:
    stack.write("Pulumi.yaml", program(POSTURE, found=found))
    assert stack.preview().changes == {"create": 8}


def test_the_provider_is_found_on_the_path(stack: Stack) -> None:
    stack.write("Pulumi.yaml", program(POSTURE, found=""))
    stack.environ["PATH"] = f"{PROVIDER}{os.pathsep}{stack.environ['PATH']}"
    del stack.environ["PULUMI_IGNORE_AMBIENT_PLUGINS"]
    assert stack.preview().changes == {"create": 8}
