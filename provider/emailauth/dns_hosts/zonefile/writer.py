"""The octets of a zone file with some records edited, and every other octet as it was.

Three things hold a record to the line before it: a blank owner name, a TTL that is taken over where there is
no `$TTL`, and the end of the file where the last line has no line end. Where an edit would change what a
line takes over, that line is given its owner name or TTL in words; these are the only lines touched that are
not of a changed set, but for the serial.
"""

import re
from collections.abc import Sequence

import dns.name
import dns.rdatatype

from emailauth.dns_hosts.zonefile.changes import Edits, New
from emailauth.dns_hosts.zonefile.reader import Context, Placed, ZoneText
from emailauth.dns_hosts.zonefile.tokens import Token
from emailauth.dns_hosts.zonefile.values import to_tokens

_SERIAL = 2
"""Which field of the SOA's rdata it is (RFC 1035 section 3.3.13)."""
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_BLANK = b" \t"
_Splice = tuple[int, int, bytes]
"""Where octets go (offsets into the file, equal for an insertion) and what comes there."""


def rewrite(text: ZoneText, edits: Edits, serial: int) -> bytes:
    """The file with the edits made and the serial raised."""
    return _Writer(text, edits, serial).write()


class _Writer:
    """Goes through the file once, knowing what the next line would take over in the file that it writes."""

    def __init__(self, text: ZoneText, edits: Edits, serial: int) -> None:
        self.text, self.data, self.edits, self.serial = text, text.data, edits, serial
        self.owner: dns.name.Name | None = None
        self.last_ttl: int | None = None
        self.out = bytearray()
        self.line_end = b"\r\n" if self.data.count(b"\r\n") * 2 > self.data.count(b"\n") else b"\n"

    def write(self) -> bytes:
        pos = 0
        records = [record for record in self.text.records if record.editable]
        for record in records:
            start, end = record.entry.start, record.entry.end
            self.out += self.data[pos:start]
            self.out += self._own_line_comments(start, end) if start in self.edits.removed else self._kept(record)
            for new in self.edits.inserted.get(start, ()):
                self._add(self._line(new, record, record.context, beside=True))
            pos = end
        self.out += self.data[pos:]
        for new in self.edits.appended:
            self._add(self._line(new, records[-1], self.text.end, beside=False))
        return bytes(self.out)

    def _own_line_comments(self, start: int, end: int) -> bytes:
        """What is left of a record that goes: comments that have a line of their own within its parentheses."""
        lines = _LINE.findall(self.data[start:end])
        return b"".join(line for line in lines if line.lstrip(_BLANK).startswith(b";"))

    def _kept(self, record: Placed) -> bytes:
        """The text of a record that stays or is replaced in its place."""
        entry = record.entry
        new = self.edits.replaced.get(entry.start)
        splices = _rdata_splices(self.data, record, to_tokens(new.rdata)) if new else []
        if record.rdata.rdtype == dns.rdatatype.SOA and record.owner == self.text.zone:
            splices.append(_over(record.rdata_tokens[_SERIAL], str(self.serial).encode()))
        if entry.blank_owner and self.owner != record.owner:
            splices.append((entry.start, entry.start, _owner_text(record.owner, record.context.origin)))
        splices += self._ttl_splice(record, new.ttl if new else self.edits.retimed.get(entry.start, record.ttl))
        self.owner = record.owner
        return _spliced(self.data, entry.start, entry.end, splices)

    def _ttl_splice(self, record: Placed, ttl: int) -> list[_Splice]:
        """States the TTL of a record that stays, if what its line says or takes over is another."""
        stated = record.ttl_token is not None
        right = ttl == (self.last_ttl if record.inherits_ttl else record.ttl)
        if stated or not right:
            self.last_ttl = ttl
        if right:
            return []
        if record.ttl_token:
            return [_over(record.ttl_token, b"%d" % ttl)]
        first = record.fields[0 if record.entry.blank_owner else 1]
        return [(first.start, first.start, b"%d " % ttl)]

    def _add(self, line: bytes) -> None:
        if self.out and not self.out.endswith(b"\n"):
            self.out += self.line_end
        self.out += line + self.line_end

    def _line(self, new: New, model: Placed, context: Context, *, beside: bool) -> bytes:
        """A new record in the manner of another: `beside` it with its owner name, and with a class if it has one."""
        entry = model.entry
        head = self.data[entry.start : model.fields[-1].start]
        separator = b"\t" if b"\t" in head else b" "
        if beside and entry.blank_owner and self.owner == new.owner:
            owner = head[: len(head) - len(head.lstrip(_BLANK))]
        elif beside and not entry.blank_owner:
            owner = self._text(model.fields[0]) + separator
        else:
            owner = _owner_text(new.owner, context.origin) + separator
        self.owner = new.owner
        fields = [] if context.sure and context.default_ttl == new.ttl else [self._stated_ttl(new.ttl)]
        fields += [self._text(token) for token in model.fields[:-1] if token.text.upper() in {"IN", "CLASS1"} and token.start > entry.start]
        fields += [dns.rdatatype.to_text(new.rdata.rdtype).encode(), b" ".join(to_tokens(new.rdata))]
        return owner + separator.join(fields)

    def _stated_ttl(self, ttl: int) -> bytes:
        self.last_ttl = ttl
        return b"%d" % ttl

    def _text(self, token: Token) -> bytes:
        return self.data[token.start : token.end]


def _owner_text(name: dns.name.Name, origin: dns.name.Name) -> bytes:
    """A name as short as it can be under an origin."""
    return name.relativize(origin).to_text().encode("ascii")


def _over(token: Token, text: bytes) -> _Splice:
    return (token.start, token.end, text)


def _rdata_splices(data: bytes, record: Placed, new: Sequence[bytes]) -> list[_Splice]:
    """Word for word as far as both go, so that spaces, parentheses and comments between the words stay."""
    old = record.rdata_tokens
    last = min(len(old), len(new)) - 1
    words = [*new[:last], b" ".join(new[last:])]
    splices = [_over(token, word) for token, word in zip(old, words, strict=False)]
    for token in old[last + 1 :]:
        start = token.start
        while data[start - 1] in _BLANK and data[token.end : token.end + 1] in {b"", b" ", b"\t", b"\r", b"\n", b")", b";"}:
            start -= 1
        splices.append((start, token.end, b""))
    return splices


def _spliced(data: bytes, start: int, end: int, splices: Sequence[_Splice]) -> bytes:
    """Some lines with splices made, without lines that hold nothing after that. No splice spans lines."""
    out = bytearray()
    for match in _LINE.finditer(data, start, end):
        line, changed = bytearray(match.group()), False
        for first, last, text in sorted(splices, reverse=True):
            if match.start() <= first < match.end():
                line[first - match.start() : last - match.start()] = text
                changed = True
        if not changed or line.strip():
            out += line
    return bytes(out)
