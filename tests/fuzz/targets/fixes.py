"""`lint --fix` on whole files."""

from pathlib import Path

from emailauth.workflow.fixing import diff, fix_file
from emailauth.workflow.linting import lint
from emailauth.workflow.load import load_bytes


def run(data: bytes) -> None:
    """Fixing ends; what comes out is understood as well as what went in, and has nothing left that could be fixed."""
    loaded = load_bytes(data, "f.yaml", Path("/nonexistent"))
    done = fix_file(loaded, advice=True)
    assert [one.rule for one in done.after.diagnostics] == [one.rule for one in loaded.diagnostics]
    assert bool(done.fixed) is (done.after.document.text != loaded.document.text)
    assert bool(diff(done)) is bool(done.fixed)
    left = [one for one in lint(done.after) if one.fix]
    assert len(left) <= len(done.not_fixed)
    assert not fix_file(done.after, advice=True).fixed
