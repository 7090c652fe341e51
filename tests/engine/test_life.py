"""The life of a stack: up, again, an edit of the file, an edit of the zone by hand, and its end."""

import pytest

from tests.engine.conftest import MakeStack
from tests.engine.programs import ZONE, added, posture, without_serial
from tests.engine.stack import Stack

pytestmark = pytest.mark.engine

DMARC = "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"


@pytest.fixture(scope="module")
def stack(make_shared_stack: MakeStack) -> Stack:
    """A stack that is up; each test leaves it so."""
    made = make_shared_stack("life", posture())
    preview = made.preview()
    assert preview.changes == {"create": 8}
    assert made.read("example.com.zone") == ZONE
    assert made.up().changes == preview.changes
    return made


def test_up_makes_the_zone_and_the_files_as_the_file_says(stack: Stack) -> None:
    assert added(ZONE, stack.read("example.com.zone")) == [
        "@ MX 10 mx.example.com.",
        '@ TXT "v=spf1 mx -all"',
        f'_dmarc TXT "{DMARC}"',
        '_mta-sts TXT "v=STSv1; id=862e2bab291cfe999cbbf2c298cebc64;"',
        '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@example.com"',
    ]
    policy = (stack.folder / "public/mta-sts.example.com/.well-known/mta-sts.txt").read_bytes()
    assert policy == b"version: STSv1\r\nmode: testing\r\nmx: mx.example.com\r\nmax_age: 604800\r\n"


def test_up_again_changes_nothing_and_refresh_sees_nothing(stack: Stack) -> None:
    zone = stack.read("example.com.zone")
    assert stack.up("--expect-no-changes").changes == {}
    assert stack.operate("refresh", "--expect-no-changes").changes == {}
    assert stack.read("example.com.zone") == zone


def test_one_tag_edited_is_one_update_shown_with_its_text_before_and_after(stack: Stack) -> None:
    stack.edit("email-auth.yaml", "dmarc@example.com", "reports@example.com")
    after = DMARC.replace("dmarc@", "reports@")
    preview = stack.preview()
    assert preview.changes == {"update": 1}
    assert preview.steps("update") == ["mail/example.com/dmarc"]
    assert f'~ [0]: "{DMARC}" => "{after}"' in preview.text
    zone = without_serial(stack.read("example.com.zone"))
    assert stack.up().changes == {"update": 1}
    assert without_serial(stack.read("example.com.zone")) == zone.replace(DMARC, after)


def test_an_edit_by_hand_is_seen_by_refresh_and_mended_by_up_and_what_is_foreign_stays(stack: Stack) -> None:
    right = stack.read("example.com.zone")
    stack.edit("example.com.zone", "v=spf1 mx -all", "v=spf1 mx ip4:203.0.113.9 -all")
    added = '; do not remove\n\n@ TXT  "other=1" ;by hand, too\n'
    stack.edit("example.com.zone", "; do not remove\n", added)
    seen = stack.operate("refresh", "--diff")
    assert seen.changes == {"update": 1}
    assert '~ [0]: "v=spf1 mx -all" => "v=spf1 mx ip4:203.0.113.9 -all"' in seen.text
    mended = stack.up()
    assert mended.changes == {"update": 1}
    assert mended.steps("update") == ["mail/example.com/spf"]
    assert without_serial(stack.read("example.com.zone")) == without_serial(right).replace("; do not remove\n", added)


def test_destroy_leaves_what_is_foreign_to_the_byte(make_stack: MakeStack) -> None:
    stack = make_stack("end", posture())
    stack.up()
    assert stack.read("example.com.zone") != ZONE
    assert stack.operate("destroy").changes == {"delete": 8}
    assert without_serial(stack.read("example.com.zone")) == without_serial(ZONE)
    assert [path for path in (stack.folder / "public").rglob("*") if path.is_file()] == []
