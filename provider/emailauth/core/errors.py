"""What can go wrong outside of the file that a person wrote. Each is told in one message and none is a traceback."""

from collections.abc import Collection

from emailauth.core.record import Key


class CouldNotDoError(Exception):
    """Something asked for could not be done: exit code 3. `str()` says what happened and what to do."""


class ConflictError(CouldNotDoError):
    """What is live is not what the plan was made from; nothing was changed by the refused step."""


class PartlyDoneError(CouldNotDoError):
    """A host made some of the changes of a zone and then stopped; `str()` says why and what to do."""

    def __init__(self, message: str, done: Collection[Key]) -> None:
        """`done`: owner names and types of the record sets that were changed, each whole."""
        super().__init__(message)
        self.done = frozenset(done)


class UsageError(Exception):
    """The call, the settings or a file that they name are wrong: exit code 2. `str()` says what to do."""
