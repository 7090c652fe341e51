"""100,000 records as domains publish them, drawn from a seed: the same at every run, no two texts alike.

SPF has the shares that were measured on 39,459 records of domains and 5,723 of services which those include (2026): by each, how many
have `mx` or `a`, which `all`, ip6, ptr, redirect, macros, `exists`, ranges that overlap, more than 255 and 450 octets, and mistakes. How many
includes and networks a record has was not measured: here it is chosen so that the lengths come out. The mix of DMARC's tags is an estimate.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")

SEED: Final = 7208
_OF_SERVICES: Final = 5_723 / (39_459 + 5_723)
_ALL: Final = {"~all": 47.7, "-all": 46.5, "?all": 3.3, "+all": 0.04}
_INCLUDES: Final = {0: 22, 1: 40, 2: 20, 3: 10, 4: 5, 5: 2, 6: 1}
_NETWORKS: Final = {0: 47, 1: 19, 2: 13, 3: 8, 4: 5, 5: 3, 6: 2, 8: 1.6, 11: 0.9, 16: 0.4, 26: 0.1}
_NETWORKS_OF_SERVICES: Final = {0: 6, 1: 16, 2: 17, 3: 12, 5: 14, 8: 13, 12: 9, 18: 6, 26: 5, 34: 2}
_LENGTHS: Final = {32: 60, 24: 12, 29: 6, 28: 7, 27: 5, 26: 3, 25: 2, 23: 2, 22: 2, 20: 1}
_SERVICES: Final = {
    "spf.protection.outlook.com": 40,
    "_spf.google.com": 12,
    "sendgrid.net": 7,
    "servers.mcsv.net": 6,
    "spf.mandrillapp.com": 4,
    "amazonses.com": 4,
    "mailgun.org": 4,
    "spf.mailjet.com": 3,
    "_spf.salesforce.com": 3,
    "mail.zendesk.com": 3,
    "spf.infomaniak.ch": 2,
    "_spf.hostedemail.com": 2,
    "secureserver.net": 2,
    "spf.messagelabs.com": 2,
    "eu._netblocks.mimecast.com": 2,
    "_spf.mx.cloudflare.net": 1,
    "zoho.eu": 1,
    "spf.brevo.com": 1,
}
_MACROS: Final = (
    "exists:%{{i}}.spf.{name}",
    "exists:%{{i}}._spf.mta.{name}",
    "exists:%{{l}}.%{{i}}._spf.{name}",
    "include:%{{ir}}.%{{v}}.%{{d}}.spf.{name}",
    "include:%{{i}}._ip.%{{h}}._ehlo.%{{d}}._spf.{name}",
)
_WORDS: Final = (
    "stadt",
    "schule",
    "mail",
    "nord",
    "kanton",
    "post",
    "region",
    "hospital",
    "museum",
    "council",
    "press",
    "wald",
    "hafen",
    "forum",
)
_TOP: Final = ("example", "example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Texts by protocol, in the order in which they were drawn."""

    spf: tuple[str, ...]
    dmarc: tuple[str, ...]


def corpus(size: int) -> Corpus:
    """So many records of each."""
    rng = random.Random(SEED)  # noqa: S311 - drawn again at every run, and no secret
    return Corpus(spf=_different(lambda: _spf(rng), size), dmarc=_different(lambda: _dmarc(rng), size))


def shares(texts: tuple[str, ...]) -> Mapping[str, float]:
    """What can be told of SPF texts from outside, in percent: to hold against what was measured."""
    tests: Mapping[str, Callable[[str], bool]] = {
        "mx or a": lambda text: any(f" {name}{end}" in f"{text} " for name in ("mx", "a") for end in " :/"),
        "~all": lambda text: text.endswith("~all"),
        "-all": lambda text: text.endswith("-all"),
        "ip6": lambda text: "ip6:" in text,
        "over 255 octets": lambda text: len(text) > 255,
        "over 450": lambda text: len(text) > 450,
        "ptr": lambda text: " ptr" in text,
        "redirect": lambda text: "redirect=" in text,
        "macros": lambda text: "%{" in text,
    }
    return {name: 100 * sum(map(test, texts)) / len(texts) for name, test in tests.items()}


def _different(draw: Callable[[], str], size: int) -> tuple[str, ...]:
    """So many texts; what was drawn before is drawn anew, so that the plainest, which many domains share, are here once."""
    found: dict[str, None] = {}
    while len(found) < size:
        found[draw()] = None
    return tuple(found)


def _spf(rng: random.Random) -> str:
    terms = _of_service(rng) if rng.random() < _OF_SERVICES else _of_domain(rng)
    text = " ".join(("v=spf1", *terms))
    return _mistaken(rng, text) if _is(rng, 0.57) else text


def _of_domain(rng: random.Random) -> list[str]:
    """The terms of a domain's own record."""
    if _is(rng, 1.5):
        return [f"redirect=_spf.{_name(rng)}"]
    terms = [f"include:{_service(rng)}" for _ in range(_drawn(rng, _INCLUDES))]
    terms = list(dict.fromkeys(terms))
    networks = _networks(rng, _drawn(rng, _NETWORKS), overlapping=_is(rng, 12), ip6=_is(rng, 2.0))
    own = ["mx"] if _is(rng, 49.4) else []
    own += ["a"] if _is(rng, 24) else []
    own += [f"a:{_name(rng)}"] * _is(rng, 9) + [f"mx:{_name(rng)}"] * _is(rng, 1)
    terms = own + networks + terms if rng.random() < 0.6 else own + terms + networks
    terms += ["ptr"] * _is(rng, 1.6) + [_macro(rng)] * _is(rng, 0.75)
    if terms and _is(rng, 0.13):
        terms.append(terms[-1])
    if terms and _is(rng, 0.04):
        terms[0] = f"?{terms[0]}"
    terms += [] if _is(rng, 0.6) else [_drawn(rng, _ALL)]
    return terms + [f"ip4:{_address(rng)}"] * _is(rng, 0.07)


def _of_service(rng: random.Random) -> list[str]:
    """The terms of a record that others include."""
    terms = _networks(rng, _drawn(rng, _NETWORKS_OF_SERVICES), overlapping=_is(rng, 40), ip6=_is(rng, 19.5))
    terms += [f"include:_spf{i}.{_name(rng)}" for i in range(_drawn(rng, {0: 70, 1: 15, 2: 8, 3: 5, 4: 2}))]
    terms += [f"a:{_name(rng)}"] * _is(rng, 8) + ["mx"] * _is(rng, 6) + [_macro(rng)] * _is(rng, 1.6)
    if terms and _is(rng, 0.4):
        terms[0] = f"-{terms[0]}"
    return [*terms, _drawn(rng, _ALL)]


def _networks(rng: random.Random, number: int, *, overlapping: bool, ip6: bool) -> list[str]:
    """So many ip4 terms; where they overlap, the second is the range around the first or its neighbour."""
    found: list[str] = []
    for _ in range(number):
        length = _drawn(rng, _LENGTHS)
        value = rng.randrange(0x01000000, 0xE0000000)
        if length < 32 and not _is(rng, 3):  # else: the address of a host with the length of its network
            value = value >> 32 - length << 32 - length
        found.append(f"ip4:{_dotted(value)}" + (f"/{length}" if length < 32 else ""))
        if overlapping and len(found) == 1 and number > 1:
            found.append(f"ip4:{_dotted(value >> 8 << 8)}/24" if rng.random() < 0.5 else f"ip4:{_dotted(value ^ 1)}")
    if ip6:
        found += [f"ip6:2a{rng.getrandbits(8):02x}:{rng.getrandbits(16):x}:{rng.getrandbits(16):x}::/{rng.choice((48, 64, 56))}"]
    return found


def _mistaken(rng: random.Random, text: str) -> str:
    """The same with a mistake that people make."""
    head, _, last = text.rpartition(" ")
    return rng.choice(
        (
            text.replace("ip4:", "ipv4:", 1),
            f"{head}{last}",
            f"{head} include: {last}",
            f"{text} {text}",
            text.replace("include:", "inlcude:", 1),
            text.replace("ip4:", "ip4: ", 1),
            f"{head}, {last}",
        )
    )


def _dmarc(rng: random.Random) -> str:
    name = _name(rng)
    tags = [("v", "DMARC1"), ("p", _drawn(rng, {"none": 42, "quarantine": 20, "reject": 38}))]
    tags += [("sp", _drawn(rng, {"none": 30, "quarantine": 25, "reject": 45}))] * _is(rng, 24) + [("np", "reject")] * _is(rng, 1)
    tags += [("adkim", _drawn(rng, {"r": 60, "s": 40}))] * _is(rng, 17) + [("aspf", _drawn(rng, {"r": 60, "s": 40}))] * _is(rng, 17)
    tags += [("pct", _drawn(rng, {"100": 85, "10": 5, "50": 10}))] * _is(rng, 20) + [("t", "y")] * _is(rng, 0.5)
    tags += [("rua", _reports(rng, name, {1: 82, 2: 15, 3: 3}))] * _is(rng, 93)
    tags += [("ruf", _reports(rng, name, {1: 92, 2: 8}))] * _is(rng, 35)
    tags += [("fo", _drawn(rng, {"1": 75, "0": 10, "1:d:s": 10, "d": 2, "s": 3}))] * _is(rng, 22)
    tags += [("rf", "afrf"), ("ri", "86400")] * _is(rng, 5)
    separator = "; " if rng.random() < 0.85 else ";"
    text = separator.join(f"{tag}={value}" for tag, value in tags) + ";" * _is(rng, 45)
    return _mistaken_dmarc(rng, text) if _is(rng, 1.5) else text


def _reports(rng: random.Random, name: str, numbers: Mapping[int, float]) -> str:
    """Addresses of the domain's own, or at a service that tells its customers apart by the local part."""
    own = (f"mailto:dmarc@{name}", f"mailto:postmaster@{name}", f"mailto:dmarc-reports@{name}")
    services = (f"mailto:{rng.getrandbits(40):x}@ag.example.net", f"mailto:{rng.getrandbits(32):x}@rua.reports.example.org")
    return ",".join(rng.choice(own if rng.random() < 0.5 else services) for _ in range(_drawn(rng, numbers)))


def _mistaken_dmarc(rng: random.Random, text: str) -> str:
    return rng.choice(
        (
            text.replace("mailto:", "", 1),
            text.replace("p=", "policy=", 1),
            text.replace("p=none", "p=non", 1),
            text.replace(";", ",", 1),
            text.replace("; ", " ; ", 2),
            text.replace("p=reject", "p=Reject", 1),
            text.replace("mailto:", "mailto: ", 1),
            f"{text} {text}",
        )
    )


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}{rng.randrange(10_000)}.{rng.choice(_TOP)}"


def _service(rng: random.Random) -> str:
    """One that everybody includes, or one of the many that few do."""
    return _drawn(rng, _SERVICES) if rng.random() < 0.72 else f"spf.{_name(rng)}"


def _macro(rng: random.Random) -> str:
    return rng.choice(_MACROS).format(name=_name(rng))


def _address(rng: random.Random) -> str:
    return _dotted(rng.randrange(0x01000000, 0xE0000000))


def _dotted(value: int) -> str:
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def _is(rng: random.Random, percent: float) -> bool:
    return rng.random() * 100 < percent


def _drawn(rng: random.Random, weights: Mapping[T, float]) -> T:
    """One of the keys, by their weights."""
    return rng.choices(tuple(weights), tuple(weights.values()))[0]
