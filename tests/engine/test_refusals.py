"""What stops an operation, and how that is told: once, clearly, and before anything is done."""

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.programs import FILE, POSTURE, ZONE, posture, program, record
from tests.engine.stack import Done, Stack

pytestmark = pytest.mark.engine

PROBLEM = "emailauth:index:Posture resource 'mail' has a problem: "


@pytest.fixture(scope="module")
def stack(make_shared_stack: MakeStack) -> Stack:
    """A stack of which only previews are made; each test writes the files that it begins with."""
    return make_shared_stack("refusals", {"Pulumi.yaml": program(POSTURE)})


def previewed(stack: Stack, files: dict[str, str], *, fails: bool = False) -> Done:
    """A preview with these files, which must leave them as they are."""
    for path, text in files.items():
        stack.write(path, text)
    done = stack.preview(fails=fails)
    assert {path: stack.read(path) for path in files} == files
    return done


def test_an_error_of_the_linter_stops_the_preview_with_file_line_and_column(stack: Stack) -> None:
    done = previewed(stack, posture(file=FILE.replace("from_mx: true", "mx: [mx.example.net]")), fails=True)
    assert done.told("error") == [
        (
            f"{PROBLEM}the file has errors, so that nothing is done:\n"
            "email-auth.yaml:9:34: no pattern matches the MX host mx.example.com: senders report it as a failure [mta-sts-mx-not-covered]"
        ),
    ]
    assert {"mail", "mail/example.com/spf"} & {*done.steps("create")} == set()


def test_a_warning_of_the_linter_is_shown_and_stops_nothing(stack: Stack) -> None:
    without_reports = FILE.replace('quarantine, aggregate_reports: ["mailto:dmarc@example.com"]', "none")
    done = previewed(stack, posture(file=without_reports))
    assert done.told("warning") == [
        (
            "email-auth.yaml:8:21: the policy comes to none and nobody gets the aggregate reports: the record does nothing "
            "[dmarc-no-reports-while-monitoring]"
        )
    ]
    assert done.changes == {"create": 8}


def test_what_is_in_the_way_is_told_and_stops_the_preview(stack: Stack) -> None:
    done = previewed(stack, posture(zone=ZONE + "_smtp._tls CNAME tls.example.net.\n"), fails=True)
    assert done.told("error") == [
        (
            f"{PROBLEM}refused, nothing is done:\n_smtp._tls.example.com: a CNAME to tls.example.net. stands at _smtp._tls.example.com, so no "
            "TXT record can: remove it by hand, or say in the file that the name shall be a CNAME"
        )
    ]


def test_a_zone_that_no_host_holds_is_told_and_stops_the_preview(stack: Stack) -> None:
    done = previewed(stack, posture(file=FILE.replace("{example.com: example", "{example.net: example")), fails=True)
    (message,) = done.told("error")
    assert message.startswith(f"{PROBLEM}email-auth.yaml:2:11: no zone file holds ")
    assert message.endswith("example.com: add its zone to dns_host zonefile, zones (there are example.net)")


def test_a_danger_is_refused_until_it_is_allowed_by_name(make_stack: MakeStack) -> None:
    weaker = posture(
        zone=ZONE + '_dmarc TXT "v=DMARC1; p=reject"\n', resource=POSTURE.replace("email-auth.yaml", "email-auth.yaml, adopt: true")
    )
    stack = make_stack("danger", weaker)
    refused = stack.up(fails=True)
    assert [line.partition(" would go down: ")[0] for line in refused.told("error")] == [
        f"{PROBLEM}refused, nothing is done:\nexample.com: the policy for mail that fails DMARC",
    ]
    assert refused.text.count("(`allow: [weaken-dmarc]` permits it)") == 1
    assert stack.read("example.com.zone") == weaker["example.com.zone"]
    stack.edit("Pulumi.yaml", "adopt: true", "adopt: true, allow: [weaken-dmarc]")
    assert "mail/example.com/dmarc" in stack.up().steps("create")
    assert '_dmarc TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"\n' in stack.read("example.com.zone")


def test_what_is_there_and_differs_is_not_taken_over_without_being_told_to(make_stack: MakeStack) -> None:
    zone = ZONE + '@ TXT "v=spf1 ~all"\n'
    stack = make_stack("there", {"Pulumi.yaml": program(record("spf", value="v=spf1 mx -all")), "example.com.zone": zone})
    hint = (
        'example.com TXT is "v=spf1 ~all" already, and this stack does not manage it; wanted is "v=spf1 mx -all".\n'
        "Say `adopt: true` in this Record to have it changed, or import it first:\n"
        "    pulumi import emailauth:index:Record 'spf' 'example.com/TXT/spf'"
    )
    assert stack.preview().told("warning") == [hint]
    assert stack.up(fails=True).told("error") == [hint, "update failed"]
    assert stack.read("example.com.zone") == zone
    stack.edit("Pulumi.yaml", "type: TXT", "type: TXT, adopt: true")
    assert stack.up().steps("create") == ["spf"]
    assert stack.read("example.com.zone").count("v=spf1") == 1
    assert "v=spf1 mx -all" in stack.read("example.com.zone")


def test_a_file_that_is_not_served_stops_what_points_at_it_and_the_next_up_goes_on(make_stack: MakeStack) -> None:
    stack = make_stack("unserved", posture(file=FILE.replace("read_back: disk", "connect: '127.0.0.1:1'")))
    done = stack.up(fails=True)
    assert done.told("error") == [
        "1 error occurred:\n\t* https://mta-sts.example.com/.well-known/mta-sts.txt: the connection was refused (at 127.0.0.1)",
        "update failed",
    ]
    assert "STSv1" not in stack.read("example.com.zone")
    assert "v=spf1" in stack.read("example.com.zone"), "what does not depend on it is done"
    stack.edit("email-auth.yaml", "connect: '127.0.0.1:1'", "read_back: disk")
    again = stack.up()
    assert again.steps("create") == ["mail/example.com/mta_sts", "mail/example.com/mx"]
    assert again.steps("update") == ["mail/example.com/mta_sts"]
    assert "STSv1" in stack.read("example.com.zone")
