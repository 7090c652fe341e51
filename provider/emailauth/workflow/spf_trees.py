"""SPF trees of domains: of those in files as far as these tell them, and of any with what DNS answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emailauth.core.posture import Posture
from emailauth.core.question import Answer, Question, Status, answered
from emailauth.protocols.spf import Spf
from emailauth.protocols.spf.tree import Tree, gather
from emailauth.workflow.answering import FileAnswers, Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A domain whose tree is wanted, and who tells it."""

    domain: str
    """Normalised."""
    file: FileAnswers | None = None
    """What a file says; None: nothing does, and the domain is taken as it is published."""
    is_asking: bool
    """Whether DNS is asked for what no file says."""

    def lookup(self, dns: Lookup) -> Lookup:
        """What answers for this domain."""
        if self.file is None:
            return dns
        return self.file.before(dns) if self.is_asking else self.file


def of_file(posture: Posture, *, is_asking: bool, with_absent: bool = False) -> Iterator[Source]:
    """The domains of a file that have an SPF record there; also those that shall have none, where asked for."""
    file = FileAnswers(posture)
    for domain in posture.domains:
        if domain.section(Spf) or (with_absent and domain.is_absent(Spf)):
            yield Source(domain=domain.name, file=file, is_asking=is_asking)


def trees(sources: Iterable[Source], dns: Lookup) -> Iterator[Tree]:
    """The trees of domains. What nobody answers is not looked up."""
    for source in sources:
        yield tree(source.domain, source.lookup(dns))


def scout(sources: Iterable[Source], dns: Lookup) -> None:
    """Looks up all that the trees lead to. What is not known yet counts as not there, so that nothing beside it has to wait for it."""

    def lookup(question: Question) -> Answer:
        return dns(question) or Answer(status=Status.NO_DATA)

    for _ in trees((source for source in sources if source.is_asking), lookup):
        pass


def tree(domain: str, lookup: Lookup) -> Tree:
    """The tree of a domain, with the answers of a look-up."""
    return answered(gather(domain), lookup)
