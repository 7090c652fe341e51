"""Runs the real Pulumi engine: a program in a folder of its own, the state beside it, nothing asked of any network."""

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.processes import MARK, Process, left_after

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = ROOT / ".venv" / "bin"
"""The folder that holds `pulumi-resource-emailauth`, as `make setup` makes it."""
NAME = "test"

_SECONDS = 300
"""For one operation: they take three, on a machine that does nothing else."""
_COLOUR = re.compile(r"<\{%[^}]*%\}>")


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that has ended."""

    text: str
    """What it said, on stdout and stderr."""
    events: tuple[Mapping[str, Any], ...]
    """What the engine reported, one mapping for each event, with its kind as the key."""

    @property
    def changes(self) -> dict[str, int]:
        """How many resources were (or would be) created, updated, ...; those that stay as they are are not counted."""
        found: Counter[str] = Counter()
        for event in self.events:
            if "summaryEvent" in event:
                found = Counter(event["summaryEvent"].get("resourceChanges") or {})
        return {step: number for step, number in sorted(found.items()) if step != "same"}

    def steps(self, step: str) -> list[str]:
        """The names of the resources that went (or would go) through such a step, sorted."""
        metadata = [event["resourcePreEvent"]["metadata"] for event in self.events if "resourcePreEvent" in event]
        return _names(one for one in metadata if one["op"] == step)

    def told(self, severity: str) -> list[str]:
        """The messages of a severity, "error", "warning" or "info", in order."""
        found = [event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event]
        return [_COLOUR.sub("", one["message"]).strip() for one in found if one["severity"] in {severity, f"{severity}#err"}]


class Stack:
    """One stack of one program."""

    def __init__(self, folder: Path, engine: Path) -> None:
        """`folder` is the program's; the state goes beside it."""
        self.folder = folder
        beside = folder.parent / f"{folder.name}.pulumi"
        (beside / "state").mkdir(parents=True, exist_ok=True)
        self._log = beside / "events.json"
        self._state = beside / "state"
        self.environ = environment(engine, beside, mark=str(folder))

    def write(self, path: str, text: str) -> None:
        """Writes a file below the folder."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def read(self, path: str) -> str:
        """Reads a file below the folder."""
        return (self.folder / path).read_text()

    def edit(self, path: str, before: str, after: str) -> None:
        """Changes the one place of a file that says `before`."""
        text = self.read(path)
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {path}"
        self.write(path, text.replace(before, after))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts a command of the engine."""
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *arguments: str) -> Done:
        """Runs a command of the engine, which must succeed."""
        return self.finish(self.start(*arguments))

    def operate(self, *arguments: str, fails: bool = False) -> Done:
        """Runs an operation on the stack, which must succeed, or must fail; its events are in the answer."""
        return self.finish(self.begin(*arguments), fails=fails)

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts an operation on the stack; `finish` waits for it."""
        return self.start(*arguments, *self._operation(arguments[0]))

    def _operation(self, verb: str) -> list[str]:
        self._log.unlink(missing_ok=True)
        yes = [] if verb == "preview" else ["--yes", "--skip-preview"]
        return ["--stack", NAME, "--suppress-progress", "--event-log", str(self._log), *yes]

    def finish(self, process: "subprocess.Popen[str]", *, fails: bool = False) -> Done:
        """Waits for a command that was started. However it ends, the engine must not say that the provider broke down."""
        try:
            text, _ = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        events = tuple(json.loads(line) for line in self._log.read_text().splitlines()) if self._log.exists() else ()
        assert "exited prematurely" not in text
        assert (process.returncode != 0) is fails, text
        return Done(text=text, events=events)

    def preview(self, *options: str, fails: bool = False) -> Done:
        """`pulumi preview --diff`."""
        return self.operate("preview", "--diff", *options, fails=fails)

    def up(self, *options: str, fails: bool = False) -> Done:
        """`pulumi up`."""
        return self.operate("up", *options, fails=fails)

    def state(self) -> Sequence[Mapping[str, Any]]:
        """The resources in the state file."""
        found: Sequence[Mapping[str, Any]] = self._checkpoint().get("resources") or []
        return found

    def resources(self) -> list[str]:
        """Their names, sorted."""
        return _names(self.state())

    def pending(self) -> list[str]:
        """The names of the resources that the engine was about to change when it was stopped, sorted."""
        return _names([operation["resource"] for operation in self._checkpoint().get("pending_operations") or []])

    def _checkpoint(self) -> Mapping[str, Any]:
        (file,) = self._state.glob(f".pulumi/stacks/*/{NAME}.json")
        found: Mapping[str, Any] = json.loads(file.read_text())["checkpoint"]["latest"]
        return found

    def left(self) -> list[Process]:
        """Our providers that did not end, although the engine has. There should be none."""
        return left_after(self.environ[MARK])


def _names(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({resource["urn"].split("::")[-1] for resource in resources})


def environment(engine: Path, folder: Path, *, mark: str) -> dict[str, str]:
    """For the engine and all that it starts: this process's own, but for what says how the engine runs, and without coverage, which would make
    each start of the provider half as long again: tests/pulumi reaches its lines."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "COVERAGE_"))}
    return {
        **own,
        "PATH": f"{engine}{os.pathsep}{own['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
        MARK: mark,
    }
