"""A receiving mail server, as a program: `mx.py ADDRESS [CHAIN KEY]`; with a certificate it offers STARTTLS. Says `ready`, and keeps nothing."""

import signal
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink


def main(address: str, *certificate: str) -> None:
    """Runs until it is told to stop."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    controller = Controller(Sink(), hostname=address, port=25, tls_context=context, server_hostname="mx1.example.com")
    controller.start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
