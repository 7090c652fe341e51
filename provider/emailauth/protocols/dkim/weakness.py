"""Tests of keys that need nothing but the key: numbers that cannot be a key, and keys whose private half anybody can compute.

Whether a modulus is prime is not asked: that takes 20 ms for 2048 bits, and of moduli that were damaged on their way one in 700 is; nearly
all of these have a small factor. Nothing here needs a list, so that keys of the broken Debian generator of 2008 (CVE-2008-0166) are not known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from math import gcd, isqrt, prod
from typing import Final, TypeAlias

from emailauth.protocols.dkim.keys import KeyType, PublicKey

_SMALL: Final = 2000
"""Factors below this are looked for."""
_GROUP: Final = 16
"""Moduli that are compared with each other."""
_FERMAT_STEPS: Final = 20
"""Finds primes p and q of n with a difference of up to about 12 times the fourth root of n; those of CVE-2022-26320 need one step."""
_FILTER: Final = 16 * 63 * 65
_ROCA_PRIMES: Final = 39
_ROCA_BASE: Final = 65537
_LONGEST: Final = 16384
"""Bits of a modulus that is looked into; verifiers take none that long."""
_SMALLEST_EXPONENT: Final = 1 << 16
_LARGEST_EXPONENT: Final = 1 << 256
_OCTET: Final = 8


class Kind(Enum):
    """What a weakness makes of a key."""

    INVALID = "invalid"
    """It is no key by the definition of its kind."""
    BREAKABLE = "breakable"
    """Its private half can be computed."""
    UNUSUAL = "unusual"
    """Some verifiers may refuse it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """Something that is wrong with the numbers of a key."""

    type: KeyType
    kind: Kind
    message: str
    """For a person, to stand behind "the key: "."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What rules can need."""
        return (self.type, self.kind.value)


_Fault: TypeAlias = tuple[Kind, str]


@lru_cache(maxsize=4096)
def weaknesses(key: PublicKey) -> tuple[Weakness, ...]:
    """What is wrong with the numbers of a key. What is invalid is not tested further."""
    test = _ed25519 if key.type == "ed25519" else _rsa
    found = tuple(Weakness(type=key.type, kind=kind, message=message) for kind, message in test(key))
    invalid = tuple(one for one in found if one.kind is Kind.INVALID)
    return invalid[:1] or found


def common_factors(moduli: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of different moduli that have a factor in common, which factors both ("Ron was wrong, Whit is right", Lenstra et al. 2012).

    Each is compared with those before it in its group of 16: the work for all with all grows with the square of their number. Those that
    no verifier takes are left out.
    """
    looked_at = [n for n in moduli if n.bit_length() <= _LONGEST]
    for start in range(0, len(looked_at), _GROUP):
        group = looked_at[start : start + _GROUP]
        product = 1
        for i, n in enumerate(group):
            if gcd(product % n, n) != 1:
                yield from ((n, other) for other in group[:i] if gcd(n, other) != 1)
            product *= n


def _rsa(key: PublicKey) -> Iterator[_Fault]:
    n, e = key.modulus, key.exponent
    if e == 1:
        yield Kind.INVALID, ("its public exponent is 1, so that a signature is the hash itself and everybody can make one")
    elif e % 2 == 0:
        yield Kind.INVALID, ("its public exponent is even, and then no signature can be checked")
    elif e >= n:
        yield Kind.INVALID, ("its public exponent is not smaller than its modulus")
    elif n % 2 == 0:
        yield Kind.INVALID, ("its modulus is even, and so no product of two large primes: it was damaged on its way, or never was a key")
    elif n.bit_length() <= _LONGEST:
        yield from _factored(n)
    if not _SMALLEST_EXPONENT < e < _LARGEST_EXPONENT:
        yield (
            Kind.UNUSUAL,
            (f"its public exponent {f'is {e}' if e <= _SMALLEST_EXPONENT else f'has {e.bit_length()} bits'}, and 65537 is usual"),
        )
    if n.bit_length() % _OCTET:
        yield Kind.UNUSUAL, (f"its modulus has {n.bit_length()} bits, which is not a whole number of octets")


def _factored(n: int) -> Iterator[_Fault]:
    if (factor := gcd(n, _product_of_primes())) != 1:
        smallest = next(prime for prime in _primes() if factor % prime == 0)
        yield Kind.BREAKABLE, (f"its modulus is divisible by {smallest}: it was damaged on its way, or never was a key")
    elif (power := _power(n)) is not None:
        yield Kind.INVALID, (f"its modulus is {'the square' if power == 2 else f'a power ({power})'} of a number")  # noqa: PLR2004
    elif _is_close(n):
        yield Kind.BREAKABLE, ("the two primes of its modulus are so close to each other that they are found at once")
    elif _is_roca(n):
        yield (
            Kind.BREAKABLE,
            ("its modulus has the fingerprint of the broken key generator of CVE-2017-15361 (ROCA): the private key can be computed"),
        )


@cache
def _primes() -> tuple[int, ...]:
    """The odd primes below `_SMALL`."""
    found: list[int] = []
    for number in range(3, _SMALL, 2):
        if all(number % prime for prime in found if prime * prime <= number):
            found.append(number)
    return tuple(found)


@cache
def _product_of_primes() -> int:
    return prod(_primes())


def _power(n: int) -> int | None:
    """The smallest prime k for which n is a k-th power, up to 7."""
    for k, is_residue in _residues().items():
        if all(n % q in residues for q, residues in is_residue.items()) and _root(n, k) ** k == n:
            return k
    return None


@cache
def _residues() -> dict[int, dict[int, frozenset[int]]]:
    """For each k: what a k-th power leaves when divided by some primes. Nearly all other numbers leave something else by one of them."""
    powers = (2, 3, 5, 7)
    return {k: {q: frozenset(pow(x, k, q) for x in range(q)) for q in _primes()[:40] if q % k == 1} for k in powers}


def _root(n: int, k: int) -> int:
    """The k-th root, rounded down."""
    if k == 2:  # noqa: PLR2004 - the one that Python has
        return isqrt(n)
    low, high = 1, 1 << (n.bit_length() // k + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**k <= n else (low, middle)
    return low


def _is_close(n: int) -> bool:
    """Fermat's way to factor, for a number of steps."""
    a = isqrt(n) + 1
    b2 = a * a - n
    squares = _squares()
    for _ in range(_FERMAT_STEPS):
        if b2 % _FILTER in squares and isqrt(b2) ** 2 == b2:
            return True
        b2 += 2 * a + 1
        a += 1
    return False


@cache
def _squares() -> frozenset[int]:
    """What a square leaves when divided by `_FILTER`: one in about 50 of all remainders."""
    return frozenset([x * x % _FILTER for x in range(_FILTER // 2 + 1)])  # x and -x have the same square


@cache
def _roca_groups() -> dict[int, frozenset[int]]:
    """For each of the first odd primes: the powers of 65537 modulo it. The generator makes primes that are such a power modulo all of them."""
    return {p: frozenset(pow(_ROCA_BASE, i, p) for i in range(p - 1)) for p in _primes()[: _ROCA_PRIMES - 1]}


def _is_roca(n: int) -> bool:
    """Nemec et al., "The Return of Coppersmith's Attack", section 3: a product of such primes is a power of 65537, too.

    Of other moduli, one in about 2 * 10^8 looks the same.
    """
    return all(n % p in powers for p, powers in _roca_groups().items())


_FIELD: Final = (1 << 255) - 19
_D: Final = -121665 * pow(121666, -1, _FIELD) % _FIELD
"""The field and the constant of edwards25519 (RFC 8032 section 5.1)."""


def _ed25519(key: PublicKey) -> Iterator[_Fault]:
    """Decodes the point (RFC 8032 section 5.1.3) and multiplies it by 8, which gives the neutral element for those of small order."""
    number = int.from_bytes(key.octets, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= _FIELD:
        yield Kind.INVALID, ("its number is larger than the curve allows")
        return
    x2 = (y * y - 1) * pow(_D * y * y + 1, -1, _FIELD) % _FIELD
    if x2 and pow(x2, (_FIELD - 1) // 2, _FIELD) != 1:
        yield Kind.INVALID, ("it is not a point of the curve: it was damaged on its way, or never was a key")
    elif sign and not x2:
        yield Kind.INVALID, ("it is not the encoding of a point")
    elif _is_small(x2, y):
        yield Kind.INVALID, ("it is one of the eight points of small order, for which everybody can make signatures")


def _is_small(x2: int, y: int) -> bool:
    """Whether 8 P is the neutral element. Of x only the square is known, and only that is needed: (x^2, y) is doubled three times."""
    for _ in range(3):
        product = _D * x2 * y * y % _FIELD
        x2, y = (
            4 * x2 * y * y * pow(1 + product, -2, _FIELD) % _FIELD,
            (y * y + x2) * pow(1 - product, -1, _FIELD) % _FIELD,
        )
    return x2 == 0 and y == 1
