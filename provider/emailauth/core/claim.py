"""Claims: which of the values that are live are ours to change.

Ownership needs no state: a value is ours when it stands at a claimed name, has the claimed type and is
recognised by its content. Every other value is foreign and is carried through byte for byte.
"""

from collections.abc import Callable
from dataclasses import dataclass

from emailauth.core.names import is_within
from emailauth.core.record import RecordType, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Says that the values at `name` of `type` which `recognises` accepts are one domain's record of a kind."""

    name: str
    type: RecordType
    domain: str
    kind: str
    recognises: Callable[[str], bool]
    """Answers for a value in the form of `record`; must be a module-level function or a value like `OneOf`, so that claims compare."""
    stage: Stage = Stage.RECORDS
    below: bool = False
    """Claims every name strictly below `name` instead of `name` itself (all selectors under `_domainkey`)."""

    def covers(self, name: str, record_type: RecordType) -> bool:
        """Whether the RRset is one that this claim looks into."""
        if record_type != self.type:
            return False
        return name != self.name and is_within(name, self.name) if self.below else name == self.name


def every_value(value: str) -> bool:  # noqa: ARG001 - a claim's answer for sets that are wholly ours
    """Recognises all values: for sets that one section describes completely (MX, CNAME)."""
    return True


@dataclass(frozen=True, slots=True)
class OneOf:
    """Recognises exactly some values: for records that a web host tells and that are no longer wanted."""

    values: frozenset[str]

    def __call__(self, value: str) -> bool:
        """Whether it is one of them."""
        return value in self.values
