"""The service: one method for each call of the engine (`proto/pulumi/provider.proto` in pulumi/pulumi)."""

import asyncio
import functools
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import grpc.aio
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, resource_pb2_grpc
from typing_extensions import override

from emailauth import __version__
from emailauth.pulumi import inputs
from emailauth.pulumi.config import FIELDS, Config, unpacked
from emailauth.pulumi.failures import BadInput, Cancelled, Refused, metadata, status_of
from emailauth.pulumi.monitor import OPTIONS, Engine, Monitor
from emailauth.pulumi.properties import Properties, decode, encode
from emailauth.pulumi.resources import posture
from emailauth.pulumi.resources.contract import CustomResource, Difference, How, Target, scalar_change, without_ignored
from emailauth.pulumi.resources.hosted_file import HOSTED_FILE
from emailauth.pulumi.resources.record import RECORD
from emailauth.pulumi.resources.served_host import SERVED_HOST
from emailauth.pulumi.session import Session

_RESOURCES: Final[Mapping[str, CustomResource]] = {resource.token: resource for resource in (RECORD, HOSTED_FILE, SERVED_HOST)}

Request = TypeVar("Request")
Response = TypeVar("Response")
_Method = Callable[[Any, Request, Any], Awaitable[Response]]


def answering(method: _Method[Request, Response]) -> _Method[Request, Response]:
    """Makes exceptions into statuses, each one clear sentence. A bug's traceback goes to stderr where `-v` asks for it."""

    @functools.wraps(method)
    async def answer(self: "Provider", request: Request, context: Any) -> Response:
        try:
            return await method(self, request, context)
        except Exception as e:
            code, text, details = status_of(e)
            if code is grpc.StatusCode.INTERNAL and self.verbose:
                traceback.print_exc(file=sys.stderr)
            trailing = () if details is None else metadata(code, text, details)
            await context.abort(code, text, trailing)
            raise

    return answer


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of one engine."""

    def __init__(self, engine: Engine, *, verbose: bool = False) -> None:
        """`verbose`: tracebacks of bugs are printed."""
        self.engine: Final = engine
        self.verbose: Final = verbose
        self.session: Final = Session(engine.log)
        self._octets = False
        self._reference = ""
        self._constructs: set[asyncio.Task[tuple[str, Properties]]] = set()
        self._monitors: dict[str, Any] = {}
        self._cancelled = False

    @override
    @answering
    async def Handshake(self, request: provider_pb2.ProviderHandshakeRequest, context: Any) -> provider_pb2.ProviderHandshakeResponse:
        self._octets = request.accepts_byte_string
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accepts_byte_string=True)

    @override
    @answering
    async def Attach(self, request: plugin_pb2.PluginAttach, context: Any) -> Empty:
        self.engine.connect(request.address)
        return Empty()

    @override
    @answering
    async def GetPluginInfo(self, request: Empty, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=__version__)

    @override
    @answering
    async def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Any) -> provider_pb2.GetSchemaResponse:
        from emailauth.pulumi.schema import schema_text  # noqa: PLC0415 - heavy, and seldom asked for

        return provider_pb2.GetSchemaResponse(schema=schema_text())

    @override
    @answering
    async def GetMapping(self, request: provider_pb2.GetMappingRequest, context: Any) -> provider_pb2.GetMappingResponse:
        return provider_pb2.GetMappingResponse()

    @override
    @answering
    async def GetMappings(self, request: provider_pb2.GetMappingsRequest, context: Any) -> provider_pb2.GetMappingsResponse:
        return provider_pb2.GetMappingsResponse()

    @override
    @answering
    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        _, failures = inputs.check(unpacked(decode(request.news)), FIELDS)
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @override
    @answering
    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        olds, news = unpacked(decode(request.old_inputs)), unpacked(decode(request.news))
        changes = tuple(change for key in FIELDS for change in scalar_change(key, olds, news))
        return _difference(Difference(changes=changes))

    @override
    @answering
    async def Configure(self, request: provider_pb2.ConfigureRequest, context: Any) -> provider_pb2.ConfigureResponse:
        checked, failures = inputs.check(unpacked(decode(request.args)), FIELDS)
        if failures:
            raise BadInput("; ".join(f"{failure.path}: {failure.reason}" for failure in failures))
        self.session.config = Config(inputs=checked)
        self._reference = f"{request.urn}::{request.id}" if request.urn and request.id else ""
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    @override
    @answering
    async def Check(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        checked, failures = await _resource(request).check(self.session, decode(request.news))
        return provider_pb2.CheckResponse(inputs=self._encoded(checked), failures=_failures(failures))

    @override
    @answering
    async def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        difference = _resource(request).diff(decode(request.olds), decode(request.news))
        difference = without_ignored(difference, request.ignoreChanges)
        if any(change.replaces for change in difference.changes):
            self.session.replaced.add(request.urn)
        return _difference(difference)

    @override
    @answering
    async def Create(self, request: provider_pb2.CreateRequest, context: Any) -> provider_pb2.CreateResponse:
        resource_id, outputs = await _resource(request).create(
            self.session, _target(request, preview=request.preview), decode(request.properties)
        )
        return provider_pb2.CreateResponse(id=resource_id, properties=self._encoded(outputs))

    @override
    @answering
    async def Read(self, request: provider_pb2.ReadRequest, context: Any) -> provider_pb2.ReadResponse:
        found = await _resource(request).read(self.session, request.id, decode(request.inputs), decode(request.properties))
        if found is None:  # wholly empty: an import takes anything else for a resource that is there
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=found.id, properties=self._encoded(found.outputs), inputs=self._encoded(found.inputs))

    @override
    @answering
    async def Update(self, request: provider_pb2.UpdateRequest, context: Any) -> provider_pb2.UpdateResponse:
        outputs = await _resource(request).update(
            self.session, _target(request, preview=request.preview), request.id, decode(request.olds), decode(request.news)
        )
        return provider_pb2.UpdateResponse(properties=self._encoded(outputs))

    @override
    @answering
    async def Delete(self, request: provider_pb2.DeleteRequest, context: Any) -> Empty:
        await _resource(request).delete(self.session, _target(request), request.id, decode(request.properties))
        return Empty()

    @override
    @answering
    async def Construct(self, request: provider_pb2.ConstructRequest, context: Any) -> provider_pb2.ConstructResponse:
        if request.type != posture.TOKEN:
            raise Refused(f"there is no component {request.type}")
        if self._cancelled:
            raise Cancelled(_STOPPED)
        monitor = Monitor(request, self._monitor(request.monitorEndpoint), self._reference, octets=self._octets)
        task = asyncio.create_task(posture.construct(self.session, monitor, request.name, decode(request.inputs)))
        self._constructs.add(task)
        try:
            urn, outputs = await task
        except asyncio.CancelledError:
            raise Cancelled(_STOPPED) from None
        except grpc.RpcError as e:  # the engine shuts down, for a reason that it has told
            raise Cancelled(_STOPPED) from e
        finally:
            self._constructs.discard(task)
        return provider_pb2.ConstructResponse(urn=urn, state=self._encoded(outputs))

    @override
    async def Cancel(self, request: Empty, context: Any) -> Empty:
        """Ends what waits and lets what is under way at a host end by itself."""
        self._cancelled = True
        self.session.writes.stop()
        for task in tuple(self._constructs):
            task.cancel()
        if self._constructs:
            await asyncio.wait(self._constructs)
        return Empty()

    async def close(self) -> None:
        """Waits for writes under way and hangs up."""
        self.session.writes.stop()
        await self.session.writes.finish()
        for channel in (self.engine.channel, *self._monitors.values()):
            if channel is not None:
                await channel.close()

    def _monitor(self, address: str) -> Any:
        """The resource monitor of the program, connected once."""
        if address not in self._monitors:
            self._monitors[address] = grpc.aio.insecure_channel(address, options=OPTIONS)
        return resource_pb2_grpc.ResourceMonitorStub(self._monitors[address])

    def _encoded(self, properties: Properties) -> Any:
        return encode(properties, octets=self._octets)


_STOPPED: Final = "stopped: the operation was cancelled, or something else in it failed"


def _resource(request: Any) -> CustomResource:
    """By type; old engines send only the URN, whose third part ends in it."""
    token = request.type or request.urn.split("::")[2].rsplit("$", maxsplit=1)[-1]
    if token not in _RESOURCES:
        raise Refused(f"there is no resource {token}; there are {', '.join((*_RESOURCES, posture.TOKEN))}")
    return _RESOURCES[token]


def _target(request: Any, *, preview: bool = False) -> Target:
    parts = request.urn.split("::", 3)
    token = request.type or parts[2].rsplit("$", maxsplit=1)[-1]
    return Target(urn=request.urn, type=token, name=request.name or parts[3], preview=preview)


def _failures(failures: list[inputs.Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.path, reason=failure.reason) for failure in failures]


_KINDS: Final = {
    (How.ADD, False): provider_pb2.PropertyDiff.ADD,
    (How.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (How.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (How.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (How.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (How.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def _difference(difference: Difference) -> provider_pb2.DiffResponse:
    if not difference.changes:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        diffs=list(dict.fromkeys(change.key for change in difference.changes)),
        replaces=list(dict.fromkeys(change.key for change in difference.changes if change.replaces)),
        detailedDiff={change.path: provider_pb2.PropertyDiff(kind=_KINDS[change.how, change.replaces]) for change in difference.changes},
        hasDetailedDiff=True,
        deleteBeforeReplace=difference.delete_first,
    )
