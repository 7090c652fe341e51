"""Texts that are nearly right: good ones with a few things done to them."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from hypothesis import strategies as st

_Change: TypeAlias = Callable[[bytes, int, int, bytes], bytes]

_CHANGES: Sequence[_Change] = (
    lambda data, a, b, _: data[:a] + data[b:],
    lambda data, a, b, _: data[:b] + data[a:b] + data[b:],
    lambda data, a, b, _: data[:b] + data[a:b] * 50 + data[b:],
    lambda data, a, b, piece: data[:a] + piece + data[b:],
    lambda data, a, _, piece: data[:a] + piece + data[a:],
    lambda data, a, b, _: data[:a] + data[a:b][::-1] + data[b:],
    lambda data, a, b, _: data[b:] + data[a:b] + data[:a],
    lambda data, a, b, _: data[:a] + data[a:b].swapcase() + data[b:],
)
"""Delete, duplicate, repeat, replace, insert, reverse, exchange, change the case, from one place to another."""

_PIECES: Sequence[bytes] = (
    *(octet.to_bytes() for octet in b"\x00\x7f\x80\xff\r\n\t \"'%\\#;:=,./*&!{}[]()-~?+@"),
    b"\xef\xbb\xbf",
    "\u00e9\u2028\u0085\u200b\u202e\U0001f4e7".encode(),
    b"\xed\xa0\x80",
    b"0x" + b"f" * 20,
    b"9" * 30,
    b"a" * 64,
    b"a." * 127,
    b"a" * 300,
    b"%{d}",
    b"%{i1r-}",
    b"v=spf1 ",
    b"v=DMARC1; ",
    b"include:example.com",
    b"*a",
    b"&a ",
    b"!!int ",
    b"-----BEGIN CERTIFICATE-----\n",
    b"<!DOCTYPE a>",
)


@st.composite
def mutated(draw: st.DrawFn, good: Sequence[bytes]) -> bytes:
    """One of the good texts, or the halves of two, with up to five changes; or any octets at all."""
    data = draw(st.sampled_from(good))
    if draw(st.booleans()):
        other = draw(st.sampled_from(good))
        data = data[: draw(st.integers(0, len(data)))] + other[draw(st.integers(0, len(other))) :]
    for _ in range(draw(st.integers(0, 5))):
        a, b = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        change, piece = draw(st.sampled_from(_CHANGES)), draw(st.sampled_from(_PIECES))
        data = change(data, a, min(b, a + 200), piece)[:4096]
    return data


def anything(good: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """What was changed, and what was never right."""
    return st.one_of(mutated(good), mutated(good), st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode()))
