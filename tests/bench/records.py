"""Records beside checkdmarc: how fast they are taken apart and judged, and what is said of those of the public SPF suite."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.corpus import corpus, shares
from tests.bench.timing import verdict
from tests.protocols.spf import suite_records
from tools import venvs

SIZE: Final = 50_000
"""Of SPF and of DMARC."""
_SAMPLE: Final = 10
"""checkdmarc gets every tenth: what it takes for all of them says nothing more."""
_ROUNDS: Final = 9
_SPEED: Final = Path(__file__).with_name("records_program.py")
_SUITE: Final = Path(__file__).with_name("suite_program.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What of ours is compared with what of theirs."""

    title: str
    own: str
    their: str
    least: int
    """How many times as fast ours has to be."""


_LINES: Final = (
    _Line(title="SPF, taken apart with places", own="spf", their="spf", least=10),
    _Line(title="DMARC, taken apart with places", own="dmarc", their="dmarc", least=10),
    _Line(title="SPF, from text to findings of all rules", own="spf-rules", their="spf", least=5),
    _Line(title="DMARC, from text to findings of all rules", own="dmarc-rules", their="dmarc", least=5),
)


def compare() -> None:
    """Prints the speeds, then the verdicts on the suite. Raises `CannotGetError` where there is no checkdmarc or no suite."""
    python = str(venvs.get("checkdmarc", os.environ))
    speeds(python)
    verdicts(python)


def speeds(python: str) -> None:
    """Records a second of CPU time."""
    drawn = corpus(SIZE)
    texts = {"spf": drawn.spf, "dmarc": drawn.dmarc}
    sample = {key: some[::_SAMPLE] for key, some in texts.items()}
    print(
        f"\n{2 * SIZE:,} generated records, no two alike, beside checkdmarc's parse_spf_record and parse_dmarc_record. One process each, in turns,"
    )
    print(
        f"CPU time, medians of {_ROUNDS} rounds. checkdmarc has every {_SAMPLE}th record, and answers of a table for DNS: include leads to v=spf1 -all."
    )
    print(f"  SPF: {', '.join(f'{name} {share:.2f} %' for name, share in shares(drawn.spf).items())}")
    with _process(sys.executable, "emailauth", texts) as own, _process(python, "checkdmarc", sample) as theirs:
        took: dict[str, list[float]] = {}
        for _ in range(_ROUNDS + 1):
            for name, process, number in (
                *((name, own, SIZE) for name in ("spf", "spf-rules", "dmarc", "dmarc-rules")),
                *((f"checkdmarc {name}", theirs, SIZE // _SAMPLE) for name in ("spf", "spf-alone", "dmarc")),
            ):
                took.setdefault(name, []).append(_seconds(process, name.removeprefix("checkdmarc ")) / number)
    _print({name: values[1:] for name, values in took.items()})  # the first round fills caches


def _print(took: Mapping[str, Sequence[float]]) -> None:
    """A line for each comparison, with the median ratio of the rounds."""
    rates = {name: 1 / statistics.median(values) for name, values in took.items()}
    print(f"  {'':45} {'emailauth':>12} {'checkdmarc':>12} {'times':>6}")
    for line in _LINES:
        ratio = _ratio(took, line.own, f"checkdmarc {line.their}")
        print(
            f"  {line.title:45} {rates[line.own]:10,.0f}/s {rates[f'checkdmarc {line.their}']:10,.0f}/s {ratio:6.1f}; "
            f"{verdict(ratio, at_least=line.least)}"
        )
    alone = _ratio(took, "spf", "checkdmarc spf-alone"), _ratio(took, "spf-rules", "checkdmarc spf-alone")
    print(
        f"  {'the same without what it does for includes:':58} {rates['checkdmarc spf-alone']:10,.0f}/s {alone[0]:6.1f} and {alone[1]:.1f} with rules"
    )


def _ratio(took: Mapping[str, Sequence[float]], own: str, their: str) -> float:
    return statistics.median(other / one for one, other in zip(took[own], took[their], strict=True))


@contextmanager
def _process(python: str, name: str, texts: Mapping[str, Sequence[str]]) -> Iterator["subprocess.Popen[str]"]:
    """One that does tasks when told."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        command = [python, "-P", str(_SPEED), name, file.name]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield process


def _seconds(process: "subprocess.Popen[str]", task: str) -> float:
    """What a task took. Raises `RuntimeError` where the process is gone."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError(task)
    print(task, file=process.stdin, flush=True)
    line = process.stdout.readline()
    if not line:
        message = f"the process that should do {task} has ended"
        raise RuntimeError(message)
    return float(line)


def verdicts(python: str) -> None:
    """How many of the suite's records are refused, by us with an error, by checkdmarc as an error."""
    bad, good, cases = suite_records.bad_records(), suite_records.good_records(), suite_records.permerrors()
    given = {
        "texts": [record.text for record in (*bad, *good)],
        "cases": [{"domain": case.domain.lower(), "zone": case.zone} for case in cases],
    }
    done = subprocess.run([python, "-P", str(_SUITE)], input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True)
    refused = json.loads(done.stdout)
    own_bad, own_good = ([suite_records.has_error(suite_records.judged_by_text(record)) for record in records] for records in (bad, good))
    own_cases = [suite_records.has_error(suite_records.judged_in_its_zone(case.domain.lower(), case.zone)) for case in cases]
    print(f"\nThe public suite of RFC 7208:{'':35} {'emailauth':>12} {'checkdmarc':>12}")
    for title, own, theirs in (
        ("bad by their own text, refused", own_bad, refused["texts"][: len(bad)]),
        ("permerror in the DNS of their case, refused", own_cases, refused["cases"]),
        ("good, refused all the same", own_good, refused["texts"][len(bad) :]),
    ):
        print(f"  {title:62} {f'{sum(own)} of {len(own)}':>12} {f'{sum(theirs)} of {len(theirs)}':>12}")
