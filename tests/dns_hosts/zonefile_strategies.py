"""Zone files as people leave them, and changes to them, for the laws in test_zonefile_laws.py."""

from dataclasses import dataclass

from hypothesis import strategies as st

from emailauth.core.record import Key
from tests.dns_hosts.zonefile_bench import Wish

NAMES = ["example.com", "_dmarc.example.com", "www.example.com", "mail.sub.example.com", "sub.example.com"]
ALIASES = ["k1._domainkey.example.com", "alias.sub.example.com"]
"""Names for CNAMEs, which nothing stands beside."""
ORIGINS = ["example.com", "sub.example.com"]
TTLS = [60, 3600, 86400]

texts = st.one_of(
    st.sampled_from(
        ["v=spf1 -all", "v=spf1 mx -all", "v=DMARC1; p=none", "google-site-verification=AbC", "", "a;b", "(", 'say "hi"', "x" * 300]
    ),
    st.text(st.characters(max_codepoint=0x17F), max_size=12),
    st.binary(max_size=8).map(lambda octets: octets.decode("utf-8", "surrogateescape")),
)
hosts = st.sampled_from(["mx.example.net.", "a.b.example.com.", "example.com.", "xn--bcher-kva.example."])
values = {
    "TXT": texts,
    "MX": st.builds("{} {}".format, st.integers(0, 65535), hosts),
    "A": st.integers(1, 254).map("192.0.2.{}".format),
    "CNAME": hosts,
}
spaces = st.sampled_from([" ", "\t", "  ", " \t "])
comments = st.sampled_from(["", "", "", " ; comment", ";", '\t; "quoted ( ; café', " ;) no; p=x"])


@dataclass(frozen=True)
class Item:
    """Some lines of a zone file, and what they say."""

    text: str
    """With its line end, LF."""
    key: Key | None = None
    """None for a comment or a directive."""
    value: str = ""
    ttl: int = 0
    tail: str = ""
    """What stays of the lines if owner name or TTL, taken over from the lines before, have to be stated; empty if they are."""


@dataclass(frozen=True)
class MessyZone:
    items: tuple[Item, ...]
    crlf: bool
    open_end: bool
    """The last line has no line end."""

    @property
    def octets(self) -> bytes:
        text = "".join(item.text for item in self.items)
        if self.open_end:
            text = text.removesuffix("\n")
        return text.replace("\n", "\r\n" if self.crlf else "\n").encode()


@st.composite
def quoted(draw: st.DrawFn, octets: bytes) -> str:
    """A character-string in quotes, each octet as it is or escaped."""
    special, written = b'"\\', ""
    for octet in octets:
        ways = [f"\\{octet:03d}"]
        if octet in special:
            ways.append("\\" + chr(octet))
        elif 0x20 <= octet < 0x7F:
            ways = [chr(octet)] * 3 + ways
        written += draw(st.sampled_from(ways))
    return f'"{written}"'


@st.composite
def txt(draw: st.DrawFn, value: str) -> list[str]:
    octets = value.encode("utf-8", "surrogateescape")
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(octets) - 1)), max_size=2)) | set(range(255, len(octets), 255)))
    pieces = [octets[start:end] for start, end in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    # A cut more than the octets need may leave a piece that is too long for its string.
    pieces = [piece[i : i + 255] for piece in pieces for i in range(0, max(len(piece), 1), 255)]
    return [draw(quoted(piece)) for piece in pieces]


@st.composite
def rdata(draw: st.DrawFn, type_: str, value: str, origin: str) -> str:
    """The rdata of a value, on one line or on several."""
    words = draw(txt(value)) if type_ == "TXT" else [draw(st.sampled_from([word, _shortened(word, origin)])) for word in value.split(" ")]
    if not draw(st.booleans()):
        return draw(spaces).join(words)
    gaps = st.sampled_from([" ", "\n\t", " ; inside\n  ", "\n; own line )\n "])
    return "(" + draw(gaps) + "".join(word + draw(gaps) for word in words) + ")"


def _shortened(name: str, origin: str) -> str:
    if name == f"{origin}.":
        return "@"
    return name.removesuffix(f".{origin}.")


@st.composite
def records(draw: st.DrawFn, origin: str, default: int | None, owner: str, last_ttl: int) -> Item:
    """One record behind a record of `owner`, where `last_ttl` was stated last."""
    name = draw(st.sampled_from([*NAMES, *ALIASES, owner, owner]))
    type_ = "CNAME" if name in ALIASES else draw(st.sampled_from(["TXT", "TXT", "MX", "A"]))
    value = draw(values[type_])
    blank = name == owner and draw(st.booleans())
    ttl = draw(st.sampled_from([None, *TTLS]))
    space = draw(spaces)
    fields = draw(st.permutations([str(ttl or ""), draw(st.sampled_from(["", "IN", "in"]))]))
    written = draw(st.sampled_from([f"{name}.", f"{name}.".upper(), _shortened(f"{name}.", origin)]))
    head = ["" if blank else written, *filter(None, fields)]
    tail = type_ + space + draw(rdata(type_, value, origin)) + draw(comments) + "\n"
    in_force = last_ttl if default is None else default
    return Item(space.join([*head, tail]), (name, type_), value, ttl or in_force, tail if blank or not ttl else "")


@st.composite
def zones(draw: st.DrawFn, *, relative_origins: bool = True) -> MessyZone:
    """A zone that name servers load: SOA, NS, and then whatever there is."""
    default, origin, owner = draw(st.sampled_from([None, 3600])), "example.com", "ns1.example.com"
    ttl = 3600 if default is None else default
    items = [Item("; zone of Ann\n")] + ([] if default is None else [Item("$TTL 1h\n")])
    items.append(Item(f"@ {ttl} IN SOA ns1 hostmaster ( 7 ; serial\n 7200 3600 1209600 300 )\n", ("example.com", "SOA"), "", ttl))
    items.append(Item(f"@ {ttl} NS ns1\n", ("example.com", "NS"), "ns1.example.com.", ttl))
    items.append(Item(f"ns1 {ttl} A 192.0.2.1\n", ("ns1.example.com", "A"), "192.0.2.1", ttl))
    for kind in draw(st.lists(st.sampled_from(["record"] * 6 + ["blank", "comment", "$ORIGIN", "$TTL"]), max_size=10)):
        if kind == "record":
            item = draw(records(origin, default, owner, ttl))
            if item.key and item.key[1] == "CNAME" and any(other.key == item.key for other in items):
                continue
            owner, ttl = item.key[0] if item.key else owner, item.ttl
            items.append(item)
        elif kind == "$ORIGIN":
            relative = relative_origins and origin == "example.com" and draw(st.booleans())
            origin = "sub.example.com" if relative else draw(st.sampled_from(ORIGINS))
            items.append(Item("$ORIGIN sub\n" if relative else f"$origin {origin}. ; from here\n"))
        elif kind == "$TTL":
            default = draw(st.sampled_from(TTLS))
            items.append(Item(f"$TTL {default}\n"))
        else:
            items.append(Item(draw(st.sampled_from(["\n", " \t\n"] if kind == "blank" else ["; v=spf1 (\n", " ;;\n"]))))
    return MessyZone(tuple(items), draw(st.booleans()), draw(st.booleans()))


@st.composite
def wishes(draw: st.DrawFn, zone: MessyZone) -> list[Wish]:
    """Changes of some sets: values that go, values that come, values that stay."""
    there: dict[Key, list[str]] = {}
    for item in zone.items:
        if item.key and item.key[0] in [*NAMES, *ALIASES]:
            there.setdefault(item.key, []).append(item.value)
    keys = [*((name, type_) for name in NAMES for type_ in ("TXT", "MX", "A")), *((name, "CNAME") for name in ALIASES)]
    found = []
    for key in draw(st.lists(st.sampled_from([*keys, *(there or keys), *(there or keys)]), unique=True, max_size=3)):
        if key[1] in {"SOA", "NS"}:
            continue
        most = 1 if key[1] == "CNAME" else 3
        stay = draw(st.lists(st.sampled_from(sorted(set(there[key]))), unique=True)) if key in there else []
        come = [value for value in draw(st.lists(values[key[1]], unique=True, max_size=most)) if value not in stay]
        found.append((*key, tuple((stay + come)[:most]), draw(st.sampled_from(TTLS))))
    return found
