"""Ports that tests are given are theirs alone."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port, never_given, refusing

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        pytest.param("32768\t60999\n", range(20480, 32768), id="as Linux has it"),
        pytest.param("1024\t40000\n", range(40001, 65536), id="more room is above"),
        pytest.param("49152\t65535\n", range(20480, 49152), id="more room is below"),
        pytest.param("1024\t65535\n", range(20480, 32768), id="clients are given all"),
        pytest.param("", range(20480, 32768), id="not known"),
    ],
)
def test_they_are_none_that_clients_are_given(given: str, ports: range) -> None:
    assert never_given(given) == ports


def test_what_was_given_is_not_given_again_soon() -> None:
    assert len({free_port() for _ in range(100)}) == 100


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_what_somebody_has_is_passed_over(kind: socket.SocketKind) -> None:
    with socket.socket(type=kind) as other:
        other.bind(("127.0.0.1", free_port()))
        assert other.getsockname()[1] not in {free_port() for _ in range(300)}, "it would have come round again"


def test_another_process_has_others_for_as_long_as_it_runs() -> None:
    """A round is 256 ports."""
    program = "from tests.ports import free_port; print(*(free_port() for _ in range(256)), flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        said = one.stdout.readline()
        another = subprocess.run(command, cwd=ROOT, input="\n", capture_output=True, text=True, check=True).stdout
        one.communicate("\n")
    rounds = [{free_port() for _ in range(256)}, *({*map(int, text.split())} for text in (said, another))]
    assert sum(map(len, rounds)) == len(set[int]().union(*rounds)) > 600


def test_where_connections_are_refused_nobody_else_can_listen() -> None:
    with refusing() as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with pytest.raises(OSError, match="Address already in use"), socket.socket() as other:
            other.bind(("127.0.0.1", port))
