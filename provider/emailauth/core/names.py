"""Owner names (RFC 9499 section 7) as this program writes them.

Inside the program a name is its text in lower case, fully qualified and without the dot at the end:
`_dmarc.example.com`. Escapes and the 63 and 255 octet limits are dnspython's business; internationalised
names are written as A-labels (RFC 5890 section 2.3.2.1), which is all that DNS carries.
"""

import re
from collections.abc import Collection

import dns.exception
import dns.name

_MAX_LENGTH = 253
"""Of a host name as text: 255 octets on the wire (RFC 1035 section 2.3.4)."""
_DEVIATIONS = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")
"""Characters that IDNA 2003 (dnspython's) and IDNA 2008 encode differently (RFC 5894 section 7.2): no form is suggested for them."""
_PLAIN = re.compile(r"((?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63})\.?\Z")
"""Nearly every name there is. dnspython need not be asked for its form, which would take a hundred times as long."""
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")


class InvalidName(ValueError):
    """A text that is not a name; `str()` says why, for a person."""


def normalise(text: str) -> str:
    """Returns the one form of a name that the program compares; raises `InvalidName` with the reason."""
    if (plain := _PLAIN.match(text)) and len(plain[1]) <= _MAX_LENGTH:
        return plain[1].lower()
    if not text.isascii():
        raise InvalidName(f"{text!r} is not ASCII: write its A-label form{_suggestion(text)}")
    try:
        encoded = _encoded(text)
    except dns.exception.DNSException as e:
        raise InvalidName(f"{text!r} is not a domain name: {e}") from e
    if encoded in {"", "@", "."}:
        raise InvalidName(f"{text!r} names no domain")
    return encoded


def _encoded(text: str) -> str:
    name = dns.name.from_text(text, None)
    if not name.is_absolute():
        name = name.concatenate(dns.name.root)
    return name.to_text(omit_final_dot=True).lower()


def _suggestion(text: str) -> str:
    """The A-label form, where there is one that is beyond doubt."""
    try:
        return "" if _DEVIATIONS & set(text) else f", {_encoded(text)!r}"
    except (dns.exception.DNSException, UnicodeError):
        return ""


def labels(name: str) -> list[str]:
    """The labels of a normalised name, leftmost first. Escaped dots stay within their label."""
    return re.findall(r"(?:\\.|[^.\\])+", name) if "\\" in name else [label for label in name.split(".") if label]


def is_host(name: str) -> bool:
    """Whether a normalised name is a host name: letters, digits and hyphens only (RFC 1123 section 2.1), two labels at least."""
    parts = name.split(".")
    return len(parts) > 1 and len(name) <= _MAX_LENGTH and all(map(_HOST_LABEL.match, parts)) and not parts[-1].isdigit()


def is_within(name: str, ancestor: str) -> bool:
    """Whether `name` is `ancestor` or below it (RFC 9499 section 7, "subdomain")."""
    if not name.endswith("." + ancestor):
        return name == ancestor
    return "\\" not in name or labels(name)[-len(labels(ancestor)) :] == labels(ancestor)


def longest_suffix(name: str, candidates: Collection[str]) -> str | None:
    """The candidate that encloses `name` most closely, as one finds the zone of a name; None where there is none."""
    if "\\" not in name:
        while name and name not in candidates:
            name = name.partition(".")[2]
        return name or None
    parts = labels(name)
    return next((suffix for i in range(len(parts)) if (suffix := ".".join(parts[i:])) in candidates), None)
