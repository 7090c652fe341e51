"""DMARC discovery, alignment and the yes of report consumers: the octets are a name, a line, and a world."""

from emailauth.core.names import InvalidName, labels, normalise
from emailauth.protocols.dmarc.alignment import Identifier
from emailauth.protocols.dmarc.discovery import MAX_QUERIES, discover, organizational_domain, targets, walk
from emailauth.protocols.dmarc.evaluation import evaluate
from emailauth.protocols.dmarc.external import verify
from emailauth.protocols.dmarc.record import uris
from tests.fuzz.world import driven, text_of, world

_MOST_URIS = 20
_PROVED = ("example.com", "mail.example.com", "example.net")


def run(data: bytes) -> None:
    """A walk is eight questions at most, discovery nine, a destination two walks and a question; the Organizational Domain encloses its own."""
    head, _, rest = data.partition(b"\n")
    name, answers = _name(text_of(head)), world(rest)
    assert len(targets(name)) <= MAX_QUERIES
    walked = driven(walk(name), answers, MAX_QUERIES)
    organizational = organizational_domain(walked)
    assert organizational is None or labels(name)[-len(labels(organizational.domain)) :] == labels(organizational.domain)
    found = driven(discover(name), answers, MAX_QUERIES + 1)
    assert found.why
    proved = [Identifier(mechanism="SPF", domain=one) for one in (*_PROVED, name)]
    driven(evaluate(name, proved), answers, MAX_QUERIES * (2 + len(proved)) + 1)
    said = uris(found.found.record.get("rua") or "")[:_MOST_URIS] if found.found else ()
    assert len(driven(verify(name, said, "rua"), answers, (2 * MAX_QUERIES + 1) * _MOST_URIS)) == len(said)


def _name(text: str) -> str:
    try:
        return normalise(text)
    except InvalidName:
        return "a.b.c.d.e.f.g.h.example.com"
