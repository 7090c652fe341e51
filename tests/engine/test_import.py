"""What is there already is imported by its id, and is then as if the stack had made it."""

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.programs import ZONE, program, record, without_serial
from tests.engine.stack import Done, Stack

pytestmark = pytest.mark.engine

FILE = """\
version: 1
dns_host: {zonefile: {zones: {example.com: example.com.zone}}}
web_host: {directory: {root: public, read_back: disk}}
domains:
  example.com: {}
"""

POLICY = "version: STSv1\r\nmode: testing\r\nmx: mx.example.com\r\nmax_age: 604800\r\n"
URL = "https://mta-sts.example.com/.well-known/mta-sts.txt"
HOSTED = """\
  policy:
    type: emailauth:index:HostedFile
    properties:
      domain: example.com
      kind: mta_sts
      url: https://mta-sts.example.com/.well-known/mta-sts.txt
      body: "version: STSv1\\r\\nmode: testing\\r\\nmx: mx.example.com\\r\\nmax_age: 604800\\r\\n"\
"""


@pytest.fixture(scope="module")
def stack(make_shared_stack: MakeStack) -> Stack:
    """A stack that has nothing yet, where the zone has an SPF record and the web host a policy."""
    files = {
        "Pulumi.yaml": program(record("spf", value="v=spf1 mx -all"), HOSTED),
        "email-auth.yaml": FILE,
        "example.com.zone": ZONE + '@ 300 TXT "v=spf1 mx -all"\n',
    }
    made = make_shared_stack("import", files)
    made.write("public/mta-sts.example.com/.well-known/mta-sts.txt", POLICY)
    return made


def imported(stack: Stack, kind: str, name: str, identity: str, *, fails: bool = False) -> Done:
    """What `pulumi import` says."""
    options = ("--protect=false", "--generate-code=false")
    return stack.operate("import", f"emailauth:index:{kind}", name, identity, *options, fails=fails)


def test_what_is_not_there_cannot_be_imported(stack: Stack) -> None:
    for kind, identity in (("Record", "_dmarc.example.com/TXT/dmarc"), ("HostedFile", "https://bimi.example.com/logo.svg")):
        done = imported(stack, kind, "missing", identity, fails=True)
        assert done.told("error")[0] == f"resource '{identity}' does not exist"


def test_after_an_import_the_program_has_nothing_to_change(stack: Stack) -> None:
    zone = stack.read("example.com.zone")
    assert imported(stack, "Record", "spf", "example.com/TXT/spf").steps("import") == ["spf"]
    assert imported(stack, "HostedFile", "policy", URL).steps("import") == ["policy"]
    assert stack.preview("--expect-no-changes").changes == {}
    assert stack.read("example.com.zone") == zone
    assert stack.operate("destroy").changes["delete"] >= 2
    assert without_serial(stack.read("example.com.zone")) == without_serial(ZONE)
