"""Each thing that a person can meet is told in one sentence that says what to do; the token is in none of them."""

import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from emailauth.core.errors import CouldNotDoError, UsageError
from emailauth.core.file import FileWrite
from emailauth.web_hosts.cloudflare_worker import Settings, host, open_host
from emailauth.web_hosts.cloudflare_worker.script import Served, render
from tests.fakes.cloudflare import TOKEN, environment
from tests.fakes.service import Fault, Request, Response
from tests.ports import refusing
from tests.web_hosts.benches.cloudflare_worker import WorkerBench, file

POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"
WRITE = FileWrite(url=POLICY, before=None, after=file(POLICY, b"one"))
DASHBOARD = "dash.cloudflare.com, My Profile, API Tokens"
SHOWN = {"Workers Scripts Read": "Account / Workers Scripts / Read", "Workers Scripts Write": "Account / Workers Scripts / Edit"}


def bad_token(said: str) -> str:
    return (
        f"Cloudflare does not accept the API token in CLOUDFLARE_API_TOKEN ({said}): it is mistyped, or was rolled or deleted, or may not be "
        f"used from this address; make a new one ({DASHBOARD}) with the permissions Workers Scripts Write and Zone Read"
    )


def change(there: WorkerBench) -> None:
    there.host.change([WRITE])


def read(there: WorkerBench) -> None:
    there.host.read([POLICY])


def lacking(permission: str, doing: str, said: str) -> str:
    return (
        f"the Cloudflare API token in CLOUDFLARE_API_TOKEN may not {doing} ({said}): give it the permission {permission} "
        f"({SHOWN[permission]}), for the account of the Worker (web_host: cloudflare_worker: account) ({DASHBOARD})"
    )


def told(there: WorkerBench, act: Callable[[WorkerBench], None] = change) -> str:
    """The message of what could not be done, which is alone and without the token."""
    with pytest.raises(CouldNotDoError) as error:
        act(there)
    assert TOKEN not in "".join(traceback.format_exception(error.value)) + repr(vars(error.value))
    assert "\n" not in str(error.value)
    return str(error.value)


def answer(status: int, *errors: Mapping[str, object]) -> Response:
    body = {"success": False, "errors": errors, "messages": [], "result": None}
    return Response(status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


def refuse(there: WorkerBench, response: Response, *operations: str) -> None:
    """Operations get this answer from now on."""

    def hook(called: str, _: Request) -> Fault:
        return response if called in operations else None

    there.service.before = hook


@pytest.mark.parametrize(
    ("lost", "act", "message"),
    [
        ("Workers Scripts", read, lacking("Workers Scripts Read", "list the custom domains of the Workers", "10000 Authentication error")),
        ("Workers Scripts Write", change, lacking("Workers Scripts Write", "upload the Worker emailauth", "10000 Authentication error")),
    ],
)
def test_a_permission_that_is_missing_is_named(there: WorkerBench, lost: str, act: Callable[[WorkerBench], None], message: str) -> None:
    there.service.permissions -= {name for name in there.service.permissions if name.startswith(lost)}
    assert told(there, act) == message
    assert there.service.scripts == {}


def test_a_token_that_sees_no_zones_is_told_what_it_needs(there: WorkerBench) -> None:
    there.service.permissions.remove("Zone Read")
    assert told(there) == (
        "the Cloudflare API token in CLOUDFLARE_API_TOKEN may not list the zones (0 Actor 'com.cloudflare.api.token.0123456789abcdef' requires "
        "permission 'com.cloudflare.api.account.zone.list' to list zones): give it the permission Zone Read (Zone / Zone / Read), for this "
        f"zone or for all of the account ({DASHBOARD})"
    )
    there.service.permissions.add("Zone Read")
    there.service.zones.clear()
    assert told(there) == (
        "the API token sees no zone at Cloudflare, and so no account: the API token needs the permission Zone Read on the zones of the host "
        "names"
    )


@pytest.mark.parametrize("operation", ["PutScript", "PutDomain", "DeleteDomain", "DeleteScript"])
def test_each_call_that_is_refused_says_which(there: WorkerBench, operation: str) -> None:
    there.host.change([WRITE])
    there.service.fails[operation] = (400, 10013, "An unknown error has occurred.")
    doing = {
        "PutScript": "upload the Worker emailauth",
        "PutDomain": "make mta-sts.example.net a custom domain of the Worker emailauth",
        "DeleteDomain": "remove the custom domain mta-sts.example.com",
        "DeleteScript": "delete the Worker emailauth",
    }
    other = POLICY.replace("com", "net")
    write = (
        FileWrite(url=other, before=None, after=file(other, b"x"))
        if operation == "PutDomain"
        else FileWrite(url=POLICY, before=b"one", after=None)
    )
    assert told(there, lambda there: there.host.change([write])) == (
        f"Cloudflare refuses to {doing[operation]}: 10013 An unknown error has occurred"
    )


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (answer(403, {"code": 9109, "message": "Invalid access token"}), "9109 Invalid access token"),
        (answer(401, {"code": 1000, "message": "Invalid API Token"}), "1000 Invalid API Token"),
        (
            answer(
                400,
                {
                    "code": 6003,
                    "message": "Invalid request headers",
                    "error_chain": [{"code": 6111, "message": "Invalid format for Authorization header"}],
                },
            ),
            "6003 Invalid request headers (6111 Invalid format for Authorization header)",
        ),
    ],
)
def test_a_token_that_is_not_accepted_is_told(there: WorkerBench, response: Response, said: str) -> None:
    refuse(there, response, "PutScript", "VerifyToken")
    assert told(there) == bad_token(said)
    assert there.service.domains == {}


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (answer(401), lacking("Workers Scripts Write", "upload the Worker emailauth", "HTTP 401 without a reason")),
        (
            answer(403, {"code": 9109, "message": "Unauthorized to access requested resource"}),
            lacking("Workers Scripts Write", "upload the Worker emailauth", "9109 Unauthorized to access requested resource"),
        ),
        (
            answer(400, {"code": 10023, "message": "Unauthorized"}),
            lacking("Workers Scripts Write", "upload the Worker emailauth", "10023 Unauthorized"),
        ),
        (
            Response(status=403, body=b"<html>Forbidden</html>"),
            lacking("Workers Scripts Write", "upload the Worker emailauth", "HTTP 403 without a reason"),
        ),
        (
            answer(404, {"code": 7003, "message": "Could not route to /accounts/x, perhaps your object identifier is invalid?"}),
            (
                "Cloudflare refuses to upload the Worker emailauth: 7003 Could not route to /accounts/x, perhaps your object identifier is "
                "invalid?: correct web_host: cloudflare_worker: account, which is the 32 hex digits behind dash.cloudflare.com/"
            ),
        ),
        (
            answer(413, {"code": 10027, "message": "Your Worker exceeded the size limit of 3 MiB. Please upgrade to a paid plan."}),
            (
                "Cloudflare refuses to upload the Worker emailauth: 10027 Your Worker exceeded the size limit of 3 MiB. Please upgrade to a paid "
                "plan: the files are too large for one Worker: serve logos and certificates elsewhere, or take a larger Workers plan"
            ),
        ),
        (
            answer(400, {"code": 10063, "message": "You need a workers.dev subdomain in order to proceed."}),
            (
                "Cloudflare refuses to upload the Worker emailauth: 10063 You need a workers.dev subdomain in order to proceed: "
                "open Workers & Pages of the account at dash.cloudflare.com once, which makes it"
            ),
        ),
        (
            answer(400, {"code": 10037, "message": "You have exceeded the limit of 100 Workers on your account."}),
            "Cloudflare refuses to upload the Worker emailauth: 10037 You have exceeded the limit of 100 Workers on your account",
        ),
        (
            answer(400, {"code": 1, "message": "One."}, {"code": 2, "message": "Two."}, {"code": "3"}, {"code": 4, "message": None}),
            "Cloudflare refuses to upload the Worker emailauth: 1 One; 2 Two; 4",
        ),
        (
            answer(400, {"code": 10021, "message": f"the header was Bearer {TOKEN}"}),
            "Cloudflare refuses to upload the Worker emailauth: 10021 the header was Bearer [the token]",
        ),
        (
            answer(400, {"code": 10021, "message": f"{'x' * 480}{TOKEN}y"}),
            f"Cloudflare refuses to upload the Worker emailauth: 10021 {'x' * 480}[the token]y",
        ),
        (
            answer(400, {"code": 10021, "message": "x" * 10_000}),
            f"Cloudflare refuses to upload the Worker emailauth: 10021 {'x' * 494}",
        ),
        (
            Response(status=400, body=b'{"errors": "none"}'),
            "Cloudflare refuses to upload the Worker emailauth: HTTP 400 without a reason",
        ),
        (Response(status=400, body=b"["), "Cloudflare refuses to upload the Worker emailauth: HTTP 400 without a reason"),
    ],
)
def test_what_cloudflare_refuses_is_told_with_what_to_do(there: WorkerBench, response: Response, message: str) -> None:
    refuse(there, response, "PutScript")
    assert told(there) == message
    assert there.service.domains == {}


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (Response(status=404, body=b"<html>"), "Cloudflare refuses to read the Worker emailauth: HTTP 404 without a reason"),
        (
            answer(400, {"code": 10007, "message": "This Worker does not exist on your account."}),
            "Cloudflare refuses to read the Worker emailauth: 10007 This Worker does not exist on your account",
        ),
    ],
)
def test_only_the_api_itself_can_say_that_there_is_no_worker(there: WorkerBench, response: Response, message: str) -> None:
    refuse(there, response, "GetScript")
    assert told(there) == message
    assert there.service.scripts == {}


def test_a_token_that_has_expired_is_told(there: WorkerBench) -> None:
    there.service.token_status = "expired"  # noqa: S105 - no secret
    assert told(there, read) == (
        f"the Cloudflare API token in CLOUDFLARE_API_TOKEN is expired (9109 Invalid access token): make a new one ({DASHBOARD})"
    )


def test_an_account_that_is_not_the_tokens_is_told(there: WorkerBench) -> None:
    with pytest.raises(CouldNotDoError) as error:
        there.another(Settings(account="b" * 32)).read([POLICY])
    assert str(error.value) == lacking("Workers Scripts Read", "list the custom domains of the Workers", "10000 Authentication error")


def test_what_is_no_account_is_told(there: WorkerBench) -> None:
    with pytest.raises(CouldNotDoError) as error:
        there.another(Settings(account="mine")).read([POLICY])
    assert str(error.value).startswith(
        "Cloudflare refuses to list the custom domains of the Workers: 7003 Could not route to /accounts/mine/"
    )
    assert ": correct web_host: cloudflare_worker: account, which is" in str(error.value)


def test_several_accounts_are_told_apart_by_the_settings(there: WorkerBench) -> None:
    there.service.add_zone("example.org", account_id="b" * 32)
    accounts = sorted([(there.service.account_id, f"Account {there.service.account_id[:4]}"), ("b" * 32, "Account bbbb")])
    with pytest.raises(UsageError) as error:
        there.host.read([POLICY])
    listed = ", ".join(f"{account} ({name})" for account, name in accounts)
    assert (
        str(error.value) == f"the API token sees zones of several accounts, {listed}: say which one in web_host: cloudflare_worker: account"
    )


@pytest.mark.parametrize(
    ("status", "zone_type", "message"),
    [
        (
            "pending",
            "full",
            "the zone example.org of mta-sts.example.org is pending at Cloudflare, not active: let its parent zone delegate to Cloudflare first",
        ),
        (
            "active",
            "partial",
            (
                "the zone example.org of mta-sts.example.org is of the type partial at Cloudflare, so its DNS is elsewhere and mta-sts.example.org "
                "would not lead to the Worker: name another web_host"
            ),
        ),
    ],
)
def test_a_zone_that_cannot_have_it_is_told_before_anything_is_changed(
    there: WorkerBench, status: str, zone_type: str, message: str
) -> None:
    there.service.add_zone("example.org", status=status, type=zone_type)
    url = POLICY.replace("com", "org")
    write = FileWrite(url=url, before=None, after=file(url, b"x"))
    assert told(there, lambda there: there.host.change([WRITE, write])) == message
    assert there.service.scripts == {}


def test_a_name_in_no_zone_is_told_before_anything_is_changed(there: WorkerBench) -> None:
    url = POLICY.replace("example.com", "badexample.com")
    write = FileWrite(url=url, before=None, after=file(url, b"x"))
    assert told(there, lambda there: there.host.change([WRITE, write])) == (
        f"no zone at Cloudflare that the API token sees in the account {there.service.account_id} holds mta-sts.badexample.com, and a Worker "
        "answers only for names in zones there: the API token needs the permission Zone Read on the zones of the host names; for a domain "
        "whose DNS is elsewhere name another web_host"
    )
    assert there.service.scripts == {}


def test_files_that_are_too_large_are_not_sent(there: WorkerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SCRIPT_OCTETS", 1000)
    octets = len(render({POLICY: Served(body=b"one", content_type="text/plain")}))
    assert told(there) == f"the files make a Worker of {octets} octets, and Cloudflare takes 1000: serve some of them elsewhere"
    assert there.service.count("PutScript") == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://mta-sts.example.com/x",
        "https://mta-sts.example.com",
        "https://mta-sts.example.com/",
        "https://MTA-STS.example.com/x",
        "https://mta-sts.example.com:8443/x",
        "https://user@mta-sts.example.com/x",
        "https://mta-sts.example.com/x?y",
        "https://mta-sts.example.com/x#y",
        "https://mta-sts.example.com/a/../x",
        "https://mta-sts.example.com/%2e",
        "https://mta-sts.example.com/x\n",
        "https://localhost/x",
        "https://192.0.2.1/x",
        "https://-a.example.com/x",
    ],
)
def test_a_url_that_can_be_written_in_several_ways_is_refused(there: WorkerBench, url: str) -> None:
    for act in (lambda: there.host.read([url]), lambda: there.host.change([FileWrite(url=url, before=None, after=None)])):
        with pytest.raises(UsageError) as error:
            act()
        assert str(error.value) == (
            f"{url!r} cannot be served by a Worker: https://, a host name in lower case, and a plain path are needed"
        )
    assert there.operations() == []


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {},
            (
                "there is no Cloudflare API token: set the environment variable CLOUDFLARE_API_TOKEN to one with the permissions Workers "
                f"Scripts Write and Zone Read ({DASHBOARD}), or name another variable in web_host: cloudflare_worker: token_env; a global API "
                "key is not used"
            ),
        ),
        (
            {"CLOUDFLARE_API_TOKEN": "secret with-spaces"},
            "what the environment variable CLOUDFLARE_API_TOKEN holds is no Cloudflare API token: letters, digits, - and _ only",
        ),
        (
            {"CLOUDFLARE_API_TOKEN": "secret\nX-Header: 1"},
            "what the environment variable CLOUDFLARE_API_TOKEN holds is no Cloudflare API token: letters, digits, - and _ only",
        ),
        (
            {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_BASE_URL": "api.cloudflare.com"},
            "the environment variable CLOUDFLARE_BASE_URL is not a URL such as https://api.cloudflare.com/client/v4",
        ),
    ],
)
def test_what_the_environment_must_hold(environ: Mapping[str, str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        open_host(Settings(), Path(), environ=environ).read([POLICY])
    assert str(error.value) == message
    assert "secret" not in "".join(traceback.format_exception(error.value))


def test_a_token_that_is_not_cloudflares_is_told(there: WorkerBench) -> None:
    environ = {**environment(there.url), "CLOUDFLARE_API_TOKEN": "x" * 40}
    with pytest.raises(CouldNotDoError) as error:
        open_host(Settings(), Path(), environ=environ, pause=there.time.pause, strict=True).read([POLICY])
    assert str(error.value) == bad_token("9109 Invalid access token")


@pytest.mark.parametrize("variable", ["CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_USER_SERVICE_KEY"])
def test_other_credentials_of_the_environment_are_not_sent(there: WorkerBench, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "not-for-this")
    there.host.change([WRITE])
    assert all("not-for-this" not in str(request.headers) for _, request in there.service.calls)


def test_a_server_that_is_not_there_is_told(there: WorkerBench) -> None:
    with refusing() as port:
        environ = environment(f"http://127.0.0.1:{port}")
        with pytest.raises(CouldNotDoError) as error:
            open_host(Settings(), Path(), environ=environ, pause=there.time.pause, strict=True).read([POLICY])
    assert str(error.value) == (
        "Cloudflare's API gives no answer (127.0.0.1 cannot be reached ([Errno 111] Connection refused), 5 times) when it is asked to list the "
        "zones: see that this machine reaches it, and www.cloudflarestatus.com; then run again"
    )
    assert there.time.waited == [1.0, 2.0, 4.0, 8.0]


DOING = {"ListDomains": "list the custom domains of the Workers", "ListZones": "list the zones"}


def asked_in_vain(there: WorkerBench, operation: str, content_type: str, body: bytes, *, strict: bool) -> str:
    """The message where an operation is answered with HTTP status 200 and this."""
    refuse(there, Response(headers={"content-type": content_type}, body=body), operation)
    asked = open_host(Settings(), Path(), environ=environment(there.url), pause=there.time.pause, strict=strict)
    with pytest.raises(CouldNotDoError) as error:
        asked.read([POLICY])
    return str(error.value)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ListDomains", b'{"success":true,"errors":[],"messages":[],"result":null}'),
        ("ListDomains", b'{"success":true,"errors":[],"messages":[],"result":[{"id":"x"}]}'),
        ("ListZones", b'{"success":true,"errors":[],"messages":[],"result":null}'),
        ("ListZones", b'{"success":true,"errors":[],"messages":[],"result":["x"]}'),
        ("ListZones", b'{"success":true,"errors":[],"messages":[],"result":[{"id":"x"}]}'),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_answers_that_are_not_understood_are_told(there: WorkerBench, operation: str, body: bytes, content_type: str, strict: bool) -> None:
    assert asked_in_vain(there, operation, content_type, body, strict=strict) == (
        f"Cloudflare was asked to {DOING[operation]} and answered something else: update emailauth and its SDK"
    )


@pytest.mark.parametrize("operation", ["ListDomains", "ListZones"])
@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"[]", b'"zones"', b"{", b"{}"])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_something_else_that_answers_is_told(there: WorkerBench, operation: str, body: bytes, content_type: str) -> None:
    assert asked_in_vain(there, operation, content_type, body, strict=True) == (
        "Cloudflare's API gives no answer (what answers is not Cloudflare's API: a proxy may be in between, 5 times) when it is asked to "
        f"{DOING[operation]}: see that this machine reaches it, and www.cloudflarestatus.com; then run again"
    )
