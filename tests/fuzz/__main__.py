"""Fuzzes every parser for a while, or runs one input again.

python -m tests.fuzz                      all targets, FUZZ_SECONDS seconds in all (60 where it is not set)
python -m tests.fuzz TARGET               one target
python -m tests.fuzz TARGET FILE          one input, without atheris: with the traceback of what it makes go wrong

It begins with the texts in tests/fuzz/corpus. What it finds is written to .fuzz, beside what it has learnt for the next run.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz.targets import names, target
from tools import venvs
from tools.get_pulumi import CannotGetError

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
FOUND = ROOT / ".fuzz"
_LIMITS = ("-timeout=30", "-rss_limit_mb=2048", "-max_len=4096")
_TOLD_LINES = 30
_NOISE = ("#", "0x", "Base64:", "INFO:")
"""How lines of libFuzzer begin that say nothing to a person: progress, and the input as numbers."""
_SHARES = {"files": 4, "published": 4, "spf_evaluation": 2}
"""Of the time; 1 for the others, which need less for an input."""


def main(arguments: Sequence[str]) -> int:
    """0: nothing found; 1: something; 2: no such target or file; 3: atheris cannot be had."""
    chosen = [name for name in names() if name in arguments[:1] or not arguments]
    if not chosen or len(arguments) > 2:
        print(f"which target? There are {', '.join(names())}", file=sys.stderr)
        return 2
    if len(arguments) == 2:
        return _again(chosen[0], Path(arguments[1]))
    given = os.environ.get("FUZZ_SECONDS", "60")
    if not given.isdecimal():
        print(f"FUZZ_SECONDS is a whole number of seconds, not {given!r}", file=sys.stderr)
        return 2
    try:
        python = venvs.get("atheris", os.environ)
    except CannotGetError as e:
        print(e, file=sys.stderr)
        return 3
    share = int(given) / sum(_SHARES.get(name, 1) for name in chosen)
    finds = [find for name in chosen for find in _fuzzed(python, name, max(1, round(share * _SHARES.get(name, 1))))]
    for name, path in finds:
        print(f"{name}: {path.relative_to(ROOT)} makes it fail: `python -m tests.fuzz {name} {path.relative_to(ROOT)}` runs it again")
    return 1 if finds else 0


def _again(name: str, path: Path) -> int:
    try:
        data = path.read_bytes()
    except OSError as e:
        print(f"{path} cannot be read: {e.strerror}", file=sys.stderr)
        return 2
    target(name)(data)
    print(f"{name} takes {path}")
    return 0


def _fuzzed(python: Path, name: str, seconds: int) -> Iterator[tuple[str, Path]]:
    """What one target finds, after so many seconds at most."""
    learnt, corpus, prefix = FOUND / name / "learnt", CORPUS / name, f"{FOUND / name}/"
    learnt.mkdir(parents=True, exist_ok=True)
    before = set(learnt.parent.iterdir())
    limits = (*_LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={prefix}")
    done = subprocess.run(
        [str(python), "-m", "tests.fuzz.one", name, str(learnt), str(corpus), *limits],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'provider'}"},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    told = (done.stdout + done.stderr).splitlines()
    print(next((line for line in reversed(told) if line.startswith("Done ")), f"ended with {done.returncode}"), f"({name})")
    if done.returncode:
        print("\n".join([line for line in told if not line.startswith(_NOISE)][-_TOLD_LINES:]))
        found = [path for path in sorted(learnt.parent.iterdir()) if path not in before]
        yield from ((name, path) for path in found or [FOUND / name])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
