"""Where in a file it stands what DNS will say."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from emailauth.core.diagnostic import Route
from emailauth.core.explanation import Place
from emailauth.core.posture import Section
from emailauth.protocols.dkim import Dkim
from emailauth.protocols.dmarc import Dmarc
from emailauth.protocols.spf import Spf, Term
from emailauth.workflow.load import Loaded

S = TypeVar("S", bound=Section)

_DMARC: Final[Mapping[str | None, Route]] = {
    "p": ("policy",),
    "sp": ("subdomain_policy",),
    "np": ("nonexistent_subdomain_policy",),
    None: (),
}


class Places:
    """The places of one file; of none where there is no file."""

    def __init__(self, loaded: Loaded | None) -> None:
        self._loaded = loaded

    def spf_term(self, owner: str, term: Term) -> Place | None:
        """The item or setting that a term of a domain's record comes from."""
        return self._place(owner, Spf, lambda section: section.record.place(term))

    def dmarc(self, owner: str, tag: str | None) -> Place | None:
        """The setting that a tag comes from; the section where the tag is not said."""
        return self._place(owner, Dmarc, lambda _: _DMARC[tag])

    def dkim(self, owner: str, selector: str) -> Place | None:
        """What the file says of a selector."""
        return self._place(owner, Dkim, lambda section: next(((name,) for name in section.keys if name.lower() == selector), None))

    def _place(self, owner: str, kind: type[S], route: Callable[[S], Route | None]) -> Place | None:
        """Where something stands in a section of a domain, whose route from the section a function tells."""
        domain = self._loaded.posture.domain(owner) if self._loaded else None
        section = domain.section(kind) if domain else None
        found = route(section) if section else None
        if self._loaded is None or domain is None or found is None:
            return None
        document = self._loaded.document
        return Place(path=document.path, span=document.span(document.resolve((*domain.route, kind.KEY, *found))))
