"""What macros make of a name, and what they cost."""

from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import Final

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, SHOULD, Context, rule
from emailauth.protocols import spf
from emailauth.protocols.spf.macros import MAX_NAME, Message, expand

_MAX_LABEL: Final = 63
_SENDERS: Final = frozenset("slh")
"""What the sender of a message chooses freely: the address, its local-part, the name in HELO."""
_UNBOUNDED: Final = frozenset("slhp")
_LONGEST: Final = IPv6Address((1 << 128) - 1)


@rule(SHOULD, "RFC 7208 section 7.2", covers=["SPF-025"], needs=["macros"])
def spf_p_macro(record: spf.Record) -> Iterator[Finding]:
    """The macro %{p}.

    It stands for the validated name of the client, which receivers find through the reverse mapping of its address: slow,
    not reliable, and under the control of whoever has the address.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:%{p}._spf.example.net"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:%{d}._spf.example.net"], otherwise: fail}
    """
    for term, letters in _macros(record):
        if "p" in letters:
            message = "%{p} makes receivers look up the reverse mapping of every client: use %{i} or %{d}"
            yield Finding(message, at=record.place(term))


@rule(ADVICE, "RFC 7208 section 11.5.3", covers=["SPF-026"], needs=["macros"])
def spf_result_depends_on_sender(record: spf.Record) -> Iterator[Finding]:
    """A name made of %{l}, %{s} or %{h}.

    What stands there is chosen by whoever sends the message: each makes a query of its own, which no cache can answer, and which tells the
    owner of the name who writes. Nobody can list the hosts that such a term lets send.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:%{l}._spf.example.net"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:%{d}._spf.example.net"], otherwise: fail}
    """
    for term, letters in _macros(record):
        if (found := sorted(letters & _SENDERS)) and not isinstance(term, spf.Explanation):
            macros = " and ".join(f"%{{{letter}}}" for letter in found)
            message = (
                f"who may send by {term.text!r} depends on {macros} of each message, which receivers look up anew and tell the name's owner"
            )
            yield Finding(message, at=record.place(term))


@rule(ADVICE, "RFC 7208 section 7.3", covers=["SPF-027"], needs=["macros"])
def spf_macro_makes_name_too_long(record: spf.Record, context: Context) -> Iterator[Finding]:
    """A name with macros that gets too long for DNS.

    The address of an IPv6 client takes 63 characters in %{i}. Receivers cut labels off at the left of a name of more than 253 characters, so
    that they look up another one than is meant; a name with a label of more than 63 does not exist.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:%{i}.%{ir}.%{i}.%{ir}.spf.example.net"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:%{ir}.%{v}.%{d}.spf.example.net"], otherwise: fail}
    """
    name = context.require_domain().name
    for term, letters in _macros(record):
        spec = spf.domain_spec_of(term)
        if spec is None or letters & _UNBOUNDED:
            continue
        made = expand(spec.parts, _client(name), name).removesuffix(".")
        if len(made) > MAX_NAME:
            message = f"for an IPv6 client the name has {len(made)} characters, of which receivers take the last {MAX_NAME} at most"
            yield Finding(message, at=record.place(term))
        elif max(map(len, made.split("."))) > _MAX_LABEL:
            yield Finding(f"for an IPv6 client the name has a label of more than {_MAX_LABEL} characters", at=record.place(term))


@rule(ADVICE, "RFC 7208 section 5.7", covers=["SPF-046"], needs=["exists"])
def spf_exists(record: spf.Record) -> Iterator[Finding]:
    """The mechanism exists.

    Its name is made anew for nearly every client, so each message costs receivers a query that no cache can answer, and shows the owner of the
    name where mail comes from. Nobody can list the hosts that it lets send. Some services work that way and no other.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["exists:%{i}._spf.example.net"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: fail}
    """
    for term in record.terms:
        if isinstance(term, spf.Exists) and (message := _remark(term)):
            yield Finding(message, at=record.place(term))


def _remark(term: spf.Exists) -> str:
    """Empty where other rules say more."""
    letters = {macro.letter for macro in term.domain.macros}
    if not letters:
        return f"{term.text!r} asks for the same name whoever sends: it matches either every client or none"
    if letters & _UNBOUNDED:
        return ""
    return f"{term.text!r} makes receivers ask for a new name for nearly every client, which shows its owner where mail comes from"


def _macros(record: spf.Record) -> Iterator[tuple[spf.Term, frozenset[str]]]:
    """The terms that have macros, with their letters."""
    if "%" not in record.text:
        return
    for term in record.terms:
        spec = spf.domain_spec_of(term)
        if spec is not None and (macros := spec.macros):
            yield term, frozenset([macro.letter for macro in macros])


def _client(domain: str) -> Message:
    """A message whose client has one of the longest addresses."""
    return Message(ip=_LONGEST, local_part="", sender_domain=domain, helo="", receiver="", now=0)
