"""Which selectors publish the public half of a private key: those of a file, or those that DNS is asked for."""

import asyncio
from collections.abc import Iterator, Sequence

from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question
from emailauth.live.resolver import Patience, Resolver
from emailauth.live.resolver_servers import Server
from emailauth.protocols import dkim
from emailauth.protocols.dkim.pairs import Match, compare


def in_file(key: dkim.PublicKey, posture: Posture) -> Iterator[Match]:
    """All selectors of a file that have a record, in its order."""
    for domain in posture.domains:
        section = domain.section(dkim.Dkim)
        for selector in section.selectors(domain) if section is not None else ():
            if selector.record is not None:
                yield Match(domain=domain.name, selector=selector.name, verdict=compare(key, selector.record))
            elif isinstance(selector.says, dkim.DkimKey):
                yield Match(domain=domain.name, selector=selector.name, verdict=None, note=_why(selector), is_known=False)


def _why(selector: dkim.Selector) -> str:
    """Why the file does not tell which key a selector has."""
    if isinstance(selector.key, dkim.NotAKey):
        return f"the key is {selector.key.message}"
    return "a CNAME leads to the key, and only --live asks for that"


def in_dns(
    key: dkim.PublicKey, names: Sequence[tuple[str, str]], servers: Sequence[Server], patience: Patience | None = None
) -> tuple[Match, ...]:
    """Selectors of domains, as (domain, selector), each with every key record that is there. No failure raises."""

    async def run() -> list[Answer]:
        resolver = Resolver(servers, patience)
        questions = [Question(name=dkim.owner(selector, domain), type="TXT") for domain, selector in names]
        return await asyncio.gather(*map(resolver.ask, questions))

    answers = asyncio.run(run())
    return tuple(match for place, answer in zip(names, answers, strict=True) for match in _of(key, place, answer))


def _of(key: dkim.PublicKey, place: tuple[str, str], answer: Answer) -> Iterator[Match]:
    domain, selector = place
    records = [dkim.parse(value) for value in answer.values if dkim.is_key_record(value)]
    for record in records:
        yield Match(domain=domain, selector=selector, verdict=compare(key, record))
    if answer.failed:
        yield Match(domain=domain, selector=selector, verdict=None, note=f"not answered ({answer.status.value})", is_known=False)
    elif not records:
        yield Match(domain=domain, selector=selector, verdict=None, note="there is no key record")
