"""What a custom resource can do, and how it answers Diff. The gRPC around it is `server`'s business."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from emailauth.pulumi.inputs import Failure, Field
from emailauth.pulumi.properties import UNKNOWN, Properties, Property, plain
from emailauth.pulumi.session import Session


class How(Enum):
    """What happens to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One property, or one item of a list, that changes."""

    path: str
    how: How
    replaces: bool = False
    """The resource cannot be changed so: a new one takes its place."""

    @property
    def key(self) -> str:
        """The top-level property."""
        return self.path.split("[", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an Update, or a replacement, would change."""

    changes: tuple[Change, ...] = ()
    delete_first: bool = False
    """The old one must go before the new one can come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What Read found."""

    id: str
    outputs: Properties
    inputs: Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The resource that a call is about."""

    urn: str
    type: str
    name: str
    preview: bool = False


class CustomResource(Protocol):
    """A kind of resource. Inputs are those that `check` gave; outputs are they and what was found or made."""

    token: str
    fields: Mapping[str, Field]

    async def check(self, session: Session, news: Properties) -> tuple[Properties, list[Failure]]:
        """The inputs in their normal form, and what is wrong with them."""

    def diff(self, olds: Properties, news: Properties) -> Difference:
        """Compares what there is (outputs) with what shall be (inputs)."""

    async def create(self, session: Session, target: Target, news: Properties) -> tuple[str, Properties]:
        """Makes it and returns id and outputs; in a preview says what they would be."""

    async def read(self, session: Session, resource_id: str, inputs: Properties, state: Properties) -> Found | None:
        """What is live; None where there is none. All but the id is empty for an import."""

    async def update(self, session: Session, target: Target, resource_id: str, olds: Properties, news: Properties) -> Properties:
        """Makes it as `news` say and returns the outputs; in a preview says what they would be."""

    async def delete(self, session: Session, target: Target, resource_id: str, olds: Properties) -> None:
        """Removes what is ours of it. It may be gone already."""


def scalar_change(key: str, olds: Properties, news: Properties, *, replaces: bool = False) -> Iterable[Change]:
    """The change of a property that is one value."""
    old, new = plain(olds.get(key)), plain(news.get(key))
    if new is UNKNOWN or old != new:
        how = How.ADD if old is None else How.DELETE if new is None else How.UPDATE
        yield Change(path=key, how=how, replaces=replaces)


def list_changes(key: str, old: list[Property], new: Property) -> Iterable[Change]:
    """The changes of a list whose order means nothing, item by item."""
    if new is UNKNOWN:
        yield Change(path=key, how=How.UPDATE)
        return
    if UNKNOWN not in new and sorted(old) == sorted(new):
        return
    for i in range(max(len(old), len(new))):
        if i >= len(old):
            yield Change(path=f"{key}[{i}]", how=How.ADD)
        elif i >= len(new):
            yield Change(path=f"{key}[{i}]", how=How.DELETE)
        elif old[i] != new[i]:
            yield Change(path=f"{key}[{i}]", how=How.UPDATE)


def without_ignored(difference: Difference, ignored: Collection[str]) -> Difference:
    """Leaves out what the program says to ignore (`ignoreChanges`): a drift of it is no change either."""
    keys = {path.split("[", 1)[0].split(".", 1)[0] for path in ignored}
    kept = tuple(change for change in difference.changes if change.path not in ignored and change.key not in keys)
    return Difference(changes=kept, delete_first=difference.delete_first)
