"""Shows the main job on a scratch copy of examples/quickstart: lint, preview, `pulumi up`, look, `pulumi up` again.

Every command is printed as one would type it. Nothing outside of the scratch folder is touched, no account is needed,
and the folder is removed at the end.
"""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POLICY_URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
QUIET = ("--non-interactive", "--suppress-progress")


class StepFailedError(Exception):
    """A command of the demo did not end as it must; `str()` names it."""


def main() -> int:
    """Runs the demo; 0 when every step ended as it must."""
    started = time.monotonic()
    engine = _engine()
    with tempfile.TemporaryDirectory(prefix="emailauth-demo-") as folder:
        try:
            _show(Path(folder), engine)
        except StepFailedError as e:
            print(f"demo: {e}", file=sys.stderr)
            return 3
    print(f"\nDone in {time.monotonic() - started:.0f} seconds; {folder} is removed and nothing is left running.")
    return 0


def _engine() -> str:
    """The folder of the Pulumi engine."""
    found = subprocess.run([sys.executable, str(ROOT / "tools" / "get_pulumi.py")], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        sys.exit(found.returncode)
    return found.stdout.strip()


def _variables(scratch: Path) -> Mapping[str, str]:
    """The state goes into the scratch folder, and the engine asks nothing of any network."""
    return {
        "PULUMI_BACKEND_URL": f"file://{scratch / 'state'}",
        "PULUMI_HOME": str(scratch / "pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    }


def _path(engine: str) -> str:
    return os.pathsep.join([str(ROOT / ".venv" / "bin"), engine, os.environ.get("PATH", "")])


def _show(scratch: Path, engine: str) -> None:
    example, variables = scratch / "examples" / "quickstart", _variables(scratch)
    env = {**os.environ, **variables, "PATH": _path(engine)}

    def run(*command: str, ends: Sequence[int] = (0,), folder: Path = example) -> None:
        print(f"\n$ {shlex.join(command)}", flush=True)
        done = subprocess.run(command, cwd=folder, env=env, check=False, stdin=subprocess.DEVNULL)
        if done.returncode not in ends:
            msg = f"`{shlex.join(command)}` ended with {done.returncode}"
            raise StepFailedError(msg)

    _say("A scratch copy of examples/quickstart: one mail domain, one parked domain, zone files with records of others.")
    run("mkdir", str(example.parent), str(scratch / "state"), folder=scratch)
    run("cp", "-r", str(ROOT / "examples" / "quickstart"), str(example), folder=scratch)
    run("ln", "-s", str(ROOT / ".venv"), str(scratch / ".venv"), folder=scratch)
    print(f"\n$ cd {example}")
    print(f"$ export PATH={ROOT / '.venv' / 'bin'}:{engine}:$PATH")
    for name, value in variables.items():
        print(f"$ export {name}={shlex.quote(value)}")
    run("cp", "-r", "zones", "before")

    _say("What the file says, checked offline against the standards:")
    run("emailauth", "lint")

    _say("What would change, in the terms of a mail administrator; nothing changes yet:")
    run("emailauth", "plan")

    _say("The same through Pulumi, with the real engine and its state in a folder:")
    run("pulumi", "stack", "init", "demo")
    run("pulumi", "preview", *QUIET)
    run("pulumi", "up", "--yes", "--skip-preview", *QUIET)

    _say("What `pulumi up` did to the zone files. Comments, order and the records of others are as they were:")
    run("diff", "-u", "-r", "before", "zones", ends=(1,))

    _say("The policy as a sender fetches it, from a server on loopback with a certificate of its own:")
    run("python", str(ROOT / "tools" / "serve.py"), "public", POLICY_URL)

    _say("`pulumi up` again has nothing to do:")
    run("pulumi", "up", "--yes", "--skip-preview", "--expect-no-changes", *QUIET)

    _say("One word of the file changed is one record changed:")
    run("sed", "-i.bak", "s/policy: quarantine/policy: reject/", "email-auth.yaml")
    run("pulumi", "preview", "--diff", *QUIET)


def _say(text: str) -> None:
    print(f"\n=== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
