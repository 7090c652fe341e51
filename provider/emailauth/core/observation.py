"""What was observed: the answers of DNS and of web servers that a judgement needs, as a value that can be kept and judged again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from emailauth.core.errors import CouldNotDoError
from emailauth.core.names import InvalidName, normalise
from emailauth.core.question import Answer, Question, Questions, Status, answered
from emailauth.core.rdata import to_rdata, to_value

T = TypeVar("T")

FORMAT: Final = 1
"""Of the text; rises when a key changes its meaning or goes."""


class InvalidObservationError(ValueError):
    """A text that is no observation; `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of fetching an https URL as senders fetch a policy (RFC 8461 section 3.3)."""

    body: bytes | None = None
    """None: there is nothing that senders take."""
    media_type: str = ""
    """In lower case, without parameters; empty where the server names none."""
    problem: str = ""
    """Why there is no body, for a person; empty where there is one."""


Wanted: TypeAlias = Question | str
"""A question to DNS, or a URL."""


class NotRecordedError(LookupError):
    """Something was looked for that the observation does not hold: it says neither that there is such a thing nor that there is none."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self.wanted = wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything that was answered in one run."""

    answers: Mapping[Question, Answer] = field(default_factory=dict)
    fetches: Mapping[str, Fetched] = field(default_factory=dict)
    """By URL."""
    planned: Mapping[Question, Answer] = field(default_factory=dict)
    """What DNS will answer in place of that once the file that is judged is applied; not part of what is kept."""

    def answer(self, name: str, record_type: str, server: str = "") -> Answer:
        """What DNS answers today, or one of its servers. Raises `NotRecordedError`."""
        question = Question(name=name, type=record_type, server=server)
        try:
            return self.answers[question]
        except KeyError:
            raise NotRecordedError(question) from None

    def has(self, domain: str) -> bool:
        """Whether a domain is known to exist, so that it is of use to ask for what depends on it. Raises `NotRecordedError`."""
        answer = self.answer(domain, "TXT")
        return not answer.failed and answer.status is not Status.NXDOMAIN

    def fetched(self, url: str) -> Fetched:
        """What came of fetching a URL today. Raises `NotRecordedError`."""
        try:
            return self.fetches[url]
        except KeyError:
            raise NotRecordedError(url) from None

    def follow(self, questions: Questions[T]) -> T:
        """What an evaluation comes to once the file is applied, which for a domain without a file is today. Raises `NotRecordedError`."""
        return answered(
            questions, lambda question: self.planned.get(question) or self.answer(question.name, question.type, question.server)
        )

    @property
    def failures(self) -> tuple[tuple[Question, Status], ...]:
        """The questions that the resolver did not answer, sorted: what depends on them is not known."""
        found = [(question, answer.status) for question, answer in self.answers.items() if answer.failed and not question.server]
        return tuple(sorted(found, key=lambda one: _order(one[0])))

    @property
    def silent_servers(self) -> tuple[str, ...]:
        """The addresses of authoritative servers that answered none of the questions put to them, sorted: often no way leads there from here."""
        asked = [(question.server, answer.status) for question, answer in self.answers.items() if question.server]
        heard = {server for server, status in asked if status is not Status.TIMEOUT}
        return tuple(sorted({server for server, _ in asked} - heard))


def to_json(observation: Observation) -> str:
    """The text that `from_json` reads. Sorted, an answer a line, so that two of them compare line by line."""
    answers = [_answer_data(question, observation.answers[question]) for question in sorted(observation.answers, key=_order)]
    fetches = [_fetch_data(url, observation.fetches[url]) for url in sorted(observation.fetches)]
    return f'{{\n"format": {FORMAT},\n"answers": {_lines(answers)},\n"fetches": {_lines(fetches)}\n}}\n'


def from_json(text: str) -> Observation:
    """Reads what `to_json` writes; `status`, `values` and `fetches` may be left out. Raises `InvalidObservationError`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise InvalidObservationError(f"it is no JSON: {e}") from e
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InvalidObservationError(f'it does not say "format": {FORMAT}')
    answers = dict(_answer(item, f"answers[{i}]") for i, item in enumerate(_list(data, "answers")))
    fetches = dict(_fetch(item, f"fetches[{i}]") for i, item in enumerate(_list(data, "fetches")))
    return Observation(answers=MappingProxyType(answers), fetches=MappingProxyType(fetches))


def _order(question: Question) -> tuple[list[str], str, str]:
    """By name as zones are sorted, from the right, then by type, the resolver's answer first."""
    return question.name.split(".")[::-1], question.type, question.server


def _lines(items: list[dict[str, Any]]) -> str:
    return "[" + ",".join(f"\n{json.dumps(item)}" for item in items) + "]"


def _answer_data(question: Question, answer: Answer) -> dict[str, Any]:
    server = {"server": question.server} if question.server else {}
    said = {"values": list(answer.values)} if answer.values else {"status": answer.status.value}
    return {"name": question.name, "type": question.type, **server, **said}


def _fetch_data(url: str, fetched: Fetched) -> dict[str, Any]:
    """Octets that are no UTF-8 are surrogates, as `record` has them."""
    if fetched.body is None:
        return {"url": url, "problem": fetched.problem}
    return {"url": url, "media_type": fetched.media_type, "body": fetched.body.decode("utf-8", "surrogateescape")}


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    found = data.get(key, [])
    if not isinstance(found, list):
        raise InvalidObservationError(f"{key} is no list")
    return found


def _answer(item: Any, where: str) -> tuple[Question, Answer]:
    name, record_type = _text(item, "name", where), _text(item, "type", where)
    server = _text({"server": "", **item}, "server", where)
    values = item.get("values", [])
    try:
        status = Status(item.get("status", Status.OK.value))
        question = Question(name=normalise(name), type=record_type.upper(), server=server and str(ip_address(server)))
    except (InvalidName, ValueError) as e:
        raise InvalidObservationError(f"{where}: {e}") from e
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidObservationError(f"{where}: values is no list of texts")
    if bool(values) is not (status is Status.OK):
        raise InvalidObservationError(f"{where}: there are values where the status is ok, and only there")
    return question, Answer(status=status, values=_values(question.type, values, where))


def _values(record_type: str, values: list[str], where: str) -> tuple[str, ...]:
    """Values in the form that answers have: evaluations rely on an A record being an address. Raises `InvalidObservationError`."""
    try:
        return tuple(to_value(to_rdata(record_type, value)) for value in values)
    except CouldNotDoError as e:
        raise InvalidObservationError(f"{where}: {e}") from e


def _fetch(item: Any, where: str) -> tuple[str, Fetched]:
    url = _text(item, "url", where)
    if "body" not in item:
        return url, Fetched(problem=_text(item, "problem", where))
    try:
        body = _text(item, "body", where).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as e:
        raise InvalidObservationError(f"{where}: body is no text that stands for octets") from e
    return url, Fetched(body=body, media_type=_text({"media_type": "", **item}, "media_type", where))


def _text(item: Any, key: str, where: str) -> str:
    if not isinstance(item, dict) or not isinstance(item.get(key), str):
        raise InvalidObservationError(f"{where}: {key} is no text")
    text: str = item[key]
    return text
