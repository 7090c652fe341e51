"""The provider: a component that registers the children which a file lists, and resources that agree to everything.

`python provider.py ENGINE_ADDRESS`, as the engine starts it.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import grpc.aio
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, resource_pb2, resource_pb2_grpc
from typing_extensions import override

OPTIONS = (("grpc.max_receive_message_length", 400 * 1024 * 1024), ("grpc.max_send_message_length", 400 * 1024 * 1024))
SCHEMA = {
    "name": "nothing",
    "version": "1.0.0",
    "resources": {
        "nothing:index:Parent": {"isComponent": True, "inputProperties": {"children": {"type": "string", "plain": True}}},
        "nothing:index:Child": {},
    },
}


class Nothing(provider_pb2_grpc.ResourceProviderServicer):
    """Everything is as it should be."""

    @override
    async def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Any) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    @override
    async def GetPluginInfo(self, request: Empty, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="1.0.0")

    @override
    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    @override
    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    @override
    async def Configure(self, request: provider_pb2.ConfigureRequest, context: Any) -> provider_pb2.ConfigureResponse:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, acceptResources=True, supportsPreview=True)

    @override
    async def Check(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    @override
    async def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)

    @override
    async def Create(self, request: provider_pb2.CreateRequest, context: Any) -> provider_pb2.CreateResponse:
        return provider_pb2.CreateResponse(id=request.urn, properties=request.properties)

    @override
    async def Construct(self, request: provider_pb2.ConstructRequest, context: Any) -> provider_pb2.ConstructResponse:
        monitor = resource_pb2_grpc.ResourceMonitorStub(grpc.aio.insecure_channel(request.monitorEndpoint, options=OPTIONS))
        path = Path(MessageToDict(request.inputs)["children"])
        children = json.loads(await asyncio.to_thread(path.read_text))
        parent = await monitor.RegisterResource(_registration(request.type, request.name, {}, request.parent))
        registrations = [_registration("nothing:index:Child", child["name"], child["inputs"], parent.urn) for child in children]
        for registration in registrations:
            registration.custom = True
        await asyncio.gather(*map(monitor.RegisterResource, registrations))
        await monitor.RegisterResourceOutputs(resource_pb2.RegisterResourceOutputsRequest(urn=parent.urn, outputs=Struct()))
        return provider_pb2.ConstructResponse(urn=parent.urn)

    @override
    async def Cancel(self, request: Empty, context: Any) -> Empty:
        return Empty()


def _registration(resource_type: str, name: str, inputs: dict[str, Any], parent: str) -> resource_pb2.RegisterResourceRequest:
    return resource_pb2.RegisterResourceRequest(
        type=resource_type, name=name, parent=parent, object=ParseDict(inputs, Struct()),
        acceptSecrets=True, acceptResources=True, supportsPartialValues=True, supportsResultReporting=True,
    )  # fmt: skip


async def main() -> None:
    """Serves until the engine says that it is done."""
    server = grpc.aio.server(options=OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Nothing(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
    await server.stop(grace=0)


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
