"""The process that the engine starts: `pulumi-resource-emailauth [--logtostderr] [-v=N] [--tracing EP] ENGINE_ADDRESS`.

The first line on stdout is the port, and nothing else is ever written there. Without an address it waits for an engine
that attaches (`PULUMI_DEBUG_PROVIDERS=emailauth:PORT`).
"""

import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from emailauth import __version__

_FINISH: Final = 4.0
"""Seconds for writes under way at a host to end; the engine kills us after 5."""
_WITH_VALUE: Final = ("--tracing", "-tracing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the engine says at the start."""

    address: str | None
    """Host and port of the engine."""
    verbose: bool
    version: bool


def arguments(argv: Sequence[str]) -> Arguments:
    """Reads the command line: flags may come with a value behind them, the address is last."""
    rest: list[str] = []
    flags: list[str] = []
    words = iter(argv)
    for word in words:
        (flags if word.startswith("-") else rest).append(word)
        if word in _WITH_VALUE:
            next(words, None)
    verbose = any(flag.lstrip("-").startswith("v=") for flag in flags)
    return Arguments(address=rest[-1] if rest else None, verbose=verbose, version="--version" in flags)


def main() -> NoReturn:
    """Serves until the engine is done, or gone."""
    said = arguments(sys.argv[1:])
    if said.version:
        sys.stdout.write(f"{__version__}\n")
        sys.exit(0)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # else it tells on stderr that the engine is gone, which is how most operations end
    try:
        import grpc  # noqa: F401, PLC0415 - comes with the extra

        _import_no_more_than_the_protocol()
    except ImportError as e:
        sys.stderr.write(f"pulumi-resource-emailauth needs what comes with `pip install 'emailauth[pulumi]'` ({e})\n")
        sys.exit(2)
    code = asyncio.run(_serve(said))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that waits for a host's answer must not keep the engine from ending


def _import_no_more_than_the_protocol() -> None:
    """Makes `pulumi.runtime.proto` importable without the SDK around it, which nothing here uses and which takes a third of the start.

    The engine starts us two or three times for each operation. Raises `ImportError` where there is no `pulumi`.
    """
    for name in ("pulumi", "pulumi.runtime"):
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}")
        sys.modules.setdefault(name, importlib.util.module_from_spec(spec))


async def _serve(said: Arguments) -> int:
    import grpc.aio  # noqa: PLC0415 - see main
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415

    from emailauth.pulumi.monitor import OPTIONS, Engine  # noqa: PLC0415
    from emailauth.pulumi.server import Provider  # noqa: PLC0415

    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    engine = Engine()
    if said.address is not None:
        engine.connect(said.address)
    provider = Provider(engine, verbose=said.verbose)
    server = grpc.aio.server(options=OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await _end(asked, engine.channel, said.address)
    await asyncio.wait([asyncio.ensure_future(provider.close())], timeout=_FINISH)
    await server.stop(grace=0.2)
    return 0


async def _end(asked: asyncio.Event, channel: Any, address: str | None) -> None:
    """Waits for the signal that the engine sends when it is done; or until it is gone, for a killed engine sends none."""
    waits: list[Any] = [asked.wait()] if address is None else [asked.wait(), _gone(channel, address)]
    _, left = await asyncio.wait(list(map(asyncio.ensure_future, waits)), return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()


async def _gone(channel: Any, address: str) -> None:
    """Returns when the engine cannot be reached any more. A channel that failed once stays in that state, so that it is asked twice."""
    import grpc  # noqa: PLC0415 - see main

    state = channel.get_state(try_to_connect=True)
    while state is not grpc.ChannelConnectivity.TRANSIENT_FAILURE or await _listens(address):
        await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)


async def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host.strip("[]"), port)
    except OSError:
        return False
    writer.close()
    return True


if __name__ == "__main__":
    main()
