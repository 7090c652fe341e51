"""What can go wrong outside of the file that a person wrote. Each is told in one message and none is a traceback."""


class CouldNotDoError(Exception):
    """Something asked for could not be done: exit code 3. `str()` says what happened and what to do."""


class ConflictError(CouldNotDoError):
    """What is live is not what the plan was made from; nothing was changed by the refused step."""


class UsageError(Exception):
    """The call, the settings or a file that they name are wrong: exit code 2. `str()` says what to do."""
