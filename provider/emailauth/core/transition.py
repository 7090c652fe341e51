"""Changes of one protocol's state at one domain, and the dangers in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What is live of one protocol at one domain, and what will be once the plan is applied.

    Only values that are ours (claimed and recognised) are in it. `before` holds a kind's values under the
    kind of the claim that covers them; a kind that is not live or not wanted is missing from its side.
    """

    domain: str
    before: Mapping[str, tuple[str, ...]]
    """Values by kind ("dmarc", "dkim/s1")."""
    after: Mapping[str, tuple[str, ...]]
    files_before: Mapping[str, bytes] = field(default_factory=dict)
    """Bodies by kind ("mta_sts")."""
    files_after: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """Something that a plan refuses to do unless it is allowed by name."""

    name: str
    """What `--allow` takes: "weaken-dmarc"."""
    message: str
    """What would happen to mail, in a sentence."""
    domain: str
