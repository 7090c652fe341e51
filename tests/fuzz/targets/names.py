"""Names and values of records: the octets are a type, a line, and a text."""

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import InvalidName, is_host, is_within, labels, longest_suffix, normalise
from emailauth.core.rdata import to_rdata, to_value
from emailauth.core.text import printable
from emailauth.protocols.spf.macros import a_labels, name_to_ask, target_name
from tests.fuzz.world import text_of

_TYPES = ("TXT", "A", "AAAA", "MX", "CNAME", "TLSA", "CAA", "SOA", "TYPE65280")


def run(data: bytes) -> None:
    """A name has one form, which stays; a value that a record can hold comes out of it."""
    text = text_of(data)
    _name(text)
    for record_type in (_TYPES[len(data) % len(_TYPES)], "TXT"):
        try:
            rdata = to_rdata(record_type, text)
        except CouldNotDoError:
            continue
        value = to_value(rdata)
        assert to_value(to_rdata(record_type, value)) == value
        assert record_type != "TXT" or value == text
    printable(text).encode()
    assert (asked := name_to_ask(a_labels(text))) is None or normalise(asked) == asked
    assert len(target_name(text)) <= 254


def _name(text: str) -> None:
    name, reason = "", ""
    try:
        name = normalise(text)
    except InvalidName as e:
        reason = str(e)
    assert bool(name) is not bool(reason)
    if name:
        _normal(name)


def _normal(name: str) -> None:
    assert normalise(name) == name
    assert ".".join(labels(name)) == name
    assert is_within(name, name)
    assert longest_suffix(name, {name}) == name
    assert not is_host(name) or name.isascii()
