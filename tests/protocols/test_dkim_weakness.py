"""Keys whose numbers are no key, or give the private half away."""

import base64
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailauth.protocols import dkim
from emailauth.protocols.dkim import Kind, NotAKey, weakness
from tests.protocols.dkim_keys import BITS, CLOSE, CLOSER, CUBE, FACTOR_101, RELATED, ROCA, SQUARE, made, modulus

N = modulus(BITS[2048])
FIELD = (1 << 255) - 19


def key(p: str, key_type: str = "rsa") -> dkim.PublicKey:
    found = dkim.read_octets(key_type, base64.b64decode(p))
    assert not isinstance(found, NotAKey), found
    return found


def told(p: str, key_type: str = "rsa") -> list[tuple[Kind, str]]:
    return [(one.kind, one.message) for one in dkim.weaknesses(key(p, key_type))]


@pytest.mark.parametrize("bits", [512, 1024, 2048, 4096])
def test_nothing_is_wrong_with_the_numbers_of_a_good_key(bits: int) -> None:
    assert told(BITS[bits]) == []


@pytest.mark.parametrize(
    ("p", "kind", "message"),
    [
        (made(N, 1), Kind.INVALID, "its public exponent is 1, so that a signature is the hash itself and everybody can make one"),
        (made(N, 65538), Kind.INVALID, "its public exponent is even, and then no signature can be checked"),
        (made(N, N + 2), Kind.INVALID, "its public exponent is not smaller than its modulus"),
        (
            made(N - 1),
            Kind.INVALID,
            "its modulus is even, and so no product of two large primes: it was damaged on its way, or never was a key",
        ),
        (SQUARE, Kind.INVALID, "its modulus is the square of a number"),
        (FACTOR_101, Kind.BREAKABLE, "its modulus is divisible by 101: it was damaged on its way, or never was a key"),
        (CLOSE, Kind.BREAKABLE, "the two primes of its modulus are so close to each other that they are found at once"),
        (CLOSER, Kind.BREAKABLE, "the two primes of its modulus are so close to each other that they are found at once"),
        (
            ROCA,
            Kind.BREAKABLE,
            "its modulus has the fingerprint of the broken key generator of CVE-2017-15361 (ROCA): the private key can be computed",
        ),
        (made(N, 3), Kind.UNUSUAL, "its public exponent is 3, and 65537 is usual"),
        (made(N, (1 << 256) + 1), Kind.UNUSUAL, "its public exponent has 257 bits, and 65537 is usual"),
        (BITS[2047], Kind.UNUSUAL, "its modulus has 2047 bits, which is not a whole number of octets"),
    ],
)
def test_what_is_wrong_with_a_key(p: str, kind: Kind, message: str) -> None:
    assert told(p) == [(kind, message)]


def test_a_power_is_told_and_nothing_else_of_what_is_no_key() -> None:
    assert told(CUBE) == [(Kind.INVALID, "its modulus is a power (3) of a number")]


def test_a_modulus_longer_than_any_is_not_looked_into() -> None:
    assert told(made((1 << 16400 - 1) * 2 - 1)) == []


@given(st.integers(1, 4096).map(lambda i: N + 2 * i))
def test_a_small_factor_is_found_wherever_there_is_one(n: int) -> None:
    """Most texts that were damaged have one."""
    smallest = next((prime for prime in range(3, 2000, 2) if n % prime == 0), None)
    found = [message for kind, message in told(made(n)) if kind is Kind.BREAKABLE]
    assert found == ([] if smallest is None else [f"its modulus is divisible by {smallest}: it was damaged on its way, or never was a key"])


@given(st.integers(3, 1 << 100), st.sampled_from([2, 3, 5, 7]))
def test_powers_are_recognised(root: int, k: int) -> None:
    assert weakness._power(root**k) is not None
    assert weakness._power(root**k + 1) is None


def test_common_factors() -> None:
    moduli = [N, modulus(BITS[4096]), modulus(RELATED), modulus(BITS[1024])]
    assert list(dkim.common_factors(moduli)) == [(modulus(RELATED), N)]
    assert list(dkim.common_factors([])) == []
    assert list(dkim.common_factors([3 << 20_000, 5 << 20_000])) == []


def test_keys_are_compared_within_16() -> None:
    others = [prod((prime, prime + 2)) for prime in range(1_000_003, 1_000_003 + 1000 * 32, 1000)]
    assert (modulus(RELATED), N) in set(dkim.common_factors([N, *others[:14], modulus(RELATED)]))
    assert (modulus(RELATED), N) not in set(dkim.common_factors([N, *others[:15], modulus(RELATED)]))


def encoded(y: int, sign: int = 0) -> str:
    return base64.b64encode((y | sign << 255).to_bytes(32, "little")).decode()


@pytest.mark.parametrize(
    ("p", "messages"),
    [
        ("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", []),
        (encoded(2), ["it is not a point of the curve: it was damaged on its way, or never was a key"]),
        (encoded(FIELD), ["its number is larger than the curve allows"]),
        (encoded(1, 1), ["it is not the encoding of a point"]),
        *(
            (encoded(y, sign), ["it is one of the eight points of small order, for which everybody can make signatures"])
            for y, sign in ((1, 0), (FIELD - 1, 0), (0, 0), (0, 1))
        ),
    ],
)
def test_ed25519_keys(p: str, messages: list[str]) -> None:
    assert told(p, "ed25519") == [(Kind.INVALID, message) for message in messages]


def test_the_points_of_order_8() -> None:
    """Their y is a root of d y^4 + 2 y^2 - 1 = 0: those whose double has y = 0."""
    d = -121665 * pow(121666, -1, FIELD) % FIELD
    squares = [(root - 1) * pow(d, -1, FIELD) % FIELD for root in _square_roots(1 + d)]
    ys = [y for square in squares for y in _square_roots(square)]
    assert len(ys) == 2
    for y in ys:
        assert (d * y**4 + 2 * y**2 - 1) % FIELD == 0
        for sign in (0, 1):
            assert told(encoded(y, sign), "ed25519") == [
                (Kind.INVALID, "it is one of the eight points of small order, for which everybody can make signatures")
            ]


def _square_roots(square: int) -> list[int]:
    root = pow(square, (FIELD + 3) // 8, FIELD)
    for candidate in (root, root * pow(2, (FIELD - 1) // 4, FIELD) % FIELD):
        if candidate * candidate % FIELD == square % FIELD:
            return [candidate, FIELD - candidate]
    return []
