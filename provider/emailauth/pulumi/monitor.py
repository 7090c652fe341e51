"""The calls back to the engine: resources that a component registers, and messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import grpc.aio
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, resource_pb2

from emailauth.pulumi.properties import Properties, encode, told

OPTIONS: Final = (
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
    ("grpc.enable_http_proxy", 0),
)
"""What the engine's own channels allow (sdk/python/lib/pulumi/runtime/_grpc_settings.py): the 4 MiB of gRPC are too few for logos.
The engine is on this machine, whatever proxy there is."""


class Log(Protocol):
    """Tells the engine something. Never raises: a message that is lost must not fail an operation."""

    async def __call__(self, text: str, *, urn: str = "", warning: bool = False) -> None:
        """Shows a text beside a resource."""


class Engine:
    """The engine's service for messages; `connect` may be called again (`Attach`)."""

    def __init__(self) -> None:
        self.channel: Any = None
        self._stub: Any = None

    def connect(self, address: str) -> None:
        """Uses the engine at an address, host and port."""
        self.channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        self._stub = engine_pb2_grpc.EngineStub(self.channel)

    async def log(self, text: str, *, urn: str = "", warning: bool = False) -> None:
        """See `Log`."""
        if self._stub is None:
            return
        severity = engine_pb2.WARNING if warning else engine_pb2.INFO
        try:
            await self._stub.Log(engine_pb2.LogRequest(severity=severity, message=told(text), urn=urn))
        except grpc.RpcError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A resource that a component is made of."""

    type: str
    name: str
    inputs: Properties
    retain_on_delete: bool = False


class Monitor:
    """Registers a component and its children, as the program's own resources are."""

    def __init__(self, request: provider_pb2.ConstructRequest, stub: Any, provider: str, *, octets: bool) -> None:
        """`provider` is the reference of the provider that shall manage the children; empty: the default one."""
        self._request, self._stub, self._provider, self._octets = request, stub, provider, octets

    @property
    def is_preview(self) -> bool:
        """Whether nothing is made, only shown."""
        return bool(self._request.dryRun)

    async def component(self, inputs: Properties) -> str:
        """Registers the component itself with the options that it was given. Returns its URN."""
        request = self._request
        registration = self._registration(request.type, request.name, encode(inputs, octets=self._octets), request.dependencies)
        registration.parent = request.parent
        registration.aliases.extend(request.aliases)
        registration.providers.update(request.providers)
        registration.replace_with.extend(request.replace_with)
        registration.parentStackTraceHandle = request.stack_trace_handle  # not the children's: it would be most of the state
        if request.HasField("resource_hooks"):
            registration.hooks.ParseFromString(request.resource_hooks.SerializeToString())
        answer = await self._stub.RegisterResource(registration)
        return str(answer.urn)

    async def child(self, child: Child, parent: str, after: Iterable[str]) -> str | None:
        """Registers a child and waits until it is there. Returns its URN; None where it failed or the engine stops, for a reason that it tells."""
        registration = self._registration(
            child.type, child.name, encode(child.inputs, octets=self._octets), [*self._request.dependencies, *after]
        )
        registration.parent = parent
        registration.custom = True
        registration.provider = self._request.providers.get("emailauth") or self._provider
        if child.retain_on_delete:
            registration.retainOnDelete = True
        try:
            answer = await self._stub.RegisterResource(registration)
        except grpc.RpcError:
            return None
        return str(answer.urn) if answer.result == resource_pb2.SUCCESS else None

    async def outputs(self, urn: str, outputs: Properties) -> None:
        """Ends the component's registration."""
        await self._stub.RegisterResourceOutputs(
            resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=encode(outputs, octets=self._octets))
        )

    def _registration(
        self, resource_type: str, name: str, properties: Struct, after: Iterable[str]
    ) -> resource_pb2.RegisterResourceRequest:
        """What a component and its children have in common. No input depends on what it waits for, so that a
        replacement does not take along all that comes after it.
        """
        request = self._request
        registration = resource_pb2.RegisterResourceRequest(
            type=resource_type,
            name=name,
            object=properties,
            dependencies=after,
            propertyDependencies={key: resource_pb2.RegisterResourceRequest.PropertyDependencies() for key in properties.fields},
            acceptSecrets=True,
            acceptResources=True,
            supportsPartialValues=True,
            supportsResultReporting=True,
            aliasSpecs=True,
            deletedWith=request.deletedWith,
        )
        if request.HasField("protect"):
            registration.protect = request.protect
        if request.HasField("retainOnDelete"):
            registration.retainOnDelete = request.retainOnDelete
        return registration
