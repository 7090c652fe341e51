"""The source text of a CloudFront Function (viewer-request, cloudfront-js-2.0) that answers for hosted files, and what such a text holds.

The text is all that there is: it is made from the files and read back to them, so that what is served is also what is known.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file that is served."""

    content_type: str = ""
    """Empty for a file in the bucket: the object has it."""
    body: bytes | None
    """None: it is in the bucket, under the key `HOST/PATH`."""


IN_BUCKET: Final = Entry(body=None)

Held: TypeAlias = Mapping[tuple[str, str], Entry]
"""Files by host name and path."""

_Kept: TypeAlias = tuple[str, Literal["text", "base64"], str]
"""Content type, encoding, and body in that encoding."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the text holds; a body that several URLs give stands there once."""

    answers: list[_Kept]
    hosts: dict[str, dict[str, Annotated[int, msgspec.Meta(ge=-1)]]]
    """Index of the answer by host name and path; -1: the bucket gives it."""


_BUCKET: Final = -1

_SOURCE: Final = """\
// Written by emailauth, form 1. Changes that are made here by hand are lost with its next change.
const held = %s;

function answer(request, code, reason, type, encoding, data) {
  const response = {
    statusCode: code,
    statusDescription: reason,
    headers: { 'content-type': { value: type }, 'cache-control': { value: 'max-age=60' } },
  };
  if (code === 405) response.headers.allow = { value: 'GET, HEAD' };
  if (request.method !== 'HEAD') response.body = { encoding: encoding, data: data };
  return response;
}

function handler(event) {
  const request = event.request;
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answer(request, 405, 'Method Not Allowed', 'text/plain', 'text', 'method not allowed\\n');
  const host = request.headers.host.value.toLowerCase();
  const paths = held.hosts[host] || {};
  const index = paths[request.uri];
  if (index === undefined) return answer(request, 404, 'Not Found', 'text/plain', 'text', 'not found\\n');
  if (index === -1) {
    request.uri = '/' + host + request.uri;
    request.querystring = {};
    return request;
  }
  const kept = held.answers[index];
  return answer(request, 200, 'OK', kept[0], kept[1], kept[2]);
}
"""
_TABLE: Final = re.compile(rb"^const held = (\{.*\});$", re.MULTILINE)
_PLAIN: Final = re.compile(rb"[\t\r\n\x20-\x7e]*")


def source(held: Held) -> bytes:
    """The text for some files: the same for the same files."""
    answers: dict[_Kept, int] = {}
    hosts: dict[str, dict[str, int]] = {}
    for (host, path), entry in sorted(held.items(), key=lambda item: item[0]):
        index = _BUCKET if entry.body is None else answers.setdefault(_kept(entry.content_type, entry.body), len(answers))
        hosts.setdefault(host, {})[path] = index
    table = {"answers": list(answers), "hosts": hosts}
    return (_SOURCE % json.dumps(table, separators=(",", ":"))).encode("ascii")


def parse(text: bytes) -> Held:
    """What a text holds. Raises `ValueError` for one that `source` did not write."""
    found = _TABLE.search(text)
    if found is None:
        raise ValueError("no table")
    try:
        table = msgspec.json.decode(found[1], type=_Table)
        entries = [Entry(content_type=kept[0], body=_body(kept)) for kept in table.answers]
        return {
            (host, path): IN_BUCKET if index == _BUCKET else entries[index]
            for host, paths in table.hosts.items()
            for path, index in paths.items()
        }
    except (msgspec.DecodeError, IndexError) as e:
        raise ValueError("a table that cannot be read") from e


def hosts_of(held: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The host names of which something is held."""
    return frozenset(host for host, _ in held)


def _kept(content_type: str, body: bytes) -> _Kept:
    """Text for a person to read where it is plain; everything else in base64, octet for octet."""
    if _PLAIN.fullmatch(body):
        return (content_type, "text", body.decode("ascii"))
    return (content_type, "base64", base64.b64encode(body).decode("ascii"))


def _body(kept: _Kept) -> bytes:
    _, encoding, data = kept
    return data.encode() if encoding == "text" else base64.b64decode(data, validate=True)
