"""Asks for everything that a judgement of domains needs, of many domains at once.

What every domain publishes is asked for first, all at the same time, with all that depends on it: the tree of its SPF record, the addresses of
its mail hosts, its DMARC policy, whether others take its reports, and what each of its authoritative servers says. Then each rule over the observation says what it misses, the MTA-STS policy
for one, until none misses anything.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from emailauth.core.authority import authorities
from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import InvalidName, normalise
from emailauth.core.observation import Fetched, Observation, Wanted
from emailauth.core.posture import ABSENT, Domain, Posture
from emailauth.core.question import Answer, Question, Questions, Status
from emailauth.lint.engine import unanswered
from emailauth.lint.rules import all_rules
from emailauth.live.https import Response, fetch
from emailauth.live.resolver import Patience, Resolver
from emailauth.live.resolver_servers import DNS_PORT, Server
from emailauth.protocols import dkim, dmarc, spf
from emailauth.workflow.published import Published, probes, published, questions

T = TypeVar("T")

Fetch: TypeAlias = Callable[[str, tuple[str, int]], Response]
"""Fetches a URL from an address and a port. Raises `CouldNotDoError`."""
Told: TypeAlias = Callable[[int, int], None]
"""Is told how many questions are answered, and how many were asked so far."""

_HTTPS_PORT: Final = 443
_FETCHES: Final = 16
"""Files that are fetched at the same time, each in a thread of its own."""
_MAX_SPF_NAMES: Final = 100
"""Names of one SPF tree that are asked for ahead of its evaluation, which has its own limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was observed of some domains."""

    observation: Observation
    published: tuple[Published, ...]
    """The domains that no file describes, as they are published."""
    not_recorded: tuple[Wanted, ...] = ()
    """Of a replay: what the record does not hold, so that what depends on it was not judged."""

    @property
    def not_there(self) -> tuple[str, ...]:
        """Those of the `published` domains that do not exist."""
        asked = ((one.domain.name, Question(name=one.domain.name, type="TXT")) for one in self.published)
        absent = Answer(status=Status.NXDOMAIN)
        return tuple(name for name, question in asked if self.observation.answers.get(question) == absent)


def observe(
    posture: Posture,
    names: Sequence[str],
    servers: Sequence[Server],
    *,
    told: Told | None = None,
    patience: Patience | None = None,
    fetch_from: Fetch | None = None,
    authority_port: int = DNS_PORT,
) -> Observed:
    """Asks for all that the rules need of the domains of a posture, and of further ones by name. No failure raises: it is an answer."""

    async def run() -> Observed:
        network = _Network(Resolver(servers, patience, authority_port=authority_port), fetch_from or _fetch, told or (lambda _, __: None))
        return await _observed(posture, names, network)

    return asyncio.run(run())


def replay(posture: Posture, names: Sequence[str], recorded: Observation) -> Observed:
    """The same from what was recorded; asks nothing."""
    observation = replace(recorded, planned=planned(posture))
    rules = all_rules().values()
    known = tuple(published(name, observation) for name in names)
    missing: set[Wanted] = {
        question for name in names for question in (*questions(name), *probes(name, observation)) if question not in observation.answers
    }
    for all_domains in (posture, Posture(domains=tuple(one.domain for one in known))):
        for domain in all_domains.domains:
            missing |= unanswered(all_domains, domain, rules, observation)
    return Observed(observation=observation, published=known, not_recorded=tuple(sorted(missing, key=_place)))


def _place(wanted: Wanted) -> tuple[str, str]:
    """URLs behind questions, which are sorted by their names."""
    return ("", repr(wanted)) if isinstance(wanted, Question) else (wanted, "")


def planned(posture: Posture) -> dict[Question, Answer]:
    """What DNS answers once a file is applied, as far as the file says it."""
    values: dict[Question, list[str]] = {}
    for domain in posture.domains:
        for section in domain.sections.values():
            for record in section.records(domain) if section is not ABSENT else ():
                values.setdefault(Question(name=record.name, type=record.type), []).append(record.value)
    for records in dmarc.report_authorisations(posture).values():
        for record in records:
            values.setdefault(Question(name=record.name, type=record.type), [record.value])
    return {question: Answer(values=tuple(found)) for question, found in values.items()}


class _Network:
    """Asks, and keeps what was answered."""

    def __init__(self, resolver: Resolver, fetch_from: Fetch, told: Told) -> None:
        self.answers: dict[Question, Answer] = {}
        self.fetches: dict[str, Fetched] = {}
        self._resolver = resolver
        self._fetch_from = fetch_from
        self._fetching: dict[str, asyncio.Task[Fetched]] = {}
        self._free = asyncio.Semaphore(_FETCHES)
        self._told = told
        self._asked: set[Question] = set()

    async def ask(self, name: str, record_type: str, server: str = "") -> Answer:
        question = Question(name=name, type=record_type, server=server)
        self._asked.add(question)
        self._told(len(self.answers), len(self._asked))
        answer = await self._resolver.ask(question)
        self.answers[question] = answer
        self._told(len(self.answers), len(self._asked))
        return answer

    async def fetch(self, url: str) -> Fetched:
        """Each URL once."""
        if url not in self._fetching:
            self._fetching[url] = asyncio.create_task(self._fetched(url))
        self.fetches[url] = await asyncio.shield(self._fetching[url])
        return self.fetches[url]

    async def want(self, wanted: Wanted) -> None:
        if isinstance(wanted, Question):
            await self.ask(wanted.name, wanted.type, wanted.server)
        else:
            await self.fetch(wanted)

    async def _fetched(self, url: str) -> Fetched:
        """From the addresses that the same resolvers tell, in turn, as a sender would."""
        host = url.split("/")[2]
        answers = await asyncio.gather(self.ask(host, "AAAA"), self.ask(host, "A"))
        problem = next((f"the addresses of {host} are not known ({answer.status.value})" for answer in answers if answer.failed), "")
        problem = problem or f"{host} has no address"
        for address in (value for answer in answers for value in answer.values):
            try:
                async with self._free:
                    response = await asyncio.to_thread(self._fetch_from, url, (address, _HTTPS_PORT))
            except CouldNotDoError as e:
                problem = str(e).removeprefix(f"{url}: ")
            else:
                return Fetched(body=response.body, media_type=response.media_type)
        return Fetched(problem=problem)


def _fetch(url: str, address: tuple[str, int]) -> Response:
    return fetch(url, connect_to=address)


async def _observed(posture: Posture, names: Sequence[str], network: _Network) -> Observed:
    observation = Observation(answers=network.answers, fetches=network.fetches, planned=planned(posture))
    look = _Look(network, observation)
    await asyncio.gather(
        *(look.at_domain(domain, lambda domain=domain: (posture, domain)) for domain in posture.domains),  # type: ignore[misc]
        *(look.at_name(name) for name in names),
    )
    return Observed(observation=observation, published=tuple(published(name, observation) for name in names))


class _Look:
    """Looks at domains."""

    def __init__(self, network: _Network, observation: Observation) -> None:
        self._network = network
        self._observation = observation
        """Fills while the network is asked."""

    async def at_name(self, name: str) -> None:
        """A domain that no file describes."""

        def as_published() -> tuple[Posture, Domain]:
            domain = published(name, self._observation).domain
            return Posture(domains=(domain,)), domain

        await asyncio.gather(*(self._network.want(question) for question in questions(name)))
        await asyncio.gather(*(self._network.want(question) for question in probes(name, self._observation)))
        await self.at_domain(as_published()[1], as_published)

    async def at_domain(self, domain: Domain, now: Callable[[], tuple[Posture, Domain]]) -> None:
        """A domain as it is known by now; `now` tells it again when more was answered."""
        await asyncio.gather(*(self._network.want(question) for question in questions(domain.name)), *self._further(domain))
        rules = [rule for rule in all_rules().values() if rule.subject is Observation]
        judged, waiting = domain, rules
        while waiting:
            posture, domain = now()
            if domain != judged:  # what was answered has made it another one, of which every rule may ask anew
                judged, waiting = domain, rules
            missing = [(rule, unanswered(posture, domain, (rule,), self._observation)) for rule in waiting]
            waiting = [rule for rule, wanted in missing if wanted]
            await asyncio.gather(*map(self._network.want, frozenset[Wanted]().union(*(wanted for _, wanted in missing))))

    def _further(self, domain: Domain) -> Iterable[Awaitable[object]]:
        """What can be asked for before any rule says so."""
        yield self._spf(domain.name, set())
        yield self._mail_hosts(domain.name)
        yield self._authorities(domain.name)
        yield self._driven(dmarc.discover(domain.name))
        if (section := domain.section(dmarc.Dmarc)) is not None:
            yield self._driven(dmarc.verify(domain.name, section.aggregate_reports or (), "rua"))
            yield self._driven(dmarc.verify(domain.name, section.failure_reports or (), "ruf"))
        if (keys := domain.section(dkim.Dkim)) is not None:
            for record in keys.records(domain):
                yield self._network.ask(record.name, record.type)

    async def _answer(self, name: str, record_type: str) -> Answer:
        """What DNS will answer."""
        asked = Question(name=name, type=record_type)
        return self._observation.planned.get(asked) or await self._network.ask(name, record_type)

    async def _driven(self, evaluation: Questions[T]) -> T:
        """Answers an evaluation, question by question."""
        try:
            question = next(evaluation)
            while True:
                question = evaluation.send(await self._answer(question.name, question.type))
        except StopIteration as end:
            result: T = end.value
            return result

    async def _spf(self, name: str, seen: set[str]) -> None:
        """The tree of a record: all branches at once, each name once. What depends on the message is left to the evaluation."""
        if name in seen or len(seen) >= _MAX_SPF_NAMES:
            return
        seen.add(name)
        answer = await self._answer(name, "TXT")
        records = [record for record in map(spf.parse, answer.values) if record]
        if len(records) == 1:
            await asyncio.gather(*(self._term(term, name, seen) for term in records[0].querying))

    async def _term(self, term: spf.Term, owner: str, seen: set[str]) -> None:
        target = _target(term, owner)
        if target is None:
            return
        if isinstance(term, spf.Include | spf.Redirect):
            await self._spf(target, seen)
        elif isinstance(term, spf.A):
            await self._addresses(target)
        elif isinstance(term, spf.Mx):
            await self._mail_hosts(target)

    async def _authorities(self, name: str) -> None:
        """What each server of its zone says of the records that one looks for first."""
        servers = {server.address for server in await self._driven(authorities(name))}
        names = (name, f"_dmarc.{name}")
        await asyncio.gather(*(self._network.ask(one, "TXT", server) for one in names for server in sorted(servers)))

    async def _mail_hosts(self, name: str) -> None:
        answer = await self._answer(name, "MX")
        hosts = [value.split(" ")[-1].removesuffix(".") for value in answer.values]
        await asyncio.gather(*(self._addresses(host) for host in hosts if host))

    async def _addresses(self, name: str) -> None:
        await asyncio.gather(self._network.ask(name, "A"), self._network.ask(name, "AAAA"))


def _target(term: spf.Term, owner: str) -> str | None:
    """The name that a term looks at; None where that depends on the message, or can be no name."""
    spec = spf.domain_spec_of(term)
    if spec is None:
        return owner
    try:
        return normalise(spec.name) if spec.name else None
    except InvalidName:
        return None
