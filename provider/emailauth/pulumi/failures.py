"""Why a call is refused, and how that is told to the engine."""

import traceback
from collections.abc import Sequence

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2, status_pb2

from emailauth.core.errors import ConflictError, CouldNotDoError, UsageError
from emailauth.pulumi.properties import Properties, encode, told


class Refused(Exception):
    """A call that ends with a status. All codes but INTERNAL, UNKNOWN and DATA_LOSS tell the engine that nothing was changed."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    details: Message | None = None


class AlreadyThere(Refused):
    """What a Create would make is there already and differs."""

    code = grpc.StatusCode.ALREADY_EXISTS


class BadInput(Refused):
    """The inputs of a component are wrong."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class Cancelled(Refused):
    """The engine asked to stop before this was begun."""

    code = grpc.StatusCode.CANCELLED


class HalfMade(Refused):
    """The resource exists now and is not as it should be: the engine keeps it, and the next `up` updates it."""

    code = grpc.StatusCode.UNKNOWN

    def __init__(self, reason: str, *, resource_id: str, outputs: Properties) -> None:
        """`reason` is one sentence; `outputs` is what there is now. The engine 3.259 mixes up the two fields, so both hold it."""
        super().__init__(reason)
        self.details = provider_pb2.ErrorResourceInitFailed(
            id=resource_id, reasons=[told(reason)], properties=encode(outputs), inputs=encode(outputs)
        )


_CODES: Sequence[tuple[type[Exception], grpc.StatusCode]] = (
    (ConflictError, grpc.StatusCode.ABORTED),
    (CouldNotDoError, grpc.StatusCode.FAILED_PRECONDITION),
    (UsageError, grpc.StatusCode.INVALID_ARGUMENT),
)


def status_of(error: Exception) -> tuple[grpc.StatusCode, str, Message | None]:
    """Code, text and details for an exception. A bug is told by its kind and place alone: its text could hold a secret."""
    if isinstance(error, Refused):
        return error.code, told(str(error)), error.details
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code, told(str(error)), None
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = f"this is a bug in emailauth: {type(error).__name__} at {frame.filename}:{frame.lineno}; `-v=3 --logtostderr` shows more"
    return grpc.StatusCode.INTERNAL, text, None


def metadata(code: grpc.StatusCode, text: str, details: Message) -> tuple[tuple[str, bytes], ...]:
    """The details of a status as gRPC carries them."""
    status = status_pb2.Status(code=code.value[0], message=text)
    status.details.add().Pack(details)
    return (("grpc-status-details-bin", status.SerializeToString()),)
