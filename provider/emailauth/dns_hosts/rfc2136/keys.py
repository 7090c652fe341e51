"""TSIG keys (RFC 8945): where the secret comes from. It is in no message, no `repr` and no exception."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import dns.exception
import dns.name
import dns.tsig

from emailauth.core.errors import UsageError

Algorithm: TypeAlias = Literal[
    "hmac-sha1",
    "hmac-sha224",
    "hmac-sha256",
    "hmac-sha256-128",
    "hmac-sha384",
    "hmac-sha384-192",
    "hmac-sha512",
    "hmac-sha512-256",
]
"""Those of RFC 8945 section 6 that may be used and have a shared secret: not HMAC-MD5, not GSS-TSIG."""

_DEFAULT: Final[Algorithm] = "hmac-sha256"
_WORD: Final = re.compile(r"""\s+ | //[^\n]* | \#[^\n]* | /\*.*?\*/ | (?P<word> "[^"\n]*" | [{};] | [^\s{};"]+ )""", re.VERBOSE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key, and where its secret is kept, for messages."""

    name: str
    algorithm: str
    source: str
    tsig: dns.tsig.Key = field(repr=False)
    """dnspython's own `repr` of it shows the secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """What the settings say of the key; the secret itself is read when it is needed."""

    name: str | None
    algorithm: Algorithm | None
    variable: str | None
    path: Path | None

    def load(self, environment: Mapping[str, str]) -> Key:
        """Raises `UsageError` where there is no secret to be had, or none that fits the settings."""
        if self.path is not None:
            return self._from_file(self.path)
        variable = self.variable or ""
        secret = environment.get(variable, "").strip()
        if not secret:
            raise UsageError(
                f"dns_host rfc2136, key_env: the environment variable {variable} is not set: it holds the key's secret, in base64"
            )
        return self._key(self.name or "", self.algorithm or _DEFAULT, secret, f"the environment variable {variable}")

    def _from_file(self, path: Path) -> Key:
        try:
            text = path.read_text("ascii")
        except (OSError, ValueError) as e:  # ValueError: not ASCII, or a NUL in the path
            reason = e.strerror if isinstance(e, OSError) else "it is not ASCII text"
            raise UsageError(f"dns_host rfc2136, key_file: cannot read {str(path)!r}: {reason}") from None
        if "{" in text:
            name, algorithm, secret = self._chosen(path, list(_statements(path, text)))
        elif self.name is None:
            raise UsageError(f"dns_host rfc2136, key_name: {path} holds a secret and no name; say the key's name")
        else:
            name, algorithm, secret = self.name, self.algorithm or _DEFAULT, text.strip()
        return self._key(name, algorithm, secret, str(path))

    def _chosen(self, path: Path, keys: list[tuple[str, str, str]]) -> tuple[str, str, str]:
        """The key that the settings name, or the only one."""
        found = [key for key in keys if self.name is None or _same(key[0], self.name)]
        if len(found) != 1:
            names = ", ".join(sorted(key[0] for key in keys)) or "none"
            raise UsageError(f"dns_host rfc2136, key_name: say which key of {path} it is (there are {names})")
        if self.algorithm not in {None, found[0][1]}:
            raise UsageError(f"dns_host rfc2136, key_algorithm: {path} says {found[0][1]} of this key; leave {self.algorithm} out")
        return found[0]

    @staticmethod
    def _key(name: str, algorithm: str, secret: str, source: str) -> Key:
        if algorithm not in get_args(Algorithm):
            allowed = ", ".join(get_args(Algorithm))
            raise UsageError(f"{source} holds a key whose algorithm is none of {allowed} (RFC 8945 section 6): make a new key")
        try:
            octets = base64.b64decode(secret, validate=True)
        except (binascii.Error, ValueError):
            octets = b""
        if not octets:
            raise UsageError(f"{source} does not hold a secret in base64, as tsig-keygen makes it")
        try:
            tsig = dns.tsig.Key(dns.name.from_text(name), octets, algorithm)
        except dns.exception.DNSException as e:
            raise UsageError(f"dns_host rfc2136, key_name: {name!r} is no domain name: {e}") from None
        return Key(name=name, algorithm=algorithm, source=source, tsig=tsig)


def _same(name: str, other: str) -> bool:
    """Key names are domain names (RFC 8945 section 4.2)."""
    return name.rstrip(".").lower() == other.rstrip(".").lower()


def _statements(path: Path, text: str) -> Iterator[tuple[str, str, str]]:
    """Name, algorithm and secret of each `key "name" { algorithm ...; secret "..."; };`."""
    malformed = UsageError(f'{path} does not hold what tsig-keygen writes: key "name" {{ algorithm hmac-sha256; secret "..."; }};')
    words = _words(text, malformed)
    for statement in words:
        name = next(words, "").strip('"')
        inside: dict[str, str] = {}
        if statement != "key" or next(words, "") != "{":
            raise malformed
        while (word := next(words, "")) in {"algorithm", "secret"} and word not in inside:
            inside[word] = next(words, "").strip('"')
            if next(words, "") != ";":
                raise malformed
        if word != "}" or next(words, "") != ";" or len(inside) != 2:  # noqa: PLR2004 - the algorithm and the secret
            raise malformed
        yield name, inside["algorithm"].lower(), inside["secret"]


def _words(text: str, malformed: UsageError) -> Iterator[str]:
    """Comments as in named.conf left out: C, C++ and shell style. A secret can hold `//` and is no comment."""
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise malformed
        at = found.end()
        if found["word"]:
            yield found["word"]
