"""What `explain` says of a file alone holds whatever DNS answers to the rest; and with all answers it says what DMARC's evaluation says."""

import json
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from emailauth.core.explanation import NOT_KNOWN, Alignment, Explanation, Signature, SpfResult, Verdict
from emailauth.core.names import is_within
from emailauth.core.question import Answer, Question, Status, answered
from emailauth.output import explanation
from emailauth.protocols import dmarc
from emailauth.protocols.dmarc import Identifier
from emailauth.workflow.explaining import Message, explain
from emailauth.workflow.following import Known
from emailauth.workflow.load import load_bytes

HOSTS = ("example.com", "a.example.com", "b.a.example.com", "example.net")
TOPS = ("com", "net")
KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

hosts = st.sampled_from(HOSTS)
requests = st.sampled_from(["none", "quarantine", "reject"])
mostly = st.sampled_from([True, True, True, False])
spf_terms = st.lists(
    st.sampled_from(
        [
            "ip4:192.0.2.1",
            "ip4:198.51.100.1",
            "-ip4:192.0.2.0/24",
            "include:example.net",
            "include:a.example.com",
            "a",
            "ptr",
            "exists:%{h}",
        ]
    ),
    max_size=3,
)


@st.composite
def sections(draw: st.DrawFn) -> str:
    """Of one domain, in YAML's flow style."""
    said: list[str] = []
    if draw(mostly):
        terms = ", ".join(f'"{term}"' for term in draw(spf_terms))
        said.append(draw(st.sampled_from(["spf: absent", f"spf: {{allow: [{terms}], otherwise: fail}}", f"spf: {{allow: [{terms}]}}"])))
    if draw(mostly):
        tags = [f"policy: {draw(requests)}"]
        tags += [f"{tag}: {draw(requests)}" for tag in ("subdomain_policy", "nonexistent_subdomain_policy") if draw(st.booleans())]
        tags += [f"{tag}: strict" for tag in ("spf_alignment", "dkim_alignment") if draw(st.booleans())]
        tags += [f"public_suffix_domain: {draw(st.sampled_from(['true', 'false']))}"] * draw(st.booleans())
        said.append(draw(st.sampled_from(["dmarc: absent", f"dmarc: {{{', '.join(tags)}}}"])))
    if draw(mostly):
        said.append(
            draw(st.sampled_from([f'dkim: {{s1: {{record: "{KEY}"}}}}', "dkim: {s1: absent}", "dkim: {s1: revoked}", "dkim: absent"]))
        )
    return f"{{{', '.join(said)}}}"


def files() -> st.SearchStrategy[str]:
    """Texts of files with some of the hosts."""
    domains = st.dictionaries(hosts, sections(), min_size=2)
    return domains.map(lambda made: "version: 1\ndomains:\n" + "".join(f"  {name}: {said}\n" for name, said in made.items()))


@st.composite
def worlds(draw: st.DrawFn) -> dict[Question, tuple[str, ...]]:
    """All records that there are besides the file's."""
    made: dict[Question, tuple[str, ...]] = {}
    for name in HOSTS:
        if draw(st.booleans()):
            made[Question(name=name, type="TXT")] = (
                " ".join(["v=spf1", *draw(spf_terms), draw(st.sampled_from(["-all", "~all", "?all"]))]),
            )
        if draw(st.booleans()):
            tags = ["v=DMARC1", f"p={draw(requests)}", *(f"{tag}={draw(requests)}" for tag in ("sp", "np") if draw(st.booleans()))]
            tags.append(f"psd={draw(st.sampled_from('uyn'))}")
            made[Question(name=f"_dmarc.{name}", type="TXT")] = ("; ".join(tags),)
        if draw(st.booleans()):
            made[Question(name=f"s1._domainkey.{name}", type="TXT")] = (draw(st.sampled_from([KEY, "v=DKIM1; p="])),)
        if draw(st.booleans()):
            made[Question(name=name, type="A")] = (draw(st.sampled_from(["192.0.2.1", "192.0.2.2"])),)
    for top in TOPS:  # which nobody has for an Organizational Domain
        if draw(st.booleans()):
            made[Question(name=f"_dmarc.{top}", type="TXT")] = ("v=DMARC1; p=reject; psd=y",)
    if draw(st.booleans()):
        made[Question(name="1.2.0.192.in-addr.arpa", type="PTR")] = (f"{draw(hosts)}.",)
    return made


@st.composite
def messages(draw: st.DrawFn) -> Message:
    mail_from, helo, is_null = draw(st.none() | hosts), draw(st.none() | hosts), draw(st.booleans())
    return Message(
        local_part="joe",
        author=draw(hosts),
        mail_from=helo if is_null and helo else mail_from,
        is_null=is_null and helo is not None,
        helo=helo,
        ip=ip_address("192.0.2.1") if draw(st.booleans()) else None,
        signatures=tuple((name, "s1") for name in draw(st.lists(hosts, max_size=2, unique=True))),
    )


def known(world: Mapping[Question, tuple[str, ...]]) -> Known:
    """Every question has its answer."""

    def lookup(question: Question) -> Answer:
        if question in world:
            return Answer(values=world[question])
        exists = any(is_within(one.name, question.name) for one in world)
        return Answer(status=Status.NO_DATA if exists else Status.NXDOMAIN)

    return Known(lookup=lookup, unknown="never")


def is_same(offline: str | bool | None, real: str | bool | None) -> bool:
    """Whether what was said without all answers is what is so."""
    return offline in {None, NOT_KNOWN, real}


def proofs(said: Explanation) -> tuple[SpfResult | Signature, ...]:
    return said.spf, *said.signatures


def aligned(alignment: Alignment | None) -> bool | None:
    return alignment.is_aligned if alignment else None


@settings(max_examples=120, deadline=None)
@given(files(), worlds(), messages())
def test_what_the_file_decides_is_so_in_every_world(file: str, world: dict[Question, tuple[str, ...]], message: Message) -> None:
    loaded = load_bytes(file.encode(), "mail.yaml", Path())
    offline = explain(message, loaded, Known(lookup=lambda _: None, unknown="not looked up"))
    real = explain(message, loaded, known(world))
    event(offline.verdict.value)
    assert real.verdict is not Verdict.NOT_KNOWN
    assert is_same(offline.verdict.value, real.verdict.value)
    assert is_same(offline.disposition, real.disposition)
    assert is_same(offline.dmarc.record, real.dmarc.record)
    assert is_same(offline.dmarc.policy, real.dmarc.policy)
    assert is_same(offline.dmarc.tag, real.dmarc.tag)
    for before, after in zip(proofs(offline), proofs(real), strict=True):
        assert is_same(before.result, after.result)
        assert is_same(aligned(before.alignment), aligned(after.alignment))


@settings(max_examples=80, deadline=None)
@given(worlds(), messages())
def test_with_all_answers_it_is_what_dmarc_evaluates(world: dict[Question, tuple[str, ...]], message: Message) -> None:
    said = explain(message, None, known(world))
    evaluated = answered(dmarc.evaluate(message.author, list(proved(said))), lambda question: known(world).lookup(question) or Answer())
    event(evaluated.result)
    assert said.verdict.value == ("does not apply" if evaluated.result == "none" else evaluated.result)
    assert said.disposition == evaluated.policy


@settings(max_examples=80, deadline=None)
@given(files(), worlds(), messages(), hosts)
def test_an_empty_mail_from_is_that_of_postmaster_at_the_name_in_helo(
    file: str, world: dict[Question, tuple[str, ...]], message: Message, helo: str
) -> None:
    """RFC 7208 section 2.4."""
    loaded = load_bytes(file.encode(), "mail.yaml", Path())
    null = explain(replace(message, mail_from=helo, is_null=True, helo=helo), loaded, known(world))
    written_out = explain(replace(message, local_part="postmaster", mail_from=helo, is_null=False, helo=helo), loaded, known(world))
    event(null.spf.result)
    assert null.spf.reasons[2:] == written_out.spf.reasons
    assert replace(null.spf, reasons=()) == replace(written_out.spf, reasons=())
    assert (null.verdict, null.disposition, null.signatures) == (written_out.verdict, written_out.disposition, written_out.signatures)


def proved(said: Explanation) -> list[Identifier]:
    """What SPF and DKIM have come to pass for."""
    ones: tuple[SpfResult | Signature, ...] = (said.spf, *said.signatures)
    return [
        Identifier(mechanism="SPF" if isinstance(one, SpfResult) else "DKIM", domain=one.domain) for one in ones if one.result == "pass"
    ]


octets = st.text(st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF), max_size=40)
texts = octets | octets.map(lambda text: f"v=spf1 {text} -all") | octets.map(lambda text: f"v=DMARC1; p=none; {text}") | st.just(KEY)
answers = st.lists(texts, min_size=1, max_size=3).map(lambda values: Answer(values=tuple(values))) | st.sampled_from(
    [Answer(status=status) for status in Status if status is not Status.OK]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(answers | st.none(), min_size=1, max_size=8), messages())
def test_whatever_is_answered_there_is_a_page(given_answers: list[Answer | None], message: Message) -> None:
    def lookup(question: Question) -> Answer | None:
        """The same each time, and of the type that is asked for."""
        number = sum(map(ord, f"{question.name} {question.type}")) % len(given_answers)
        answer = given_answers[number]
        return answer if question.type == "TXT" or answer is None or not answer.values else Answer(status=Status.NO_DATA)

    said = explain(message, None, Known(lookup=lookup, unknown="not recorded"))
    page, data = explanation.text(said), explanation.json(said)
    assert page.startswith(f"{said.verdict.value}: ")
    assert json.loads(data)["verdict"] == said.verdict.value
    assert all(character.isprintable() or character in "\n\t" for character in page if character.isascii())
