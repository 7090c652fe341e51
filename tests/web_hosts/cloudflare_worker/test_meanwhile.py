"""Others who write at the same time: their Workers, host names and files stay, and what they did to ours is told."""

from collections.abc import Callable
from functools import partial

import pytest

from emailauth.core.errors import CouldNotDoError
from emailauth.core.file import FileWrite
from emailauth.web_hosts.cloudflare_worker import Settings
from emailauth.web_hosts.cloudflare_worker.script import Served, render
from tests.fakes.cloudflare.workers import WorkerDomain
from tests.fakes.service import Fault, Lost, Request, Response
from tests.web_hosts.benches.cloudflare_worker import NAME, WorkerBench, file

A = "https://mta-sts.example.com/.well-known/mta-sts.txt"
B = "https://mta-sts.example.net/.well-known/mta-sts.txt"
FOREIGN = 'export default { fetch() { return new Response("theirs"); } };\n'


def put(url: str, body: bytes, before: bytes | None = None) -> FileWrite:
    return FileWrite(url=url, before=before, after=file(url, body))


def served(body: bytes) -> Served:
    return Served(body=body, content_type="text/plain")


def once(operation: str, act: Callable[[], Fault | None]) -> Callable[[str, Request], Fault]:
    """A hook that acts at the first call of an operation."""
    left = [operation]

    def hook(called: str, _: Request) -> Fault:
        if called not in left:
            return None
        left.clear()
        return act()

    return hook


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (render({A: served(b"theirs")}), A),
        (render({A: served(b"ours"), B: served(b"theirs")}), B),
        (FOREIGN, "it is not emailauth's any more"),
        (render({A: served(b"ours")}).replace("max-age=60", "max-age=61"), "its code"),
        (None, "it is gone"),
    ],
)
def test_an_upload_of_somebody_else_right_after_ours_is_told(there: WorkerBench, text: str | None, told: str) -> None:
    def act() -> None:
        if text is None:
            there.service.scripts.clear()
        else:
            there.put_text(text)

    there.host.change([put(B, b"before")])
    there.host.change([FileWrite(url=B, before=b"before", after=None), put(A, b"before")])
    there.service.after = once("PutScript", act)
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([put(A, b"ours", b"before")])
    assert str(error.value) == (
        f"somebody else changed the Worker emailauth at the same moment ({told}): plan again, and let one run at a time change it"
    )
    assert {name: script.text for name, script in there.service.scripts.items()} == ({} if text is None else {NAME: text})


@pytest.mark.parametrize("lost", ["before", "after"])
def test_an_upload_of_somebody_else_beside_one_that_was_not_answered_is_told(there: WorkerBench, lost: str) -> None:
    def act() -> Lost:
        there.put_text(render({A: served(b"theirs")}))
        return Lost()

    setattr(there.service, lost, once("PutScript", act))
    with pytest.raises(CouldNotDoError, match=r"^somebody else changed the Worker emailauth at the same moment \("):
        there.host.change([put(A, b"ours")])
    assert there.held() == {A: served(b"theirs")}


def test_a_worker_of_another_is_never_overwritten(there: WorkerBench) -> None:
    there.put_text(FOREIGN)
    told = (
        f"the Worker emailauth of the account {there.service.account_id} is not emailauth's, since it does not begin with '// emailauth', "
        "and is left alone: give ours another name with web_host: cloudflare_worker: script, or delete that one"
    )
    for act in (partial(there.host.read, [A]), partial(there.host.change, [put(A, b"ours")])):
        with pytest.raises(CouldNotDoError) as error:
            act()
        assert str(error.value) == told
    assert there.service.scripts[NAME].text == FOREIGN
    assert there.service.domains == {}


def test_a_worker_of_several_modules_or_of_the_older_kind_is_not_ours(there: WorkerBench) -> None:
    there.put_text(render({}))
    answers = [
        Response(headers={"content-type": "application/javascript"}, body=render({}).encode()),
        Response(headers={"content-type": "multipart/form-data"}, body=render({}).encode()),
        Response(headers={"content-type": "multipart/form-data; boundary=b"}, body=b"--b\r\n\r\n--b--"),
        Response(
            headers={"content-type": "multipart/form-data; boundary=b"}, body=b"--b\r\nA: b\r\n\r\n1\r\n--b\r\nA: b\r\n\r\n2\r\n--b--"
        ),
        Response(headers={"content-type": "multipart/form-data; boundary=b"}, body=b"--b\r\nno header ends\r\n--b--"),
    ]
    for answer in answers:
        there.service.before = lambda operation, _, answer=answer: answer if operation == "GetScript" else None  # type: ignore[misc]
        with pytest.raises(CouldNotDoError, match="is not emailauth's"):
            there.host.read([A])


@pytest.mark.parametrize("boundary", ["b", '"b"', "=_3f-'()+_,./:?"])
@pytest.mark.parametrize("end", [b"", b"\r\n", b"  \r\nafter it\r\n"])
def test_the_worker_is_read_whatever_the_form_looks_like(there: WorkerBench, boundary: str, end: bytes) -> None:
    line = b"--" + boundary.strip('"').encode()
    text = render({A: served(b"one\r\n--b\r\n")}).encode()
    body = b"before it\r\n" + line + b'\r\nContent-Disposition: form-data; name="worker.mjs"\r\n\r\n' + text + b"\r\n" + line + b"--" + end
    said = boundary if boundary[0] == '"' or boundary == "b" else f'"{boundary}"'
    answer = Response(headers={"content-type": f"Multipart/Form-Data; charset=utf-8; boundary={said}"}, body=body)
    there.host.change([put(A, b"two")])
    there.service.before = lambda operation, _: answer if operation == "GetScript" else None
    assert there.host.read([A]) == {A: b"one\r\n--b\r\n"}


def test_a_worker_that_somebody_spoilt_is_told(there: WorkerBench) -> None:
    there.put_text(render({A: served(b"one")}).replace('"body": 0', '"body": 7'))
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([put(A, b"two")])
    assert str(error.value) == (
        f"the Worker emailauth of the account {there.service.account_id} cannot be read: what it holds cannot be understood, so somebody "
        "else changed it. Roll it back to an earlier deployment or delete it, and run again"
    )


def test_host_names_of_other_workers_are_left_alone(there: WorkerBench) -> None:
    there.another(Settings(script="older")).change([put(A, b"old"), put(B, b"old")])
    there.operations()
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([put(A, b"one"), put(B, b"two")])
    assert str(error.value) == (
        "custom domains of other Workers, mta-sts.example.com (of older), mta-sts.example.net (of older), are left alone: remove the custom "
        "domain there, or name the host in web_host: cloudflare_worker: override, which takes it over without a gap"
    )
    assert set(there.operations()) == {"ListZones", "ListDomains", "GetScript"}


def test_a_host_name_that_another_worker_takes_meanwhile_is_left_to_it(there: WorkerBench) -> None:
    def act() -> None:
        zone_id = there.zones["example.com"]
        there.put_text(FOREIGN, "other")
        there.service.domains["mta-sts.example.com"] = WorkerDomain(
            id="d" * 32,
            hostname="mta-sts.example.com",
            service="other",
            zone_id=zone_id,
            zone_name="example.com",
            record_id="e" * 32,
            cert_id="f" * 32,
        )

    there.service.before = once("PutDomain", act)
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([put(A, b"one"), put(B, b"two")])
    assert str(error.value) == (
        "mta-sts.example.com is a custom domain of another Worker: remove the custom domain there, or name the host in "
        "web_host: cloudflare_worker: override, which takes it over without a gap (code 100116)"
    )
    assert {host: domain.service for host, domain in there.service.domains.items()} == {
        "mta-sts.example.com": "other",
        "mta-sts.example.net": NAME,
    }


@pytest.mark.parametrize(("record_type", "content"), [("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("CNAME", "www.example.org")])
def test_records_at_a_host_name_are_told_and_stay(there: WorkerBench, record_type: str, content: str) -> None:
    zone_id = there.zones["example.com"]
    record = there.service.put(zone_id, "mta-sts.example.com", record_type, content)
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([put(A, b"one"), put(B, b"two")])
    assert str(error.value) == (
        "mta-sts.example.com has A, AAAA or CNAME records of its own in the zone example.com: delete those at Cloudflare and run again at "
        "once, so that the Worker answers instead (code 100117)"
    )
    assert there.host.read([A, B]) == {A: None, B: b"two"}
    there.service.remove(zone_id, record)
    there.host.change([put(A, b"one")])
    assert there.host.read([A, B]) == {A: b"one", B: b"two"}


def test_a_new_worker_is_not_known_everywhere_at_once(there: WorkerBench) -> None:
    answers = iter([Response(status=404, body=b'{"success":false,"errors":[{"code":10007,"message":"This Worker does not exist"}]}')] * 2)
    there.service.before = lambda operation, _: next(answers, None) if operation == "PutDomain" else None
    there.host.change([put(A, b"one")])
    assert there.host.read([A]) == {A: b"one"}
    assert there.time.waited == [1.0, 2.0]


def test_what_was_uploaded_is_not_read_everywhere_at_once(there: WorkerBench) -> None:
    there.host.change([put(A, b"one")])
    answers = [there.service.scripts[NAME].content()] * 3
    there.service.before = lambda operation, _: (
        answers.pop() if operation == "GetScript" and answers and there.service.count("PutScript") == 2 else None
    )
    there.host.change([put(A, b"two", b"one")])
    assert there.host.read([A]) == {A: b"two"}
    assert there.time.waited == [1.0, 2.0, 4.0]


def test_what_never_reads_back_is_told(there: WorkerBench) -> None:
    there.service.after = lambda operation, _: there.service.scripts.clear() if operation == "PutScript" else None
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([put(A, b"one")])
    assert str(error.value) == (
        "the Worker emailauth: what was written at Cloudflare does not read back: see who else changes it, and run again"
    )
    assert there.service.domains == {}


def test_a_custom_domain_that_somebody_removes_at_once_is_told(there: WorkerBench) -> None:
    there.service.after = lambda operation, _: there.service.domains.clear() if operation == "PutDomain" else None
    with pytest.raises(CouldNotDoError) as error:
        there.host.change([put(A, b"one")])
    assert str(error.value) == (
        "the custom domains of the Worker emailauth: what was written at Cloudflare does not read back: see who else changes it, and run again"
    )


def test_a_worker_that_somebody_begins_to_use_is_not_deleted(there: WorkerBench) -> None:
    there.host.change([put(A, b"one")])
    theirs = render({B: served(b"theirs")})
    there.service.after = once("DeleteDomain", lambda: there.put_text(theirs))
    there.host.change([FileWrite(url=A, before=b"one", after=None)])
    assert there.service.scripts[NAME].text == theirs


def test_what_others_remove_meanwhile_is_gone_as_well(there: WorkerBench) -> None:
    there.host.change([put(A, b"one")])

    def act() -> None:
        domain = there.service.domains.pop("mta-sts.example.com")
        del there.service.zones[domain.zone_id].stored[domain.record_id]

    there.service.before = once("DeleteDomain", act)
    there.host.change([FileWrite(url=A, before=b"one", after=None)])
    assert (there.service.scripts, there.service.domains) == ({}, {})


def test_two_threads_of_one_run_do_not_lose_each_others_files(there: WorkerBench) -> None:
    from threading import Thread

    urls = [f"https://h{i}.example.com/x" for i in range(6)]
    threads = [Thread(target=there.host.change, args=([put(url, url.encode())],)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert there.host.read(urls) == {url: url.encode() for url in urls}
