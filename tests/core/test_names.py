"""Owner names: one form of each, and what lies within what."""

import dns.exception
import dns.name
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailauth.core.names import InvalidName, is_host, is_within, labels, longest_suffix, normalise

NORMAL = [
    ("example.com", "example.com"),
    ("Example.COM.", "example.com"),
    ("_DMARC.example.com", "_dmarc.example.com"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    (r"a\.b.example", r"a\.b.example"),
    (r"\065.example", "a.example"),
    ("a b.example", r"a\032b.example"),
    ("com", "com"),
    ("*.example.com", "*.example.com"),
]


@pytest.mark.parametrize(("text", "expected"), NORMAL)
def test_each_name_has_one_form(text: str, expected: str) -> None:
    assert normalise(text) == expected


INVALID = [
    ("", "'' names no domain"),
    (".", "'.' names no domain"),
    ("@", "'@' names no domain"),
    ("a..example", "'a..example' is not a domain name: A DNS label is empty."),
    (".example", "'.example' is not a domain name: A DNS label is empty."),
    (r"\999.example", r"'\\999.example' is not a domain name: An escaped code in a text format of DNS name is invalid."),
    ("bücher.example", "'bücher.example' is not ASCII: write its A-label form, 'xn--bcher-kva.example'"),
    # IDNA 2003 would make another name of these than IDNA 2008 does.
    ("straße.example", "'straße.example' is not ASCII: write its A-label form"),
    ("βόλος.example", "'βόλος.example' is not ASCII: write its A-label form"),
    ("é" * 70 + ".example", f"'{'é' * 70}.example' is not ASCII: write its A-label form"),
    ("\ud800.example", r"'\ud800.example' is not ASCII: write its A-label form"),
]


@pytest.mark.parametrize(("text", "reason"), INVALID)
def test_what_is_no_name_is_told(text: str, reason: str) -> None:
    with pytest.raises(InvalidName) as caught:
        normalise(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize("text", ["a" * 64 + ".example", ".".join(["a" * 60] * 5)])
def test_labels_and_names_have_their_limits(text: str) -> None:
    with pytest.raises(InvalidName, match=r"octets long"):
        normalise(text)


LABEL = st.text("aZ0-_", min_size=1, max_size=64)


@settings(max_examples=200, deadline=None)
@given(st.lists(LABEL, min_size=1, max_size=5).map(".".join), st.sampled_from(["", "."]))
def test_plain_names_have_the_form_that_dnspython_gives_them(name: str, end: str) -> None:
    try:
        expected = dns.name.from_text(name + end).to_text(omit_final_dot=True).lower()
    except dns.exception.DNSException:
        with pytest.raises(InvalidName):
            normalise(name + end)
        return
    assert normalise(name + end) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12) | st.text("aB.-_\\0129 @*", max_size=12))
def test_normalising_twice_changes_nothing(text: str) -> None:
    try:
        name = normalise(text)
    except InvalidName:
        return
    assert normalise(name) == name
    assert ".".join(labels(name)) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.com", True),
        ("a-b.example", True),
        ("3com.example", True),
        ("xn--bcher-kva.example", True),
        (".".join(["a" * 49] * 5) + ".com", True),
        (".".join(["a" * 49] * 5) + ".comm", False),
        ("com", False),
        ("", False),
        ("_dmarc.example.com", False),
        ("-a.example", False),
        ("a-.example", False),
        ("a b.example", False),
        ("a..example", False),
        ("192.0.2.1", False),
        ("example.com\n", False),
        (r"a\.b.example", False),
        ("Example.com", False),
    ],
)
def test_hosts(name: str, expected: bool) -> None:
    assert is_host(name) is expected


@pytest.mark.parametrize(
    ("name", "ancestor", "expected"),
    [
        ("example.com", "example.com", True),
        ("a.example.com", "example.com", True),
        ("a.b.example.com", "example.com", True),
        ("example.com", "a.example.com", False),
        ("badexample.com", "example.com", False),
        ("example.net", "example.com", False),
        (r"a\.example.com", "example.com", False),
        (r"a\.example.com", "com", True),
        (r"a\.b.example.com", "example.com", True),
        (r"a\\.example.com", "example.com", True),
        (r"x.a\.b.com", r"a\.b.com", True),
    ],
)
def test_within(name: str, ancestor: str, expected: bool) -> None:
    assert is_within(name, ancestor) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.com", ["example", "com"]),
        (r"a\.b.example", [r"a\.b", "example"]),
        (r"a\\.example", [r"a\\", "example"]),
        (r"a\032b.example", [r"a\032b", "example"]),
    ],
)
def test_labels(name: str, expected: list[str]) -> None:
    assert labels(name) == expected


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("a.b.example.com", {"example.com", "b.example.com", "com"}, "b.example.com"),
        ("example.com", {"example.com"}, "example.com"),
        ("example.com", {"a.example.com"}, None),
        ("badexample.com", {"example.com"}, None),
        (r"a\.example.com", {"example.com"}, None),
        ("example.com", set(), None),
    ],
)
def test_the_zone_of_a_name_is_the_closest(name: str, candidates: set[str], expected: str | None) -> None:
    assert longest_suffix(name, candidates) == expected
