"""The Worker's module: the only place where the files are kept, so it is read back as strictly as it is written.

```js
// emailauth 1: ...
const HELD = {"bodies": [...], "files": {"https://mta-sts.example.com/.well-known/mta-sts.txt": {"body": 0, "type": "text/plain"}}};
...what answers from it
```

The same files give the same text, octet for octet. A body that several files share stands there once.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

MARK: Final = "// emailauth"
"""What the first line of a Worker of ours begins with."""
FORMAT: Final = 1
"""Of `HELD`. What answers from it may be changed without another number."""

_HEAD: Final = f"""\
{MARK} {FORMAT}: the files that this Worker serves stand in HELD, and are read from here again.
// Change them in email-auth.yaml: what is changed here by hand, `emailauth apply` changes back.
const HELD = """
_CODE: Final = """;

const FILES = new Map(Object.entries(HELD.files));

function body({ text, base64 }) {
  return text ?? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function refused(status, text, headers) {
  return new Response(text, { status, headers: { "content-type": "text/plain", ...headers } });
}

export default {
  fetch(request) {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refused(405, "Method Not Allowed\\n", { allow: "GET, HEAD" });
    }
    const file = FILES.get(new URL(request.url).href);
    if (file === undefined) {
      return refused(404, "Not Found\\n");
    }
    const headers = { "content-type": file.type, "cache-control": "max-age=60" };
    return new Response(body(HELD.bodies[file.body]), { headers });
  },
};
"""
_MARK: Final = re.compile(re.escape(MARK) + r" (?P<format>[0-9]{1,9}):")
_HELD: Final = re.compile(r"^const HELD = (?P<held>\{\n.*?\n\});$", re.DOTALL | re.MULTILINE)
_READABLE: Final = re.compile(rb"[\t\r\n -~]*")


class ForeignScriptError(ValueError):
    """A Worker that is not ours."""


class SpoiltScriptError(ValueError):
    """A Worker of ours that cannot be read; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a URL gives."""

    body: bytes
    content_type: str


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A body in one of two forms: as text, so that people can read it, where it is plain ASCII."""

    text: str | None = None
    base64: str | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: int
    type: str


class _Held(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    bodies: tuple[_Body, ...]
    files: dict[str, _File]


def render(files: Mapping[str, Served]) -> str:
    """The module that serves these files by their URLs; ASCII only."""
    bodies = sorted({file.body for file in files.values()})
    places = {body: i for i, body in enumerate(bodies)}
    held = _Held(
        bodies=tuple(map(_packed, bodies)),
        files={url: _File(body=places[file.body], type=file.content_type) for url, file in sorted(files.items())},
    )
    return _HEAD + json.dumps(msgspec.to_builtins(held), indent=1) + _CODE


def parse(text: str) -> dict[str, Served]:
    """The files of a module. Raises `ForeignScriptError` where it has no mark, `SpoiltScriptError` where it cannot be read."""
    mark = _MARK.match(text)
    if mark is None:
        raise ForeignScriptError
    if int(mark["format"]) > FORMAT:
        raise SpoiltScriptError("a newer emailauth wrote it: update this one")
    found = _HELD.search(text)
    try:
        held = msgspec.json.decode(found["held"] if found else "", type=_Held)
        bodies = [_unpacked(body) for body in held.bodies]
        return {url: Served(body=bodies[_place(file, bodies)], content_type=file.type) for url, file in held.files.items()}
    except (msgspec.MsgspecError, binascii.Error, UnicodeEncodeError, LookupError) as e:
        raise SpoiltScriptError("what it holds cannot be understood, so somebody else changed it") from e


def _place(file: _File, bodies: list[bytes]) -> int:
    if file.body < 0:
        raise LookupError(bodies)
    return file.body


def _packed(body: bytes) -> _Body:
    if _READABLE.fullmatch(body):
        return _Body(text=body.decode("ascii"))
    return _Body(base64=base64.b64encode(body).decode("ascii"))


def _unpacked(body: _Body) -> bytes:
    match body.text, body.base64:
        case str(text), None:
            return text.encode()
        case None, str(text):
            return base64.b64decode(text, validate=True)
    raise LookupError(body)
