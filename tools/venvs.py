"""Gets programs of other people into environments of their own, and prints the path of such an environment's Python.

python -m tools.venvs NAME

What NAME is stands in tools/NAME/requirements.in; versions and hashes are those of requirements.txt, which this writes anew:

cd tools/NAME && python -m piptools compile --generate-hashes --allow-unsafe --strip-extras

Each is kept in the cache that tools/get_pulumi.py describes, and needs the package registry once.
"""

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

from tools.get_pulumi import TOOLS, CannotGetError, cache_folder, made_once, say

INSTALL_SECONDS = 300


def names() -> list[str]:
    """Those that there are."""
    return sorted(path.parent.name for path in TOOLS.glob("*/requirements.txt"))


def get(name: str, environ: Mapping[str, str]) -> Path:
    """The Python of an environment; its programs stand beside it. Raises `CannotGetError`."""
    requirements = TOOLS / name / "requirements.txt"
    state = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    target = cache_folder(environ) / f"{name}-{state}"
    with made_once(target) as into:
        if into is not None:
            say(f"installing what tools/{name} names: once, half a minute")
            venv.create(into, with_pip=True)
            _install(name, into / "bin" / "python", requirements, environ)
    return target / "bin" / "python"


def _install(name: str, python: Path, requirements: Path, environ: Mapping[str, str]) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--require-hashes"]
    try:
        done = subprocess.run(
            [*command, "--requirement", str(requirements)],
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as e:
        raise CannotGetError(_advice(name, f"pip was not done after {INSTALL_SECONDS} seconds")) from e
    if done.returncode:
        raise CannotGetError(_advice(name, "\n".join(done.stderr.splitlines()[-5:])))


def _advice(name: str, reason: str) -> str:
    return (
        f"what tools/{name} names could not be installed from the package registry:\n{reason}\n"
        f"Run `python -m tools.venvs {name}` once where pip reaches its registry; it is kept from then on."
    )


def main() -> int:
    """Prints the path."""
    if sys.argv[1:] not in [[name] for name in names()]:
        say(f"which one? There are {', '.join(names())}: python -m tools.venvs NAME")
        return 2
    try:
        print(get(sys.argv[1], os.environ))
    except CannotGetError as e:
        say(str(e))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
