"""The security token service at the same address: AssumeRole and GetCallerIdentity (query protocol)."""

from collections.abc import Mapping
from typing import Final

from tests.fakes.route53.refusal import Refused
from tests.fakes.route53.xml import Element

NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"
ACCOUNT: Final = "111122223333"
"""The account of AWS's own documentation."""
USER: Final = f"arn:aws:iam::{ACCOUNT}:user/example"


def answer(operation: str, parameters: Mapping[str, str], tokens: dict[str, str], caller: str) -> Element:
    """Adds the key that it issues to `tokens`: session tokens by access key id. Raises `Refused`."""
    arn = USER
    if caller in tokens:
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/example/{caller}"
    result: tuple[Element, ...] = (("UserId", caller), ("Account", ACCOUNT), ("Arn", arn))
    if operation == "AssumeRole":
        result = _assumed(parameters, tokens)
    metadata: Element = ("ResponseMetadata", (("RequestId", "00000000-0000-0000-0000-000000000000"),))
    return f"{operation}Response", ((f"{operation}Result", result), metadata)


def _assumed(parameters: Mapping[str, str], tokens: dict[str, str]) -> tuple[Element, ...]:
    role, session = parameters.get("RoleArn", ""), parameters.get("RoleSessionName", "")
    if not role.startswith("arn:aws:iam::") or ":role/" not in role:
        raise Refused("ValidationError", f"{role} is invalid")
    key, token = f"ASIAEXAMPLE{len(tokens) + 1:09}", f"session-token-{len(tokens) + 1}"
    tokens[key] = token
    credentials: tuple[Element, ...] = (
        ("AccessKeyId", key),
        ("SecretAccessKey", f"secret-of-{key}"),
        ("SessionToken", token),
        ("Expiration", "2099-01-01T00:00:00Z"),
    )
    assumed = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    user: Element = ("AssumedRoleUser", (("AssumedRoleId", f"AROAEXAMPLE:{session}"), ("Arn", f"{assumed}/{session}")))
    return ("Credentials", credentials), user
