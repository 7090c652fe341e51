"""An engine in miniature: the steps of Pulumi's own over real gRPC, as strict as it is, and stricter where it trusts.

It keeps a state, runs programs against it (preview, up, refresh, import, destroy) and checks after each step what
must hold for every resource: Check of checked inputs changes nothing, what was just made shows no difference, and
what Read finds (with and without a state) is what was made. Values travel as JSON, not through the provider's codec.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
import grpc.aio
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, resource_pb2, resource_pb2_grpc, status_pb2

from emailauth.pulumi.monitor import OPTIONS, Engine
from emailauth.pulumi.server import Provider

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
PROVIDER = "urn:pulumi:dev::test::pulumi:providers:emailauth::default::6b1e6e3c-0000-4000-8000-000000000000"
_STACK = "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev"
Props = dict[str, Any]


def secret(value: object) -> Props:
    """A secret as it travels."""
    return {_SIGNATURE: _SECRET, "value": value}


def struct(value: Mapping[str, Any]) -> Struct:
    return ParseDict(value, Struct())


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What a program asks for."""

    type: str
    name: str
    inputs: Props
    ignore_changes: tuple[str, ...] = ()

    @property
    def is_component(self) -> bool:
        return self.type == "emailauth:index:Posture"


@dataclass(kw_only=True)
class State:
    """What the state file has of a resource."""

    urn: str
    type: str
    name: str
    id: str = ""
    inputs: Props = field(default_factory=dict)
    outputs: Props = field(default_factory=dict)
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    retain: bool = False
    init_errors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was done, or would be."""

    op: str
    name: str
    paths: tuple[str, ...] = ()
    """Where it differs."""


class Failed(Exception):
    """A call of the provider that ended with a status."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code, self.text = error.code(), error.details()
        self.init: provider_pb2.ErrorResourceInitFailed | None = None
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                found = provider_pb2.ErrorResourceInitFailed()
                if status_pb2.Status.FromString(value).details[0].Unpack(found):
                    self.init = found
        super().__init__(f"{self.code.name}: {self.text}")


class CheckFailed(Exception):
    """Inputs that Check refused: path and reason."""

    def __init__(self, failures: Sequence[provider_pb2.CheckFailure]) -> None:
        self.failures = [(failure.property, failure.reason) for failure in failures]
        super().__init__(str(self.failures))


@dataclass
class Outcome:
    """How an operation went."""

    steps: list[Step] = field(default_factory=list)
    errors: dict[str, Failed | CheckFailed] = field(default_factory=dict)
    """By the name of the resource."""
    warnings: list[tuple[str, str]] = field(default_factory=list)
    """Name of the resource and text."""
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ops(self) -> list[tuple[str, str]]:
        return [(step.op, step.name) for step in self.steps if step.op != "same"]


class MiniEngine:
    """One stack, and one process of the provider for each operation."""

    def __init__(self, config: Props | None = None, *, imports: bool = False) -> None:
        """`imports`: the provider can tell the hosts of all that is made, so that everything can be read by its id alone."""
        self.config = config or {}
        self.imports = imports
        self.state: dict[str, State] = {}
        self.outcome = Outcome()
        self.preview = False
        self.seen: list[str] = []
        """URNs that the running program registered, in order."""
        self.requests: list[resource_pb2.RegisterResourceRequest] = []
        self.stub: Any = None
        self.provider: Any = None
        self.monitor_address = ""
        self.replaced: list[State] = []
        self.broken: list[AssertionError] = []
        """What should hold and did not, while a component made its children."""
        self.lock = threading.RLock()
        self.pause: threading.Event | None = None
        """Holds each registration of a custom resource until it is set."""

    # The operations

    def up(self, *program: Resource, preview: bool = False) -> Outcome:
        kept = {urn: replace(state) for urn, state in self.state.items()}
        with self.process(preview=preview):
            for resource in program:
                try:
                    self._construct(resource) if resource.is_component else self._register_custom(resource)
                except (Failed, CheckFailed) as e:
                    self.outcome.errors[resource.name] = e
            if not self.outcome.errors:
                self._delete([state for urn, state in self.state.items() if urn not in self.seen])
        if preview:
            self.state = kept
        return self.outcome

    def preview_of(self, *program: Resource) -> Outcome:
        return self.up(*program, preview=True)

    def refresh(self) -> Outcome:
        with self.process():
            for state in [one for one in self.state.values() if one.id]:
                found = self.read(state.type, state.name, state.id, state.inputs, state.outputs, urn=state.urn)
                if not found.id:
                    self.outcome.steps.append(Step(op="gone", name=state.name))
                    del self.state[state.urn]
                    continue
                outputs, inputs = MessageToDict(found.properties), MessageToDict(found.inputs)
                difference = self._diff(state, outputs, state.inputs)  # live as olds, what was wanted as news
                self.outcome.steps.append(
                    Step(op="drift" if difference.detailedDiff else "same", name=state.name, paths=_paths(difference))
                )
                state.outputs, state.inputs = outputs, inputs
        return self.outcome

    def import_(self, resource_type: str, name: str, resource_id: str) -> State | None:
        """None where there is no such thing."""
        with self.process():
            found = self.read(resource_type, name, resource_id, {}, {})
            if not found.HasField("properties"):
                assert found == provider_pb2.ReadResponse(), "a missing resource must be wholly empty"
                return None
            assert found.HasField("inputs"), "without inputs a provider does not support import"
            state = State(urn=self._urn(resource_type, name, ""), type=resource_type, name=name, id=found.id)
            state.inputs, state.outputs = MessageToDict(found.inputs), MessageToDict(found.properties)
            self.state[state.urn] = state
            return state

    def destroy(self) -> Outcome:
        with self.process():
            self._delete(list(self.state.values()))
        return self.outcome

    # The provider's process

    @contextmanager
    def process(self, *, preview: bool = False) -> Iterator[None]:
        self.outcome, self.preview, self.seen, self.replaced, self.broken = Outcome(), preview, [], [], []
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(_Monitor(self), server)
        engine_pb2_grpc.add_EngineServicer_to_server(_Engine(self), server)
        self.monitor_address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        with serving(self.monitor_address) as (self.provider, address), grpc.insecure_channel(address, options=OPTIONS) as channel:
            self.stub = provider_pb2_grpc.ResourceProviderStub(channel)
            self.call("Handshake", provider_pb2.ProviderHandshakeRequest(engine_address=self.monitor_address, accepts_byte_string=True))
            urn, _, provider_id = PROVIDER.rpartition("::")
            checked = self.call("CheckConfig", provider_pb2.CheckRequest(urn=urn, news=struct({**self.config, "version": "0.1.0"})))
            if checked.failures:
                raise CheckFailed(checked.failures)
            self.call("Configure", provider_pb2.ConfigureRequest(args=checked.inputs, urn=urn, id=provider_id, acceptSecrets=True))
            try:
                yield
            finally:
                assert self.stub.Cancel(Empty()) == Empty()
        server.stop(None).wait()
        if self.broken:
            raise self.broken[0]

    def call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self.stub, method)(request, timeout=120)
        except grpc.RpcError as e:
            raise Failed(e) from e

    def _urn(self, resource_type: str, name: str, parent: str) -> str:
        parents = parent.split("::")[2] + "$" if parent and parent != _STACK else ""
        return f"urn:pulumi:dev::test::{parents}{resource_type}::{name}"

    # The steps

    def _construct(self, resource: Resource) -> None:
        response = self.call(
            "Construct",
            provider_pb2.ConstructRequest(
                project="test",
                stack="dev",
                dryRun=self.preview,
                monitorEndpoint=self.monitor_address,
                type=resource.type,
                name=resource.name,
                parent=_STACK,
                inputs=struct(resource.inputs),
            ),
        )
        assert response.urn == self._urn(resource.type, resource.name, _STACK)

    def _register_custom(self, resource: Resource) -> None:
        inputs = struct(resource.inputs)
        self.register(
            resource_pb2.RegisterResourceRequest(
                type=resource.type, name=resource.name, custom=True, parent=_STACK, object=inputs, provider=PROVIDER,
                propertyDependencies={key: resource_pb2.RegisterResourceRequest.PropertyDependencies() for key in inputs.fields},
                ignoreChanges=resource.ignore_changes,
            )
        )  # fmt: skip

    def register(self, request: resource_pb2.RegisterResourceRequest) -> State:
        """What the engine does for `RegisterResource`."""
        urn = self._urn(request.type, request.name, request.parent)
        with self.lock:
            self._refuse(request, urn)
            self.seen.append(urn)
            self.requests.append(request)
        if not request.custom:
            state = State(urn=urn, type=request.type, name=request.name, inputs=MessageToDict(request.object), parent=request.parent)
            self.state[urn] = state
            return state
        if self.pause is not None:
            self.pause.wait(timeout=120)
        old = self.state.get(urn)
        inputs = self._checked(request, urn, old)
        new = State(
            urn=urn, type=request.type, name=request.name, inputs=inputs, parent=request.parent,
            dependencies=tuple(request.dependencies), retain=request.retainOnDelete,
        )  # fmt: skip
        if old is None:
            self._create(new, "create")
        else:
            self._change(old, new, request.ignoreChanges)
        self.state[urn] = new
        return new

    def _refuse(self, request: resource_pb2.RegisterResourceRequest, urn: str) -> None:
        """What the engine refuses, and what would be unwise."""
        assert urn not in self.seen, f"{urn} is registered twice"
        for other in (*request.dependencies, *([request.parent] if request.parent != _STACK else [])):
            assert other in self.seen, f"{other} is not registered before {urn}"
        assert request.supportsPartialValues or request.parent == _STACK
        if request.custom:
            assert request.provider == PROVIDER, "another provider than the component's own would manage it"
            keys = set(request.object.fields)
            assert set(request.propertyDependencies) == keys, "each property would depend on all dependencies"
            assert not any(found.urns for found in request.propertyDependencies.values())

    def _checked(self, request: resource_pb2.RegisterResourceRequest, urn: str, old: State | None) -> Props:
        ask = provider_pb2.CheckRequest(
            urn=urn, type=request.type, name=request.name, news=request.object, olds=struct(old.inputs if old else {})
        )
        answer = self.call("Check", ask)
        if answer.failures:
            raise CheckFailed(answer.failures)
        again = self.call("Check", provider_pb2.CheckRequest(urn=urn, type=request.type, name=request.name, news=answer.inputs))
        assert again.inputs == answer.inputs, "Check of checked inputs must change nothing"
        return MessageToDict(answer.inputs)

    def _create(self, new: State, op: str) -> None:
        if not self.preview:
            self._call_create(new, preview=True)  # the engine previews first
        try:
            answer = self._call_create(new, preview=self.preview)
        except Failed as e:
            if e.init is not None:  # the resource exists, and is kept with its errors
                new.id, new.outputs, new.init_errors = e.init.id, MessageToDict(e.init.properties), tuple(e.init.reasons)
                self.state[new.urn] = new
            raise
        new.id, new.outputs = answer.id, MessageToDict(answer.properties)
        self._log_step(Step(op=op, name=new.name))
        if not self.preview:
            self._laws(new)

    def _call_create(self, new: State, *, preview: bool) -> provider_pb2.CreateResponse:
        answer: provider_pb2.CreateResponse = self.call(
            "Create", provider_pb2.CreateRequest(urn=new.urn, type=new.type, name=new.name, properties=struct(new.inputs), preview=preview)
        )
        assert preview or answer.id
        assert preview or UNKNOWN not in str(answer.properties)
        return answer

    def _change(self, old: State, new: State, ignored: Sequence[str]) -> None:
        for path in ignored:
            new.inputs[path] = old.inputs.get(path)
        difference = self._diff(old, old.outputs, new.inputs, ignored)
        paths = _paths(difference)
        if difference.replaces:
            if difference.deleteBeforeReplace:
                self._delete([old])
            else:
                self.replaced.append(old)
            self._create(new, "replace")
        elif difference.changes == provider_pb2.DiffResponse.DIFF_SOME or old.init_errors:
            self._update(old, new, paths, ignored)
        else:
            new.id, new.outputs = old.id, old.outputs
            self._log_step(Step(op="same", name=new.name))

    def _update(self, old: State, new: State, paths: tuple[str, ...], ignored: Sequence[str]) -> None:
        new.id = old.id
        for preview in (True,) if self.preview else (True, False):
            request = provider_pb2.UpdateRequest(
                id=old.id, urn=new.urn, type=new.type, name=new.name, olds=struct(old.outputs), news=struct(new.inputs), preview=preview,
                old_inputs=struct(old.inputs), ignoreChanges=ignored,
            )  # fmt: skip
            answer = self.call("Update", request)
            new.outputs = MessageToDict(answer.properties)
        self._log_step(Step(op="update", name=new.name, paths=paths))
        if not self.preview:
            self._laws(new)

    def _diff(self, state: State, olds: Props, news: Props, ignored: Sequence[str] = ()) -> provider_pb2.DiffResponse:
        answer: provider_pb2.DiffResponse = self.call(
            "Diff",
            provider_pb2.DiffRequest(
                id=state.id, urn=state.urn, type=state.type, name=state.name, olds=struct(olds), news=struct(news),
                old_inputs=struct(state.inputs), ignoreChanges=ignored,
            ),
        )  # fmt: skip
        assert answer.changes != provider_pb2.DiffResponse.DIFF_UNKNOWN
        assert answer.hasDetailedDiff
        assert {path.split("[")[0] for path in answer.detailedDiff} == set(answer.diffs)
        assert len(set(answer.diffs)) == len(answer.diffs)
        assert (answer.changes == provider_pb2.DiffResponse.DIFF_SOME) == bool(answer.detailedDiff)
        return answer

    def _laws(self, new: State) -> None:
        """What must hold of everything that was just made."""
        assert not self._diff(new, new.outputs, new.inputs).detailedDiff, "what was just made differs from what was wanted"
        by_id_alone: list[tuple[Props, Props]] = [({}, {})] if self.imports else []
        for inputs, outputs in ((new.inputs, new.outputs), *by_id_alone):
            found = self.read(new.type, new.name, new.id, inputs, outputs, urn=new.urn)
            is_absence = not new.inputs.get("values", True) or (new.type.endswith("File") and not {"body", "bodyBase64"} & set(new.inputs))
            if is_absence and not inputs:
                assert found == provider_pb2.ReadResponse()
                continue
            assert found.id == new.id, f"{new.id} is not found, with {inputs}"
            left = self._diff(new, MessageToDict(found.properties), new.inputs).detailedDiff
            assert not {path for path in left if path in {"values", "body", "bodyBase64", "url", "name", "type", "kind"}}, left

    def read(
        self, resource_type: str, name: str, resource_id: str, inputs: Props, outputs: Props, urn: str = ""
    ) -> provider_pb2.ReadResponse:
        request = provider_pb2.ReadRequest(id=resource_id, urn=urn or self._urn(resource_type, name, ""), type=resource_type, name=name)
        if inputs:
            request.inputs.CopyFrom(struct(inputs))
            request.properties.CopyFrom(struct(outputs))
        answer: provider_pb2.ReadResponse = self.call("Read", request)
        return answer

    def _delete(self, states: Sequence[State]) -> None:
        """Dependents first."""
        left = [*self.replaced, *states]
        self.replaced = []
        while left:
            ready = [one for one in left if not any(one.urn in (*other.dependencies, other.parent) for other in left if other is not one)]
            for state in ready:
                left.remove(state)
                if state.id and not self.preview and not state.retain:
                    self.call(
                        "Delete",
                        provider_pb2.DeleteRequest(
                            id=state.id, urn=state.urn, type=state.type, name=state.name, properties=struct(state.outputs),
                            old_inputs=struct(state.inputs),
                        ),
                    )  # fmt: skip
                self._log_step(Step(op="delete", name=state.name))
                if self.state.get(state.urn) is state:
                    del self.state[state.urn]

    def _log_step(self, step: Step) -> None:
        with self.lock:
            self.outcome.steps.append(step)


def _paths(difference: provider_pb2.DiffResponse) -> tuple[str, ...]:
    return tuple(sorted(difference.detailedDiff))


class _Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The engine's side of a component's registrations."""

    def __init__(self, engine: MiniEngine) -> None:
        self._engine = engine

    def RegisterResource(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterResourceRequest, context: Any
    ) -> resource_pb2.RegisterResourceResponse:
        try:
            state = self._engine.register(request)
        except (Failed, CheckFailed) as e:
            self._engine.outcome.errors[request.name] = e
            return resource_pb2.RegisterResourceResponse(result=resource_pb2.FAIL)
        except AssertionError as e:
            self._engine.broken.append(e)
            raise
        return resource_pb2.RegisterResourceResponse(urn=state.urn, id=state.id, object=struct(state.outputs))

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest, context: Any) -> Empty:  # noqa: N802
        self._engine.state[request.urn].outputs = MessageToDict(request.outputs)
        return Empty()


class _Engine(engine_pb2_grpc.EngineServicer):
    """The engine's messages."""

    def __init__(self, engine: MiniEngine) -> None:
        self._engine = engine

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> Empty:  # noqa: N802
        outcome = self._engine.outcome
        name = request.urn.split("::", 3)[-1]
        (outcome.warnings if request.severity == engine_pb2.WARNING else outcome.notes).append((name, request.message))
        return Empty()


@contextmanager
def serving(engine_address: str | None = None) -> Iterator[tuple[Provider, str]]:
    """A provider that serves from a thread with an event loop of its own; yields it and its address."""
    ready: futures.Future[tuple[Provider, str, asyncio.AbstractEventLoop, asyncio.Event]] = futures.Future()

    async def serve() -> None:
        engine = Engine()
        if engine_address is not None:
            engine.connect(engine_address)
        provider = Provider(engine, verbose=True)
        server = grpc.aio.server(options=OPTIONS)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        stop = asyncio.Event()
        ready.set_result((provider, address, asyncio.get_running_loop(), stop))
        await stop.wait()
        await server.stop(None)
        await provider.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    provider, address, loop, stop = ready.result(timeout=120)
    try:
        yield provider, address
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=120)
        assert not thread.is_alive()


__all__ = [
    "PROVIDER",
    "UNKNOWN",
    "CheckFailed",
    "Failed",
    "MiniEngine",
    "Outcome",
    "Resource",
    "State",
    "Step",
    "secret",
    "serving",
    "struct",
]
