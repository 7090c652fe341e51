"""Serves what the web host `directory` wrote over TLS on loopback, fetches one URL as a sender would, and ends.

`python tools/serve.py ROOT URL`, as in `python tools/serve.py public https://mta-sts.example.com/.well-known/mta-sts.txt`
"""

import datetime
import http.server
import ssl
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from emailauth.core.errors import CouldNotDoError
from emailauth.live import https

_TYPES = {".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml", ".pem": "application/x-pem-file"}


def main(root: Path, url: str) -> int:
    """Prints what a sender gets; 3 where it gets nothing that it may use."""
    host = urlsplit(url).hostname or ""
    with tempfile.TemporaryDirectory() as folder:
        certificate = _certificate(host, Path(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(root))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            found = https.fetch(url, connect_to=("127.0.0.1", server.server_port), ca_file=str(certificate))
        except CouldNotDoError as e:
            print(e, file=sys.stderr)
            return 3
        finally:
            server.shutdown()
            server.server_close()
    print(f"GET {url}: 200, {found.media_type}")
    print(found.body.decode("utf-8", "replace"), end="")
    return 0


def _handler(root: Path) -> type[http.server.BaseHTTPRequestHandler]:
    files = {f"/{path.relative_to(root).as_posix()}": path for path in root.rglob("*") if path.is_file()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = files.get(f"/{self.headers.get('Host', '').split(':')[0]}{self.path}")
            if path is None:
                self.send_error(404)
                return
            body = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", _TYPES.get(path.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The fetch itself tells how it went."""

    return Handler


def _certificate(host: str, folder: Path) -> Path:
    """A certificate for one host and one hour, with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
