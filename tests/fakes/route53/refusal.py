"""What the service says when it refuses.

The texts are those of the real service, as people report them, wherever one is known (facts, section 1.2, and the issue
trackers of external-dns, terraform-provider-aws, octoDNS, DNSControl and cli53).
"""

from collections.abc import Sequence

from tests.fakes.route53.xml import Element


class Refused(Exception):
    """An error answer."""

    def __init__(self, code: str, message: str, *, status: int = 400, details: Sequence[Element] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = tuple(details)
        """Elements beside Code and Message."""


def invalid_change_batch(messages: Sequence[str]) -> Refused:
    """All that is wrong with a batch."""
    return Refused("InvalidChangeBatch", f"[{', '.join(messages)}]")


def validation(*problems: str) -> Refused:
    """What the model of the API does not allow, before anything else is looked at."""
    return Refused("InvalidInput", f"{len(problems)} validation error{'s' * (len(problems) > 1)} detected: {'; '.join(problems)}")


def not_in(value: str, where: str, allowed: Sequence[str]) -> str:
    """A value that its enumeration does not have."""
    return f"Value '{value}' at '{where}' failed to satisfy constraint: Member must satisfy enum value set: [{', '.join(allowed)}]"
