"""Builds a Go program that the checks of this repository run, once for each state of its sources, and prints its path.

python -m tools.go_tool actionlint
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.get_pulumi import TOOLS, CannotGetError, cache_folder, go_build, made_once, say

PROGRAMS = {
    "actionlint": ("actionlint", "github.com/rhysd/actionlint/cmd/actionlint"),
    "sdkgen": ("pulumi", "./sdkgen"),
}
"""For each program its module under `tools/` and its package in there."""


def state_of(module: str, package: str) -> str:
    """A name for everything that a build is made from: the pins, their hashes, and sources of our own."""
    folder = TOOLS / module
    digest = hashlib.sha256()
    for file in [folder / "go.mod", folder / "go.sum", *sorted((folder / package).glob("*.go"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def go_tool(name: str, environ: Mapping[str, str]) -> Path:
    """The path of the program, built now if need be. Raises `CannotGetError`."""
    module, package = PROGRAMS[name]
    target = cache_folder(environ) / f"{name}-{state_of(module, package)}"
    with made_once(target) as into:
        if into is not None:
            go = shutil.which("go", path=environ.get("PATH", ""))
            if go is None:
                raise CannotGetError(f"{name} is built from its Go module: install Go 1.25 or newer")
            say(f"building {name}: once, a minute or two")
            go_build(go, package, into, environ, module=module)
    return target / name


def main() -> int:
    """Prints the path."""
    try:
        print(go_tool(sys.argv[1], os.environ))
    except CannotGetError as e:
        say(str(e))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
