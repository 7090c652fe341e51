"""What checkdmarc, or emailauth, does with the texts of a corpus: `python records_program.py NAME FILE`, by the Python that has NAME.

The file holds {"spf": [...], "dmarc": [...]}. Then each line of stdin is a task, and each is answered by a line with the seconds of CPU that
it took. Both sides are this one program, so that what is not theirs costs both the same.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Task = Callable[[], object]
_TOGETHER = 50
"""Domains in one file, as one team has. (What a file of 1,000 costs is measured by itself.)"""


def checkdmarc(texts: Mapping[str, list[str]]) -> Mapping[str, Task]:
    """Its two functions that take a record apart and say what is wrong with it.

    They ask DNS as they go; all of that is answered here, without a socket, a cache or a wait, and always well: a and mx terms have
    one host with one address, explanations are there, external destinations of reports agree, and each include and redirect leads to
    `v=spf1 -all`, the shortest record there is. checkdmarc takes that apart, too; "spf-alone" leaves out even that.
    """
    from checkdmarc import dmarc, spf

    def domain_of_mail(*_: Any, **__: Any) -> list[dict[str, Any]]:
        return [{"preference": 10, "hostname": "mx.example.com", "addresses": ["192.0.2.25"], "dnssec": False}]

    def included(*_: Any, **__: Any) -> dict[str, Any]:
        return {"record": "v=spf1 -all", "warnings": []}

    def taken_apart(record: str, *_: Any, **__: Any) -> dict[str, Any]:
        parsed: dict[str, Any] = {"mechanisms": [], "redirect": None, "exp": None, "ra": None, "rp": None, "rr": None, "all": "fail"}
        return {"record": record, "dns_lookups": 0, "void_dns_lookups": 0, "parsed": parsed, "warnings": []}

    spf.get_a_records = lambda *_, **__: ["192.0.2.25"]
    spf.get_txt_records = lambda *_, **__: ["explanation"]
    spf.get_mx_records = dmarc.get_mx_records = domain_of_mail
    spf.query_spf_record = included
    dmarc.query_dns = lambda *_, **__: ["v=DMARC1"]
    parse = spf.parse_spf_record

    def alone() -> None:
        spf.parse_spf_record = taken_apart  # what it calls for an included record, and only that: `parse` is still the whole
        try:
            _each(parse, texts["spf"], spf.SPFError)
        finally:
            spf.parse_spf_record = parse

    return {
        "spf": lambda: _each(parse, texts["spf"], spf.SPFError),
        "spf-alone": alone,
        "dmarc": lambda: _each(dmarc.parse_dmarc_record, texts["dmarc"], dmarc.DMARCError),
    }


def _each(parse: Callable[[str, str], object], texts: list[str], refusal: type[Exception]) -> None:
    for text in texts:
        try:
            parse(text, "example.com")
        except refusal:
            continue


def emailauth(texts: Mapping[str, list[str]]) -> Mapping[str, Task]:
    """The parsers, and the whole way of `lint` from the text of a record to findings.

    That way is the one of `lint --live DOMAIN`: a section is made of each text, with the place of each term or tag, and is all that its domain
    has; and the rules judge all of them, fifty domains at a time, as they would judge a file.
    """
    from emailauth.core.posture import Domain, Posture
    from emailauth.lint.engine import run
    from emailauth.lint.rules import all_rules
    from emailauth.protocols import dmarc, spf
    from emailauth.workflow.published import read

    rules = all_rules()

    def parsed(parse: Callable[[str], object], texts: list[str]) -> None:
        for text in texts:
            parse(text)

    def domain(key: str, i: int, text: str) -> Domain:
        name = f"d{i}.example.com"
        section, _ = read(key, (text,))
        return Domain(name=name, route=("domains", name), sections={} if section is None else {key: section})

    def judged(key: str) -> None:
        for first in range(0, len(texts[key]), _TOGETHER):
            some = texts[key][first : first + _TOGETHER]
            for _ in run(Posture(domains=tuple(domain(key, i, text) for i, text in enumerate(some))), rules):
                pass

    return {
        "spf": lambda: parsed(spf.parse, texts["spf"]),
        "dmarc": lambda: parsed(lambda text: dmarc.parse(text).tags, texts["dmarc"]),  # which are not made before somebody looks at them
        "spf-rules": lambda: judged("spf"),
        "dmarc-rules": lambda: judged("dmarc"),
    }


def main() -> None:
    """Does what it is told."""
    programs = {"checkdmarc": checkdmarc, "emailauth": emailauth}
    tasks = programs[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    for line in sys.stdin:
        before = time.process_time()
        tasks[line.strip()]()
        print(time.process_time() - before, flush=True)


if __name__ == "__main__":
    main()
