"""Who answers: a file says all of what it claims and nothing of the rest; DNS is asked for what is missing, a whole round at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emailauth.core.question import Answer, Question, Status
from emailauth.live.resolver import Patience
from emailauth.live.resolver_servers import Server
from emailauth.workflow.answering import FileAnswers, Lookup, Noted, ask
from emailauth.workflow.load import load_bytes
from emailauth.workflow.spf_trees import Source, of_file, scout
from tests.live.senders import senders

KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
FILE = f"""\
version: 1
domains:
  example.com:
    mx: [{{preference: 20, host: mx2.example.com}}, {{preference: 10, host: mx1.example.com}}]
    spf: {{allow: [mx], otherwise: fail}}
    dkim: {{s1: {{record: "{KEY}"}}, s2: {{cname: s1._domainkey.example.com}}, s3: {{cname: s3.example.net}}, s4: absent}}
    dmarc: {{policy: reject, aggregate_reports: ["mailto:d@example.org"]}}
  example.org: {{dmarc: {{policy: none}}}}
  parked.example: parked
  empty.example: {{spf: absent, dmarc: absent, mx: absent}}
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with senders(tmp_path_factory.mktemp("senders")) as found:
        yield found


def file() -> FileAnswers:
    return FileAnswers(load_bytes(FILE.encode(), "mail.yaml", Path()).posture)


def question(text: str) -> Question:
    name, record_type = text.split(" ")
    return Question(name=name, type=record_type)


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("example.com TXT", ("v=spf1 mx -all",)),
        ("example.com MX", ("20 mx2.example.com.", "10 mx1.example.com.")),
        ("_dmarc.example.com TXT", ("v=DMARC1; p=reject; rua=mailto:d@example.org",)),
        ("example.com._report._dmarc.example.org TXT", ("v=DMARC1",)),
        ("s1._domainkey.example.com TXT", (KEY,)),
        ("s2._domainkey.example.com TXT", (KEY,)),  # behind an alias
        ("s2._domainkey.example.com CNAME", ("s1._domainkey.example.com.",)),
        ("parked.example MX", ("0 .",)),
        ("parked.example TXT", ("v=spf1 -all",)),
    ],
)
def test_what_the_file_wants(asked: str, values: tuple[str, ...]) -> None:
    found = file()(question(asked))
    assert found is not None
    assert (found.status, tuple(value.removesuffix(";") for value in found.values)) == (Status.OK, values)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("s4._domainkey.example.com TXT", Status.NXDOMAIN),
        ("s4._domainkey.example.com CNAME", Status.NXDOMAIN),
        ("any._domainkey.parked.example TXT", Status.NXDOMAIN),
        ("empty.example TXT", Status.NXDOMAIN),
        ("_dmarc.empty.example TXT", Status.NXDOMAIN),
    ],
)
def test_what_the_file_wants_gone(asked: str, status: Status) -> None:
    assert file()(question(asked)) == Answer(status=status)


@pytest.mark.parametrize(
    "asked",
    [
        "example.com A",
        "example.org TXT",
        "s5._domainkey.example.com TXT",
        "s3._domainkey.example.com TXT",
        "_domainkey.parked.example TXT",
        "_dmarc.com TXT",
    ],
)
def test_of_the_rest_the_file_says_nothing(asked: str) -> None:
    assert file()(question(asked)) is None


def test_what_is_not_the_files_is_looked_up_at_the_end_of_its_aliases() -> None:
    asked: list[Question] = []

    def dns(one: Question) -> Answer | None:
        asked.append(one)
        return Answer(values=("there",))

    lookup = file().before(dns)
    assert [lookup(question(f"{name} TXT")) for name in ("s3._domainkey.example.com", "a.example", "example.com")] == [
        Answer(values=("there",)),
        Answer(values=("there",)),
        Answer(values=("v=spf1 mx -all",)),
    ]
    assert asked == [question("s3.example.net TXT"), question("a.example TXT")]


@pytest.mark.parametrize(
    ("name", "exists"),
    [
        ("example.com", True),
        ("_domainkey.example.com", True),
        ("com", True),
        ("example.org", True),
        ("empty.example", False),
        ("x.example.com", False),
    ],
)
def test_names_that_the_file_shows_to_exist(name: str, exists: bool) -> None:
    assert file().exists(name) is exists


def test_a_tree_is_asked_for_level_by_level_and_each_question_once(there: Server) -> None:
    progress: list[tuple[int, int]] = []
    sources = [Source(domain=name, is_asking=True) for name in ("example.com", "_spf.example.net")]
    answers = ask(lambda lookup: scout(sources, lookup), [there], told=lambda answered, asked: progress.append((answered, asked)))
    assert sorted(f"{one.name} {one.type}" for one in answers) == [
        "_spf.example.net TXT",
        "_spf.gone.example.org TXT",
        "example.com MX",
        "example.com TXT",
        "mx1.example.com A",
        "mx1.example.com AAAA",
        "mx2.example.com A",
        "mx2.example.com AAAA",
        "s1.example.net A",
        "s1.example.net AAAA",
    ]
    # both domains; what they name; the addresses of all hosts but those of the second domain, which came before
    assert list(dict.fromkeys(asked for _, asked in progress)) == [2, 6, 10]
    assert progress[-1] == (10, 10)


def test_what_the_file_tells_is_not_asked(there: Server) -> None:
    text = 'version: 1\ndomains: {example.com: {spf: {allow: ["include:_spf.example.net", "a:x.example.com"], otherwise: fail}}}\n'
    posture = load_bytes(text.encode(), "mail.yaml", Path()).posture
    answers = ask(lambda lookup: scout(of_file(posture, is_asking=True), lookup), [there])
    assert "example.com TXT" not in {f"{one.name} {one.type}" for one in answers}
    assert len(answers) == 5
    assert ask(lambda lookup: scout(of_file(posture, is_asking=False), lookup), [there]) == {}


def test_a_failure_is_an_answer(there: Server) -> None:
    def work(lookup: Lookup) -> object:
        return lookup(question("x.broken.example TXT"))

    assert ask(work, [there], patience=Patience(tries=(5.0,), question=10.0)) == {
        question("x.broken.example TXT"): Answer(status=Status.SERVFAIL)
    }


def test_what_is_asked_for_and_not_known_is_noted() -> None:
    known, unknown, failed, unasked = (question(f"{name}.example A") for name in "abcd")
    timeout = Answer(status=Status.TIMEOUT)
    noted = Noted({known: Answer(status=Status.NO_DATA), failed: timeout, unasked: timeout})
    assert [noted(one) for one in (known, unknown, failed, unknown)] == [Answer(status=Status.NO_DATA), None, timeout, None]
    assert (noted.missing, noted.failures) == ((unknown,), ((failed, Status.TIMEOUT),))
