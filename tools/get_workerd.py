"""Gets workerd, the runtime of Cloudflare Workers, from npm at the pinned version, and prints the path of the program.

python -m tools.get_workerd

It is kept in the cache (see `get_pulumi`), once for each state of `tools/workerd/package-lock.json`, whose hashes npm checks. No script
of a package is run, and what remains is the program alone, which needs no Node.js.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.get_pulumi import TOOLS, CannotGetError, cache_folder, made_once, say

PINS = ("package.json", "package-lock.json")
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")


def workerd(environ: Mapping[str, str]) -> Path:
    """The path of the program, got now if need be. Raises `CannotGetError`."""
    folder = TOOLS / "workerd"
    state = hashlib.sha256(b"".join((folder / pin).read_bytes() for pin in PINS)).hexdigest()[:16]
    target = cache_folder(environ) / f"workerd-{state}"
    with made_once(target) as into:
        if into is not None:
            npm = shutil.which("npm", path=environ.get("PATH", ""))
            if npm is None:
                raise CannotGetError("workerd is got from npm: install Node.js 20 or newer and its npm")
            say("getting workerd from npm: once, under a minute")
            _install(npm, folder, into, environ)
    return target / "workerd"


def _install(npm: str, pins: Path, into: Path, environ: Mapping[str, str]) -> None:
    for pin in PINS:
        shutil.copy(pins / pin, into)
    done = subprocess.run([npm, *INSTALL], cwd=into, env=dict(environ), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotGetError("`npm ci` in tools/workerd failed:\n" + "\n".join(done.stderr.splitlines()[-15:]))
    # There is one package for each platform, and npm installs the one that fits.
    programs = list(into.glob("node_modules/@cloudflare/workerd-*/bin/workerd"))
    if not programs:
        raise CannotGetError("tools/workerd/package.json names no workerd for this platform")
    programs[0].rename(into / "workerd")
    shutil.rmtree(into / "node_modules")


def main() -> int:
    """Prints the path."""
    try:
        print(workerd(os.environ))
    except CannotGetError as e:
        say(str(e))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
