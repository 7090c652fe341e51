"""A piece of a text that is replaced."""

from dataclasses import dataclass


class NoEditError(Exception):
    """A change that cannot be made without touching something else; says why, as a clause without a dot."""


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """The characters from one index to another become a text."""

    start: int
    end: int
    text: str = ""
