"""The provider's process, as the engine starts and ends it."""

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
import yaml
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2_grpc

from emailauth import __version__
from emailauth.pulumi.plugin import Arguments, arguments

ROOT = Path(__file__).parents[2]
PROVIDER = ROOT / "provider"


@pytest.mark.parametrize(
    ("argv", "address", "verbose"),
    [
        (["127.0.0.1:1234"], "127.0.0.1:1234", False),
        (["--logtostderr", "-v=9", "--tracing", "file:/tmp/x", "127.0.0.1:1234"], "127.0.0.1:1234", True),
        (["--tracing=file:/tmp/x", "127.0.0.1:1234"], "127.0.0.1:1234", False),
        (["-tracing", "file:/tmp/x"], None, False),
        ([], None, False),
    ],
)
def test_the_address_comes_last(argv: list[str], address: str | None, verbose: bool) -> None:
    assert arguments(argv) == Arguments(address=address, verbose=verbose, version=False)


def run(*words: str, start: tuple[str, ...] = (sys.executable, "-m", "emailauth.pulumi.plugin")) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(PROVIDER)}
    return subprocess.Popen([*start, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


@contextmanager
def engine() -> Iterator[tuple[grpc.Server, str]]:
    server = grpc.server(futures.ThreadPoolExecutor())
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield server, address
    finally:
        server.stop(None).wait()


def port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.mark.parametrize("start", [(sys.executable, "-m", "emailauth.pulumi.plugin"), (sys.executable, str(PROVIDER))])
def test_it_says_its_port_serves_and_ends_when_it_is_told(start: tuple[str, ...]) -> None:
    with engine() as (_, address):
        process = run("--logtostderr", "-v=3", address, start=start)
        with grpc.insecure_channel(f"127.0.0.1:{port(process)}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            assert stub.GetPluginInfo(Empty(), wait_for_ready=True).version == __version__
            assert stub.Cancel(Empty()) == Empty()
        process.send_signal(signal.SIGINT)
        assert ended(process) == (0, "", "")


def test_it_ends_when_the_engine_is_gone() -> None:
    """A killed engine sends nothing; its plugins must not stay behind."""
    with engine() as (server, address):
        process = run(address)
        port(process)
        server.stop(None).wait()
        assert ended(process) == (0, "", "")


def test_it_waits_for_an_engine_that_attaches() -> None:
    process = run()
    port(process)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (0, "", "")


def test_it_says_its_version() -> None:
    assert ended(run("--version")) == (0, f"{__version__}\n", "")


def test_without_the_extra_it_says_what_to_install() -> None:
    without = "import sys; sys.modules['grpc'] = None; from emailauth.pulumi.plugin import main; main()"
    code, out, err = ended(run("127.0.0.1:1", start=(sys.executable, "-c", without)))
    assert (code, out) == (2, "")
    assert err.startswith("pulumi-resource-emailauth needs what comes with `pip install 'emailauth[pulumi]'`")
    assert err.count("\n") == 1


def test_the_source_plugin_installs_what_the_wheel_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["pulumi"]]
    lines = (PROVIDER / "requirements.txt").read_text().splitlines()
    assert sorted(line for line in lines if line and not line.startswith("#")) == sorted(wanted)


def test_the_source_plugin_is_run_by_python_in_its_own_environment() -> None:
    """An executable of the plugin's name would be run instead, without the environment."""
    plugin = yaml.safe_load((PROVIDER / "PulumiPlugin.yaml").read_text())
    assert plugin == {"runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": "venv"}}}
    assert not list(PROVIDER.glob("pulumi-resource-*"))
