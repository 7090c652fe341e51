"""Where TSIG secrets come from, and that they go nowhere else."""

import base64
import traceback
from pathlib import Path
from typing import Any, get_args

import pytest

from emailauth.core.errors import UsageError
from emailauth.dns_hosts.rfc2136.keys import Algorithm, Key, KeySource

SECRET = base64.b64encode(b"never // to be seen, # by anybody; {}").decode()


def source(**said: Any) -> KeySource:
    return KeySource(**{"name": None, "algorithm": None, "variable": None, "path": None, **said})


def written(folder: Path, text: str) -> Path:
    (folder / "tsig.key").write_text(text)
    return folder / "tsig.key"


def facts(key: Key) -> tuple[str, str, bytes]:
    return (key.tsig.name.to_text(), key.tsig.algorithm.to_text(), key.tsig.secret)


def test_the_secret_can_be_in_the_environment() -> None:
    key = source(name="k", variable="S").load({"S": f" {SECRET}\n"})
    assert facts(key) == ("k.", "hmac-sha256.", base64.b64decode(SECRET))


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_every_algorithm_that_may_be_used(algorithm: Algorithm) -> None:
    key = source(name="k", algorithm=algorithm, variable="S").load({"S": SECRET})
    assert facts(key)[1] == f"{algorithm}."


@pytest.mark.parametrize(
    "text",
    [
        'key "ea-key" {\n\talgorithm hmac-sha512;\n\tsecret "%s";\n};\n',
        "key ea-key { secret %s; algorithm HMAC-SHA512; };",
        '/* made\n by */ key "ea-key" { // it\n algorithm hmac-sha512; # strong\n secret "%s"; };',
    ],
)
def test_a_key_file_as_bind_has_it(text: str, tmp_path: Path) -> None:
    key = source(path=written(tmp_path, text % SECRET)).load({})
    assert facts(key) == ("ea-key.", "hmac-sha512.", base64.b64decode(SECRET))


def test_a_secret_with_slashes_is_no_comment(tmp_path: Path) -> None:
    key = source(path=written(tmp_path, "key k { algorithm hmac-sha256; secret ab//cd//; };")).load({})
    assert facts(key)[2] == base64.b64decode("ab//cd//")


def test_a_file_with_only_the_secret(tmp_path: Path) -> None:
    key = source(name="k", algorithm="hmac-sha384", path=written(tmp_path, f"{SECRET}\n")).load({})
    assert facts(key) == ("k.", "hmac-sha384.", base64.b64decode(SECRET))


TWO = f"key one {{ algorithm hmac-sha256; secret AAAA; }};\nkey Two. {{ algorithm hmac-sha1; secret {SECRET}; }};\n"


def test_one_of_several_keys_is_chosen_by_its_name(tmp_path: Path) -> None:
    key = source(name="two", path=written(tmp_path, TWO)).load({})
    assert facts(key) == ("Two.", "hmac-sha1.", base64.b64decode(SECRET))


NAMED = f'key "k" {{ algorithm hmac-sha256; secret "{SECRET}"; }};'


@pytest.mark.parametrize(
    ("said", "text", "message"),
    [
        ({}, TWO, "say which key of PATH it is (there are Two., one)"),
        ({"name": "three"}, TWO, "say which key of PATH it is (there are Two., one)"),
        ({"algorithm": "hmac-sha512"}, NAMED, "PATH says hmac-sha256 of this key; leave hmac-sha512 out"),
        ({}, SECRET, "PATH holds a secret and no name; say the key's name"),
        ({"name": "k"}, "", "PATH does not hold a secret in base64"),
        ({"name": "k"}, f"{SECRET}!", "PATH does not hold a secret in base64"),
        ({"name": "k"}, SECRET[:-1], "PATH does not hold a secret in base64"),
        ({}, f'key "k" {{ algorithm hmac-sha256; secret "{SECRET}x"; }};', "PATH does not hold a secret in base64"),
        ({}, f"key k {{ algorithm hmac-md5; secret {SECRET}; }};", "whose algorithm is none of hmac-sha1, "),
        ({}, f"key k {{ algorithm {SECRET}; secret hmac-sha256; }};", "whose algorithm is none of hmac-sha1, "),
        ({"name": "a..b"}, SECRET, "'a..b' is no domain name"),
        ({}, f"key k {{ secret {SECRET}; }};", "PATH does not hold what tsig-keygen writes"),
        ({}, f"key k {{ secret {SECRET}; secret {SECRET}; }};", "PATH does not hold what tsig-keygen writes"),
        ({}, f"key k {{ algorithm hmac-sha256; secret {SECRET}; }}", "PATH does not hold what tsig-keygen writes"),
        ({}, f"key k {{ algorithm hmac-sha256; secret {SECRET} }};", "PATH does not hold what tsig-keygen writes"),
        ({}, f"key k {{ algorithm hmac-sha256; secret {SECRET};", "PATH does not hold what tsig-keygen writes"),
        ({}, f"zone {SECRET} {{ type primary; }};", "PATH does not hold what tsig-keygen writes"),
        ({}, f'key k {{ secret "{SECRET}; }};', "PATH does not hold what tsig-keygen writes"),
        ({}, f"key k algorithm {{ {SECRET}; }};", "PATH does not hold what tsig-keygen writes"),
        ({}, f"/* {SECRET} {{ ", "PATH does not hold what tsig-keygen writes"),
    ],
)
def test_a_file_that_is_wrong_is_told_in_one_message_without_the_secret(
    said: dict[str, Any], text: str, message: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as raised:
        source(path=path, **said).load({})
    assert message.replace("PATH", str(path)) in str(raised.value)
    assert SECRET[:12] not in "".join(traceback.format_exception(raised.value))


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"key_file: cannot read .*: No such file or directory"):
        source(path=tmp_path / "no.key").load({})
    (tmp_path / "tsig.key").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"key_file: cannot read .*: it is not ASCII text"):
        source(path=tmp_path / "tsig.key").load({})


@pytest.mark.parametrize("environment", [{}, {"S": ""}, {"S": " \n"}])
def test_a_variable_that_is_not_set(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="the environment variable S is not set"):
        source(name="k", variable="S").load(environment)


def test_a_variable_that_holds_no_base64() -> None:
    with pytest.raises(UsageError, match="the environment variable S does not hold a secret in base64") as raised:
        source(name="k", variable="S").load({"S": f"{SECRET}?"})
    assert SECRET[:12] not in "".join(traceback.format_exception(raised.value))


def test_a_key_shows_no_secret() -> None:
    key = source(name="k", variable="S").load({"S": SECRET})
    assert repr(key) == "Key(name='k', algorithm='hmac-sha256', source='the environment variable S')"
    assert str(key) == repr(key)
