"""The domain names that terms point at."""

import re
from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.lint.rule import ADVICE, MUST, SHOULD, rule
from emailauth.protocols import spf

_MAX_LABEL = 63
_MAX_NAME = 253
_UNUSUAL = re.compile(r"[^a-z0-9_.-]")


@rule(MUST, "RFC 1035 section 2.3.4", covers=["SPF-021"])
def spf_impossible_name(term: spf.Term) -> Iterator[Finding]:
    """A domain name that DNS cannot hold.

    A label has 1 to 63 octets and a name at most 253 characters. The grammar of SPF lets more through, but the look-up can
    only fail: for include and redirect the result is permerror.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf..example.net"], otherwise: softfail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net"], otherwise: softfail}
    """
    name = _name(term)
    if name is not None and (problem := _impossible(name)):
        yield Finding(f"{problem}, so no such name can exist in DNS")


@rule(ADVICE, "RFC 7208 section 4.8", covers=["SPF-008", "SPF-009", "SPF-022"])
def spf_unlikely_name(term: spf.Term) -> Iterator[Finding]:
    """A domain name that looks like a slip of the pen.

    SPF allows nearly every character in a name, so a comma or a missing space between two terms, an @ or a URL do not break
    the grammar: they make one name that nobody has, and the look-up fails.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net,a:mail.example.net"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["include:_spf.example.net", "a:mail.example.net"], otherwise: fail}
    """
    name = _name(term)
    if name is None or _impossible(name):
        return
    if unusual := _UNUSUAL.search(name):
        yield Finding(f"a domain name with {unusual[0]!r} in it is hardly one that exists in DNS: check for a missing space")
    elif name.endswith("-all"):
        yield Finding("a domain name that ends in -all is hardly one that exists in DNS: a space is missing before it")


@rule(SHOULD, "RFC 7208 section 7.2", covers=["SPF-025"])
def spf_p_macro(term: spf.Term) -> Iterator[Finding]:
    """The macro %{p}.

    It stands for the validated name of the client, which receivers find through the reverse mapping of its address: slow,
    not reliable, and under the control of whoever has the address.

    Bad:
        version: 1
        domains:
          example.com:
            spf: {allow: ["exists:%{p}._spf.example.net"], otherwise: fail}
    Good:
        version: 1
        domains:
          example.com:
            spf: {allow: ["exists:%{i}._spf.example.net"], otherwise: fail}
    """
    spec = spf.domain_spec_of(term)
    if spec is not None and any(macro.letter == "p" for macro in spec.macros):
        yield Finding("%{p} makes receivers look up the reverse mapping of every client: use %{i} or %{d}")


def _name(term: spf.Term) -> str | None:
    spec = spf.domain_spec_of(term)
    return spec.name if spec else None


def _impossible(name: str) -> str | None:
    """Why DNS cannot hold a name."""
    labels = name.split(".")
    if "" in labels:
        return "a label of the name is empty"
    if max(map(len, labels)) > _MAX_LABEL:
        return f"a label of the name is longer than {_MAX_LABEL} octets"
    return f"the name is longer than {_MAX_NAME} octets" if len(name) > _MAX_NAME else None
