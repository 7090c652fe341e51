"""One DNS record as the API keeps it and answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tests.fakes.cloudflare import texts

PROXIABLE: Final = ("A", "AAAA", "CNAME")
TARGETS: Final = ("CNAME", "MX", "NS", "PTR")
"""Whose content is a name, kept without the dot at its end."""
PREFERRED: Final = ("MX", "SRV")
"""Whose first number stands beside the content and not in it."""


def time_of(moment: datetime) -> str:
    """As answers have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True, kw_only=True)
class CloudflareRecord:
    """One value at one name."""

    id: str
    name: str
    type: str
    content: str
    """As GET answers it."""
    ttl: int = 1
    proxied: bool = False
    priority: int | None = None
    data: Mapping[str, Any] | None = None
    comment: str | None = None
    tags: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    created_on: datetime
    modified_on: datetime
    worker: str | None = None
    """Of the record of a Workers custom domain, which nobody can write: the id of the Worker."""

    @property
    def value(self) -> object:
        """What makes two records of a name and type identical."""
        return texts.joined(self.content) if self.type == "TXT" else (self.priority, self.content.lower())

    @property
    def in_zone_file(self) -> str:
        """The value as a zone file has it."""
        if self.type == "TXT":
            return texts.quoted(self.content)
        if self.type not in {*TARGETS, *PREFERRED}:
            return self.content
        content = self.content.removesuffix(".") + "."
        return f"{self.priority} {content}" if self.type in PREFERRED else content

    def shown(self, content: str | None = None) -> dict[str, Any]:
        """As the API answers it; with another content where that is answered as it was sent."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "content": self.content if content is None else content,
            "proxiable": self.type in PROXIABLE and self.worker is None,
            "proxied": self.proxied,
            "ttl": self.ttl,
            "settings": dict(self.settings),
            "meta": {} if self.worker is None else {"origin_worker_id": self.worker, "read_only": True},
            "comment": self.comment,
            "tags": list(self.tags),
            "created_on": time_of(self.created_on),
            "modified_on": time_of(self.modified_on),
        }
        if self.priority is not None:
            shown["priority"] = self.priority
        if self.data is not None:
            shown["data"] = dict(self.data)
        if self.comment:
            shown["comment_modified_on"] = time_of(self.modified_on)
        if self.tags:
            shown["tags_modified_on"] = time_of(self.modified_on)
        return shown
