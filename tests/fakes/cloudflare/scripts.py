"""Workers scripts: uploaded as a form, read back as a form."""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.fakes.cloudflare.envelope import Refused
from tests.fakes.cloudflare.multipart import NotMultipart, Part, form, parts_of
from tests.fakes.cloudflare.record import time_of
from tests.fakes.service import Response

NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}")
MODULES: Final = ("application/javascript+module", "text/javascript+module")
TYPES: Final = (
    *MODULES,
    *("application/javascript", "text/javascript", "text/x-python", "text/x-python-requirement", "application/wasm"),
    *("text/plain", "application/octet-stream", "application/source-map"),
)
"""What the reference of the upload names."""
METADATA: Final = (
    *("annotations", "assets", "bindings", "body_part", "cache_options", "compatibility_date", "compatibility_flags", "exports"),
    *("keep_assets", "keep_bindings", "limits", "logpush", "main_module", "migrations", "observability", "package_dependencies"),
    *("placement", "tags", "tail_consumers", "usage_model"),
)
LARGEST: Final = 3 * 2**20
"""Octets of a Worker on the free plan, after gzip."""
MOST_BINDINGS: Final = 64
LARGEST_TEXT: Final = 5 * 2**10
"""Octets of a plain_text binding."""
_HANDLER: Final = re.compile(rb"\bexport\s+(?:default\b|\{[^}]*\bas\s+default\b)")
_BOUNDARY: Final = "------------------------b0undary0fthefake"


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file of a Worker."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Script:
    """A Worker as it was uploaded last."""

    name: str
    tag: str
    """Its id, which does not change."""
    modules: tuple[Module, ...]
    metadata: Mapping[str, Any]
    created_on: datetime
    modified_on: datetime
    subdomain_enabled: bool = False
    previews_enabled: bool = False

    @property
    def main_module(self) -> Module:
        return next(module for module in self.modules if module.name == self.metadata["main_module"])

    @property
    def text(self) -> str:
        """Of the main module."""
        return self.main_module.content.decode()

    @property
    def bindings(self) -> list[dict[str, Any]]:
        return list(self.metadata.get("bindings") or ())

    @property
    def etag(self) -> str:
        return hashlib.sha256(b"\0".join(module.content for module in self.modules)).hexdigest()

    def shown(self) -> dict[str, Any]:
        """As the list and the answer to an upload have it."""
        return {
            "id": self.name,
            "tag": self.tag,
            "etag": self.etag,
            "handlers": ["fetch"],
            "named_handlers": [],
            "modified_on": time_of(self.modified_on),
            "created_on": time_of(self.created_on),
            "usage_model": "standard",
            "has_assets": False,
            "has_modules": True,
            "last_deployed_from": "api",
            "logpush": bool(self.metadata.get("logpush")),
            "tags": self.metadata.get("tags"),
            "tail_consumers": None,
            "compatibility_date": self.metadata.get("compatibility_date"),
            "compatibility_flags": list(self.metadata.get("compatibility_flags") or ()),
        }

    def settings(self) -> dict[str, Any]:
        """What goes with the code; secrets are not told."""
        hidden = [{"name": b["name"], "type": b["type"]} if b["type"].startswith("secret") else dict(b) for b in self.bindings]
        return {
            "bindings": hidden,
            "compatibility_date": self.metadata.get("compatibility_date"),
            "compatibility_flags": list(self.metadata.get("compatibility_flags") or ()),
            "usage_model": "standard",
            "tags": list(self.metadata.get("tags") or ()),
            "tail_consumers": None,
            "logpush": bool(self.metadata.get("logpush")),
        }

    def script_settings(self) -> dict[str, Any]:
        return {"logpush": bool(self.metadata.get("logpush")), "tags": list(self.metadata.get("tags") or ()), "tail_consumers": None}

    def content(self) -> Response:
        """The files as a form, each under its name; the header says which one is run."""
        parts = [Part(name=m.name, filename=m.name, content_type=m.content_type, body=m.content) for m in self.modules]
        content_type, body = form(parts, _BOUNDARY)
        headers = {"content-type": content_type, "cf-entrypoint": self.main_module.name, "etag": f'"{self.etag}"'}
        return Response(headers=headers, body=body)


def _invalid(message: str, *, status: int = 400, code: int = 10021) -> Refused:
    return Refused(status=status, code=code, message=message)


def uploaded(content_type: str, body: bytes, today: datetime) -> tuple[dict[str, Any], tuple[Module, ...]]:
    """Metadata and files of an upload. Raises `Refused`."""
    try:
        parts = parts_of(content_type, body)
    except NotMultipart as e:
        raise _invalid("The request must be multipart/form-data with a metadata part.", status=415, code=10001) from e
    metadata = _metadata(parts)
    modules = tuple(_module(part) for part in parts if part.name != "metadata")
    _check_modules(metadata, modules)
    _check_settings(metadata, today)
    return metadata, modules


def _metadata(parts: Sequence[Part]) -> dict[str, Any]:
    found = [part for part in parts if part.name == "metadata"]
    if len(found) != 1:
        raise _invalid("could not read content for part metadata")
    try:
        metadata = json.loads(found[0].body)
    except ValueError as e:
        raise _invalid("could not unmarshal JSON content for part metadata") from e
    if not isinstance(metadata, dict):
        raise _invalid("could not unmarshal JSON content for part metadata")
    if unknown := set(metadata) - set(METADATA):
        raise _invalid(f"Unknown metadata: {', '.join(sorted(unknown))}")
    return metadata


def _module(part: Part) -> Module:
    content_type = (part.content_type or "").split(";")[0].strip()
    if content_type not in TYPES:
        raise _invalid(f"Unsupported content type {content_type!r} of part {part.name!r}.")
    return Module(name=part.filename or part.name, content_type=content_type, content=part.body)


def _check_modules(metadata: Mapping[str, Any], modules: Sequence[Module]) -> None:
    names = [module.name for module in modules]
    if len(set(names)) != len(names):
        raise _invalid("Each module needs a name of its own.")
    entry = metadata.get("main_module")
    if not entry:
        raise _invalid("The metadata must name a main_module.")
    main = next((module for module in modules if module.name == entry), None)
    if main is None:
        raise _invalid(f'Uncaught Error: No such module "{entry}".')
    if main.content_type not in MODULES:
        raise _invalid("Main module must be an ES module.")
    if not _HANDLER.search(main.content) or b"fetch" not in main.content:
        raise _invalid("The uploaded script has no registered event handlers.", code=10068)
    if len(gzip.compress(b"".join(module.content for module in modules))) > LARGEST:
        raise _invalid("Your Worker exceeded the size limit of 3 MiB. Please upgrade to a paid plan.", status=413, code=10027)


def _check_settings(metadata: Mapping[str, Any], today: datetime) -> None:
    date = metadata.get("compatibility_date")
    if date is not None and (not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(date)) or str(date) > today.strftime("%Y-%m-%d")):
        raise _invalid(f'Can\'t set compatibility date in the future: "{date}".')
    bindings = metadata.get("bindings") or ()
    if len(bindings) > MOST_BINDINGS:
        raise _invalid(f"The Worker has {len(bindings)} bindings, exceeding the limit of {MOST_BINDINGS}.", code=10055)
    for binding in bindings:
        if not {"type", "name"} <= binding.keys() or (binding["type"] == "plain_text" and "text" not in binding):
            raise _invalid("A binding has a type and a name, and a text one its text.")
        if binding["type"] == "plain_text" and len(binding["text"].encode()) > LARGEST_TEXT:
            raise _invalid(f"Text binding {binding['name']!r} exceeds the limit of {LARGEST_TEXT} bytes.", code=10054)
