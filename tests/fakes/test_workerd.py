"""Workers in the real workerd, asked over TLS as senders ask."""

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.workerd import DoesNotRunError, Worker, asked, program, serving
from tests.live.authority import Authority

MODULE = "application/javascript+module"
ECHO = b"""
import policy from "policy.txt";
export default {
    async fetch(request, env) {
        const text = [request.method, request.url, env.GREETING, policy].join("|");
        return new Response(text, { headers: { "Content-Type": "text/plain" } });
    },
};
"""
HOST, OTHER = "mta-sts.example.com", "mta-sts.example.net"
POLICY = "version: STSv1\r\nmode: none\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def address(authority: Authority) -> Iterator[tuple[str, int]]:
    modules = {"worker.mjs": (MODULE, ECHO), "policy.txt": ("text/plain", POLICY.encode())}
    worker = Worker(modules=modules, texts={"GREETING": 'a "b" \\ é'})
    silent = Worker(modules={"w.mjs": (MODULE, b"export default { fetch() { return new Response(null, { status: 404 }); } };")})
    certificate = authority.issue(HOST, OTHER, "unknown.example.com")
    with serving({"echo": worker, "silent": silent}, {HOST: "echo", OTHER: "silent"}, certificate) as address:
        yield address


def test_a_worker_sees_the_request_its_texts_and_its_modules(authority: Authority, address: tuple[str, int]) -> None:
    path = "/.well-known/mta-sts.txt?x=1"
    body = f'GET|https://{HOST}{path}|a "b" \\ é|{POLICY}'
    assert asked(address, authority, HOST, path=path) == (200, "text/plain", body)
    assert asked(address, authority, HOST, "HEAD") == (200, "text/plain", "")
    assert asked(address, authority, HOST, "POST")[2].startswith("POST|")


def test_each_host_name_has_its_worker_and_an_unknown_one_has_none(authority: Authority, address: tuple[str, int]) -> None:
    assert asked(address, authority, OTHER)[0] == 404
    assert asked(address, authority, "unknown.example.com") == (530, "text/plain;charset=UTF-8", "no Worker")


def test_the_certificate_is_of_the_host_names_alone(authority: Authority, address: tuple[str, int]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'elsewhere\.example\.com'"):
        asked(address, authority, "elsewhere.example.com")


def test_tls_1_1_is_refused_and_1_2_is_not(authority: Authority, address: tuple[str, int]) -> None:
    context = ssl.create_default_context(cafile=authority.ca_file)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(address) as plain, context.wrap_socket(plain, server_hostname=HOST) as secure:
        assert secure.version() == "TLSv1.2"
    with pytest.warns(DeprecationWarning, match=r"TLSv1_1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match=r"TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(address) as plain, pytest.raises(ssl.SSLError, match="alert handshake failure"):
        context.wrap_socket(plain, server_hostname=HOST)


@pytest.mark.parametrize(
    ("worker", "says"),
    [
        (Worker(modules={"w.mjs": (MODULE, b"export default {")}), "SyntaxError: Unexpected end of input"),
        (Worker(modules={"w.mjs": (MODULE, b"throw new Error('at the start');")}), "Error: at the start"),
        (Worker(modules={"w.mjs": (MODULE, b'import x from "y"; export default {};')}), 'No such module "y"'),
        (Worker(modules={"w.mjs": (MODULE, ECHO)}, compatibility_date="2999-01-01"), "compatibility date"),
    ],
)
def test_a_worker_that_does_not_start_is_told_in_workerds_words(authority: Authority, worker: Worker, says: str) -> None:
    with pytest.raises(DoesNotRunError) as caught, serving({"w": worker}, {}, authority.issue(HOST)):
        raise AssertionError
    assert says in str(caught.value)


def test_it_ends_with_the_caller(authority: Authority) -> None:
    worker = Worker(modules={"w.mjs": (MODULE, b"export default { fetch() {} };")})
    with serving({"w": worker}, {}, authority.issue(HOST)) as address:
        socket.create_connection(address).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_the_program_is_kept_outside_of_the_checkout() -> None:
    assert os.access(program(), os.X_OK)
    assert not program().is_relative_to(Path(__file__).parents[2])
