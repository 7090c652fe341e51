"""Runs the code of a CloudFront function in Node: one process, kept as long as Python runs; a context of its own for each call."""

import atexit
import json
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_RUNNER = Path(__file__).with_name("runner.cjs")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a function did."""

    output: str = ""
    """JSON: {"response": {...}} or {"request": {...}}; empty where there is an error."""
    error: str = ""
    logs: list[str] = field(default_factory=list)


def run(code: bytes, runtime: str, event: Mapping[str, Any]) -> Ran:
    """Runs a function with an event object."""
    return Ran(**_node().ask({"code": code.decode(errors="replace"), "runtime": runtime, "event": event}))


class _Node:
    """A line of JSON in, a line of JSON out."""

    def __init__(self) -> None:
        command = ["node", "--no-warnings", "--expose-internals", str(_RUNNER)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self._lock = threading.Lock()

    def ask(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.communicate()


@cache
def _node() -> _Node:
    node = _Node()
    atexit.register(node.close)
    return node
