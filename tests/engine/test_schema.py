"""The schema that the provider gives is the one that is committed, and the engine finds nothing wrong with it."""

import json

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.programs import posture
from tests.engine.stack import PROVIDER, ROOT

pytestmark = pytest.mark.engine


def test_the_provider_gives_the_committed_schema_and_it_is_clean(make_stack: MakeStack) -> None:
    stack = make_stack("schema", posture())
    committed = ROOT / "schemas" / "pulumi.schema.json"
    given = stack.run("package", "get-schema", str(PROVIDER / "pulumi-resource-emailauth")).text
    assert json.loads(given) == json.loads(committed.read_text())
    assert stack.run("schema", "check", str(committed)).text == ""
