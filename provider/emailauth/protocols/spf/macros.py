"""Macro expansion (RFC 7208 section 7), and the names that come of it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias
from urllib.parse import quote

import dns.exception
import dns.name

from emailauth.protocols.spf.domain_spec import Macro

Address: TypeAlias = IPv4Address | IPv6Address

MAX_NAME: Final = 253
"""Characters of a name that is looked up; longer ones lose labels at the left (section 7.3)."""
MAX_TEXT: Final = 65535
"""Characters that a macro-string expands to; the rest is cut off. A record can ask for its domain 10,000 times over."""
UNKNOWN: Final = "unknown"
"""What `%{p}` expands to where no name of the client is validated, and `%{r}` where the receiver has no name (section 7.3)."""

_PLAIN: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\Z")
_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")
"""What separates labels in a name that is not yet encoded (RFC 3490 section 3.1)."""
_LONGEST_LABEL: Final = 255
"""Characters; what is longer before it is encoded is no label after it, and Punycode takes quadratic time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a receiver knows of the message whose sender it checks."""

    ip: Address
    """The client's; never an IPv4-mapped IPv6 address (section 5)."""
    local_part: str
    """Of the sender."""
    sender_domain: str
    """Of the sender, in A-labels."""
    helo: str
    """The name in HELO or EHLO, in A-labels; whatever the client said."""
    receiver: str
    """The name of the host that checks."""
    now: int
    """Seconds since 1970 (`%{t}`)."""

    @property
    def reverse_name(self) -> str:
        """The name that the client's PTR records stand at."""
        return self.ip.reverse_pointer


def needs_client_name(parts: Iterable[str | Macro]) -> bool:
    """Whether `%{p}` is among them, which is the only macro that has to be looked up."""
    return any(isinstance(part, Macro) and part.letter == "p" for part in parts)


def expand(parts: Iterable[str | Macro], message: Message, domain: str, client_name: str = UNKNOWN) -> str:
    """Fills a macro-string in for one message and the domain whose record is evaluated."""
    return "".join(_up_to(MAX_TEXT, (_piece(part, message, domain, client_name) for part in parts)))[:MAX_TEXT]


def expand_name(parts: Sequence[str | Macro], message: Message, domain: str, client_name: str = UNKNOWN) -> str:
    """The target-name that a domain-spec comes to (section 4.8); worked out from the right, for what is too long is lost at the left."""
    pieces = [*_up_to(MAX_NAME + 1, (_piece(part, message, domain, client_name) for part in reversed(parts)))]
    return target_name("".join(reversed(pieces)))


def target_name(text: str) -> str:
    """A name without the dot at its end and, where it is too long, without labels at its left (section 7.3)."""
    text = text.removesuffix(".")
    # What is led to by a name that grows with each step would never come to an end.
    end = text[-MAX_NAME - 1 :]
    return text if len(text) <= MAX_NAME else end.partition(".")[2] or end


def _up_to(length: int, pieces: Iterable[str]) -> Iterator[str]:
    """As many of the pieces as it takes to be longer than that."""
    total = 0
    for piece in pieces:
        yield piece
        total += len(piece)
        if total > length:
            return


def _piece(part: str | Macro, message: Message, domain: str, client_name: str) -> str:
    return _expanded(part, message, domain, client_name) if isinstance(part, Macro) else part


def _expanded(macro: Macro, message: Message, domain: str, client_name: str) -> str:
    pieces = re.split(f"[{re.escape(macro.delimiters or '.')}]", _VALUES[macro.letter](message, domain, client_name))
    if macro.reverse:
        pieces.reverse()
    text = ".".join(pieces[-macro.keep :] if macro.keep else pieces)
    # "unreserved" of RFC 3986 stays; a local-part that is no UTF-8 still has octets.
    return quote(text.encode("utf-8", "surrogateescape"), safe="~") if macro.escape else text


def _dotted(ip: Address) -> str:
    """Dotted quad, or the nibbles of an IPv6 address with dots between."""
    return str(ip) if ip.version == 4 else ".".join(f"{int(ip):032X}")  # noqa: PLR2004 - the version's number


_VALUES: Final[Mapping[str, Callable[[Message, str, str], str]]] = {
    "s": lambda message, _domain, _name: f"{message.local_part}@{message.sender_domain}",
    "l": lambda message, _domain, _name: message.local_part,
    "o": lambda message, _domain, _name: message.sender_domain,
    "d": lambda _message, domain, _name: domain,
    "i": lambda message, _domain, _name: _dotted(message.ip),
    "p": lambda _message, _domain, name: name,
    "v": lambda message, _domain, _name: "in-addr" if message.ip.version == 4 else "ip6",  # noqa: PLR2004 - the version's number
    "h": lambda message, _domain, _name: message.helo,
    "c": lambda message, _domain, _name: str(message.ip),
    "r": lambda message, _domain, _name: message.receiver,
    "t": lambda message, _domain, _name: str(message.now),
}
"""The value of a macro letter before transformers (section 7.2), of a message, the domain, and the client's name."""


def name_to_ask(text: str) -> str | None:
    """The name that an expanded domain-spec means, in the form of `core.names`; None where DNS can have no such name.

    A domain-spec knows no escapes: a backslash in it is a character of a label, and so is a space from `%_`.
    """
    text = target_name(text).lower()
    if _PLAIN.match(text) and len(text) <= MAX_NAME:
        return text
    try:
        name = dns.name.Name([*(label.encode("ascii") for label in text.split(".")), b""])
    except (dns.exception.DNSException, UnicodeEncodeError):
        return None
    return name.to_text(omit_final_dot=True)


def a_labels(text: str) -> str:
    """A name with its U-labels encoded (section 4.3); ASCII stays as it is.

    Whether IDNA 2008 allows the characters is not asked: of one that it does not, DNS knows nothing.
    """
    if text.isascii():
        return text
    return ".".join(_a_label(label) for label in _DOTS.split(text))


def _a_label(label: str) -> str:
    if label.isascii() or len(label) > _LONGEST_LABEL:
        return label
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", label).lower())
    return folded if folded.isascii() else f"xn--{folded.encode('punycode').decode('ascii')}"
