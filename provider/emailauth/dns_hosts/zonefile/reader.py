"""What a zone's master file says, and where it says it (RFC 1035 section 5, RFC 2308 section 4)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import dns.exception
import dns.grange
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.ttl
import dns.zone

from emailauth.core.errors import UsageError
from emailauth.core.names import normalise
from emailauth.core.record import Key
from emailauth.dns_hosts.zonefile.tokens import BadSyntaxError, Entry, Token, split

_CLASS_IN = re.compile(r"(?:IN|CLASS1)\Z", re.IGNORECASE)
_DEEPEST_INCLUDE = 20
_MOST_INCLUDES = 1000
"""Of all files together: 20 files that include each other twice would be a million."""
_MOST_GENERATED = 100_000
"""Records that all the $GENERATE of a zone make: the reverse zone of an IPv4 /16 has 65,536."""


@dataclass(slots=True)
class Context:
    """What a line takes over from the lines before it."""

    origin: dns.name.Name
    owner: dns.name.Name | None = None
    """Of the last record; None before the first."""
    default_ttl: int | None = None
    """Of `$TTL`, in seconds."""
    last_ttl: int | None = None
    """The last that a record stated: what holds where there is no `$TTL` (RFC 1035 section 5.1)."""
    sure: bool = False
    """Every name server sees this `default_ttl` here. False behind an `$INCLUDE`: a `$TTL` in the file that is included
    goes on to hold in BIND and ends with that file in Knot and here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One record and where it stands."""

    owner: dns.name.Name
    ttl: int
    rdata: dns.rdata.Rdata
    place: str
    """Path and line, for a person."""
    context: Context
    """As it is behind the record."""
    entry: Entry
    editable: bool = False
    """It stands in the zone's own file and in words, not in an `$INCLUDE` or a `$GENERATE`."""
    fields: tuple[Token, ...] = ()
    """Owner name, TTL and class as far as stated, and the type."""
    ttl_token: Token | None = None
    inherits_ttl: bool = False
    """The TTL is that of the record before it."""
    rdata_tokens: tuple[Token, ...] = ()
    key: Key = field(init=False)
    """Owner name and type, as `core.record` writes them."""

    def __post_init__(self) -> None:
        """Sets `key`, which is asked for often."""
        object.__setattr__(self, "key", (normalise(self.owner.to_text()), dns.rdatatype.to_text(self.rdata.rdtype)))


@dataclass(slots=True)
class ZoneText:
    """A zone's master file as read."""

    zone: dns.name.Name
    path: Path
    data: bytes
    end: Context
    """As it is behind the last line."""
    records: list[Placed] = field(default_factory=list)
    """In their order in the file, with those that it includes and those out of the zone, which name servers ignore."""
    included: list[bytes] = field(default_factory=list)
    """What stands in the files that it includes."""
    generated: int = 0
    """How many records were made by `$GENERATE`."""
    sets: dict[Key, list[Placed]] = field(default_factory=dict)
    """The records of the zone by owner name and type."""


def read_zone(zone: str, path: Path, data: bytes) -> ZoneText:
    """Reads a master file's octets. Raises `UsageError` with path, line and reason where they are none, or no zone."""
    origin = dns.name.from_text(zone)
    text = ZoneText(origin, path, data, Context(origin))
    _read_lines(text, path, data, text.end, 0)
    for record in text.records:
        if record.owner.is_subdomain(origin):
            text.sets.setdefault(record.key, []).append(record)
    soas = {record.rdata for record in text.sets.get((zone, "SOA"), [])}
    if len(soas) != 1:
        raise UsageError(f"{path}: the zone {zone} must have one SOA record at {zone}, and here are {len(soas)}")
    return text


def _read_lines(text: ZoneText, path: Path, data: bytes, context: Context, depth: int) -> None:
    """Reads a file, the zone's own (`depth` 0) or an included one, into `text`; leaves `context` as it is at the end."""
    line = 1
    try:
        for entry in split(data):
            line = entry.line
            word = entry.tokens[0].text
            if word.startswith("$") and not entry.blank_owner:
                _directive(word)(text, path, entry, context, depth)
            else:
                text.records.append(_record(path, entry, context, editable=depth == 0))
    except BadSyntaxError as e:
        raise UsageError(f"{path}:{e.line}: {e}") from e
    except (dns.exception.DNSException, ValueError) as e:
        raise UsageError(f"{path}:{line}: {e}") from e


def _directive(word: str) -> Callable[[ZoneText, Path, Entry, Context, int], None]:
    known = {"$ORIGIN": _origin, "$TTL": _ttl, "$INCLUDE": _include, "$GENERATE": _generate}
    if word.upper() not in known:
        raise ValueError(f"{word} is no directive known here; known are {', '.join(known)}")
    return known[word.upper()]


def _origin(_text: ZoneText, _path: Path, entry: Entry, context: Context, _depth: int) -> None:
    (name,) = _arguments(entry, 1, 1)
    context.origin = dns.name.from_text(name, context.origin)


def _ttl(_text: ZoneText, _path: Path, entry: Entry, context: Context, _depth: int) -> None:
    (ttl,) = _arguments(entry, 1, 1)
    context.default_ttl, context.sure = dns.ttl.from_text(ttl), True


def _include(text: ZoneText, path: Path, entry: Entry, context: Context, depth: int) -> None:
    """RFC 1035 section 5.1: the origin of the including file is not changed by what the included file does."""
    name, *origin = _arguments(entry, 1, 2)
    if depth == _DEEPEST_INCLUDE:
        raise ValueError(f"$INCLUDE goes deeper than {_DEEPEST_INCLUDE} files; does a file include itself?")
    if len(text.included) == _MOST_INCLUDES:
        raise ValueError(f"there are more than {_MOST_INCLUDES} $INCLUDE")
    included = path.parent / name
    try:
        data = included.read_bytes()
    except OSError as e:
        raise ValueError(f"cannot read the file of $INCLUDE (its path is taken relative to this file): {e}") from e
    text.included.append(data)
    inner = replace(context, origin=dns.name.from_text(origin[0], context.origin) if origin else context.origin)
    _read_lines(text, included, data, inner, depth + 1)
    context.sure = False


def _generate(text: ZoneText, path: Path, entry: Entry, context: Context, _depth: int) -> None:
    """Is expanded, by dnspython: its records decide what a name holds, so that not to know them would be a danger."""
    numbers, *_ = _arguments(entry, 4, 6)
    text.generated += _count(numbers)
    if text.generated > _MOST_GENERATED:
        raise ValueError(f"$GENERATE makes more than {_MOST_GENERATED:,} records")
    ttl = context.last_ttl if context.default_ttl is None else context.default_ttl
    lines = [] if ttl is None else [f"$TTL {ttl}"]
    lines += [f"$ORIGIN {context.origin}", " ".join(token.text for token in entry.tokens), ""]
    made = dns.zone.from_text("\n".join(lines), text.zone, relativize=False, check_origin=False)
    text.records += [
        Placed(owner=owner, ttl=ttl, rdata=rdata, place=f"{path}:{entry.line} ($GENERATE)", context=replace(context), entry=entry)
        for owner, ttl, rdata in made.iterate_rdatas()
    ]


def _count(numbers: str) -> int:
    """Of "1-10/3", which dnspython reads and asserts to be sound."""
    try:
        first, last, step = dns.grange.from_text(numbers)
    except AssertionError as e:
        raise ValueError(f"{numbers} is no range of numbers: the step is 1 at least") from e
    return (last - first) // step + 1


def _arguments(entry: Entry, least: int, most: int) -> list[str]:
    directive, *arguments = [token.text.strip('"') for token in entry.tokens]
    if not least <= len(arguments) <= most:
        raise ValueError(f"{directive} takes {least} argument(s), at most {most}, and here are {len(arguments)}")
    return arguments


def _record(path: Path, entry: Entry, context: Context, *, editable: bool) -> Placed:
    """Reads a record, and its owner name and TTL into the context."""
    fields, rdata_tokens = _fields(entry)
    if not entry.blank_owner:
        context.owner = dns.name.from_text(fields[0].text, context.origin)
    if context.owner is None:
        raise ValueError("this line has no owner name, and there is no record before it to take it from")
    rdtype = dns.rdatatype.from_text(fields[-1].text)
    rdata = _rdata(rdtype, " ".join(token.text for token in rdata_tokens), context.origin)
    ttl_token = next((token for token in fields[_owner_fields(entry) : -1] if _is_ttl(token)), None)
    ttl = _ttl_of(ttl_token, rdata, context)
    return Placed(
        owner=context.owner,
        ttl=ttl,
        rdata=rdata,
        place=f"{path}:{entry.line}" if editable else f"{path}:{entry.line} ($INCLUDE)",
        context=replace(context),
        entry=entry,
        editable=editable,
        fields=fields,
        ttl_token=ttl_token,
        inherits_ttl=ttl_token is None and context.default_ttl is None,
        rdata_tokens=rdata_tokens,
    )


def _fields(entry: Entry) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """Parts a record at its type: `[owner] [TTL] [class] type` or `[owner] [class] [TTL] type`, and the rdata."""
    i = _owner_fields(entry)
    missing = [_is_ttl, _is_class]
    while i < len(entry.tokens) and (kind := next((kind for kind in missing if kind(entry.tokens[i])), None)):
        missing.remove(kind)
        i += 1
    fields = entry.tokens[: i + 1]
    if len(fields) <= i or any(token.quoted for token in fields):
        raise ValueError("owner name, TTL, class and type are expected here, the first three as needed, without quotes")
    return fields, entry.tokens[i + 1 :]


def _owner_fields(entry: Entry) -> int:
    return 0 if entry.blank_owner else 1


def _is_class(token: Token) -> bool:
    return _CLASS_IN.match(token.text) is not None


def _is_ttl(token: Token) -> bool:
    try:
        dns.ttl.from_text(token.text)
    except dns.ttl.BadTTL:
        return False
    return True


@lru_cache(maxsize=4096)
def _rdata(rdtype: dns.rdatatype.RdataType, text: str, origin: dns.name.Name) -> dns.rdata.Rdata:
    """Kept, for it takes most of the time of reading, and zone files say the same again and again."""
    return dns.rdata.from_text(dns.rdataclass.IN, rdtype, text, origin, relativize=False)


def _ttl_of(token: Token | None, rdata: dns.rdata.Rdata, context: Context) -> int:
    """The TTL of a record in seconds; one that is stated is kept in the context for the records that follow."""
    if token is not None:
        context.last_ttl = dns.ttl.from_text(token.text)
        return context.last_ttl
    if context.default_ttl is None and context.last_ttl is None and isinstance(rdata, dns.rdtypes.ANY.SOA.SOA):
        # Older than $TTL, and what BIND still does: the SOA's last field is the default.
        context.default_ttl = rdata.minimum
    ttl = context.last_ttl if context.default_ttl is None else context.default_ttl
    if ttl is None:
        raise ValueError("this record has no TTL, and neither $TTL nor a record before it tells one")
    return ttl
