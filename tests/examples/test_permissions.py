"""The permissions that the examples write out are enough for the whole life of a domain."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emailauth.workflow.applying import apply
from emailauth.workflow.hosts import Hosts
from emailauth.workflow.load import load
from emailauth.workflow.planning import make_plan
from tests.examples.places import at_cloudflare, bind9_caddy, route53_cloudfront

EXAMPLES = Path(__file__).parents[2] / "examples"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACTIONS = {
    "CreateDistributionWithTags": ("CreateDistribution", "TagResource"),
    "RequestCertificate": ("RequestCertificate", "AddTagsToCertificate"),
}
"""IAM's actions where an operation needs others than the one of its name."""
FREE = {"GetCallerIdentity"}
"""Operations that need no permission."""


def copied(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """An example, in which we are, and a scratch folder."""
    shutil.copytree(EXAMPLES / name, folder / "example")
    (folder / "scratch").mkdir()
    monkeypatch.chdir(folder / "example")
    return folder / "example", folder / "scratch"


def whole_life() -> None:
    """A domain comes, its policy changes, and its policy goes."""
    file = Path("email-auth.yaml")
    written = file.read_text()
    policy = re.search(r"mta_sts: \{mode: (testing|enforce), from_mx: true, max_age: 604800\}", written)
    assert policy
    other = policy[0].replace(policy[1], "enforce" if policy[1] == "testing" else "testing")
    states = [(written, 0), (written.replace(policy[0], other), 1), (written.replace(policy[0], "mta_sts: absent"), 2)]
    for text, days in [*states, (states[-1][0], 20)]:
        file.write_text(text)
        loaded = load(file)
        apply(make_plan(loaded, Hosts(loaded.directory), now=NOON + timedelta(days=days)), lambda _: None)
        assert make_plan(loaded, Hosts(loaded.directory), now=NOON + timedelta(days=days)).plan.is_empty


def test_the_iam_policy_allows_every_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with route53_cloudfront(*copied("route53-cloudfront", tmp_path, monkeypatch), monkeypatch) as services:
        whole_life()
        used = {operation for service in services for operation, _ in service.calls} - FREE
    statements = json.loads((EXAMPLES / "route53-cloudfront" / "iam-policy.json").read_text())["Statement"]
    said = [action for one in statements for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])]
    allowed = {action.partition(":")[2] for action in said}
    assert {action for operation in used for action in ACTIONS.get(operation, (operation,))} <= allowed
    assert {"ChangeResourceRecordSets", "RequestCertificate", "PublishFunction", "DeleteDistribution"} <= used, "the whole life was led"
    assert sorted(said) == sorted(set(said)), "each permission stands there once"


def test_the_permissions_of_the_token_are_enough_and_none_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (EXAMPLES / "cloudflare" / "email-auth.yaml").read_text()
    named = re.findall(r"^#   (?:Zone|Account) / (.+?) / (Read|Edit)\b", text, re.MULTILINE)
    assert named == [("Zone", "Read"), ("DNS", "Edit"), ("Workers Scripts", "Edit")]
    shown = {"Read": ("Read",), "Edit": ("Read", "Write")}
    with at_cloudflare(*copied("cloudflare", tmp_path, monkeypatch), monkeypatch) as service:
        service.permissions = {f"{group} {kind}" for group, level in named for kind in shown[level]}
        whole_life()


def test_the_update_policy_of_bind_allows_every_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bind9_caddy(*copied("bind9-caddy", tmp_path, monkeypatch), monkeypatch):
        whole_life()
