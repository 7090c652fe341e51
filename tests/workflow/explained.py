"""Messages, files and answers written down briefly, and what is explained of them."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from emailauth.core.explanation import Explanation
from emailauth.core.question import Answer, Status
from emailauth.workflow.explaining import Message, explain
from emailauth.workflow.following import Known
from emailauth.workflow.load import Loaded, load_bytes

ED25519 = "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""The key of RFC 8463 appendix A.2."""


def loaded(domains: str) -> Loaded:
    """From the part of a file below `domains:`."""
    return load_bytes(f"version: 1\ndomains:\n{domains}".encode(), "mail.yaml", Path())


def dns(records: Mapping[str, str]) -> Known:
    """By "NAME TYPE": values with " | " between, or a status in capitals; nothing else is known."""
    statuses = {status.name: Answer(status=status) for status in Status}
    known = {key: statuses.get(text) or Answer(values=tuple(text.split(" | "))) for key, text in records.items()}
    return Known(lookup=lambda question: known.get(f"{question.name} {question.type}"), unknown="not looked up")


def message(
    author: str = "joe@example.com",
    *,
    ip: str | None = "192.0.2.1",
    mail_from: str | None = None,
    helo: str | None = None,
    dkim: str = "",
) -> Message:
    """`mail_from`: "<>" for an empty one; `dkim`: DOMAIN/SELECTOR with blanks between."""
    local_part, _, domain = author.rpartition("@")
    signatures = tuple((one.partition("/")[0], one.partition("/")[2]) for one in dkim.split())
    is_null = mail_from == "<>"
    return Message(
        local_part=local_part,
        author=domain,
        mail_from=helo if is_null else mail_from,
        is_null=is_null,
        helo=helo,
        ip=ip_address(ip) if ip else None,
        signatures=signatures,
    )


def explained(domains: str, given: Message, records: Mapping[str, str] | None = None) -> Explanation:
    return explain(given, loaded(domains) if domains else None, dns(records or {}))
