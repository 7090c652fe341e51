"""A name server that takes updates, BIND: what can be wrong there, and with the way to it. PORT stands for the server's."""

from collections.abc import Mapping
from typing import Final

from tests.hosts.trouble import Trouble

TROUBLES: Final[Mapping[str, Trouble]] = {
    "unknown zone": Trouble(
        status=2,
        edit=("  example.com:", "  example.org:"),
        said="email-auth.yaml:2:11: 127.0.0.1:PORT has no zone that holds 2023._domainkey.example.org, or does not let the key emailauth-key ask "
        "for it (REFUSED): correct dns_host rfc2136, server, or give the DNS host that has the zone",
    ),
    "unreachable": Trouble(
        status=3,
        edit=(r"port: \d+", "port: 1"),
        said="127.0.0.1:1 refuses the connection: see that the server runs and listens there for TCP",
    ),
    "no such server": Trouble(
        status=3,
        edit=(r"server: 127.0.0.1, port: \d+", "server: ns.example.invalid"),
        said="ns.example.invalid has no address (Name or service not known): correct dns_host rfc2136, server",
    ),
    "no secret": Trouble(
        status=2,
        environ={"EMAILAUTH_TSIG_SECRET": None},
        said="email-auth.yaml:2:11: dns_host rfc2136, key_env: the environment variable EMAILAUTH_TSIG_SECRET is not set: it holds the key's "
        "secret, in base64",
    ),
    "no secret in its form": Trouble(
        status=2,
        environ={"EMAILAUTH_TSIG_SECRET": "not base64"},
        said="email-auth.yaml:2:11: the environment variable EMAILAUTH_TSIG_SECRET does not hold a secret in base64, as tsig-keygen makes it",
    ),
    "wrong secret": Trouble(
        status=3,
        environ={"EMAILAUTH_TSIG_SECRET": "YW5vdGhlciBzZWNyZXQgb2YgYXMgbWFueSBvY3RldHM="},
        said="127.0.0.1:PORT finds the signature of the key emailauth-key wrong (BADSIG): the secret in the environment variable "
        "EMAILAUTH_TSIG_SECRET is not the one that it has",
    ),
    "unknown key": Trouble(
        status=3,
        edit=("key_name: emailauth-key", "key_name: other-key"),
        said="127.0.0.1:PORT does not know the key other-key, used with hmac-sha256 (BADKEY): correct key_name and key_algorithm, or add the "
        "key there",
    ),
}
WITHOUT_PERMISSION: Final[Mapping[str, Trouble]] = {
    "zone may not be changed": Trouble(
        status=3,
        verb="apply",
        said="127.0.0.1:PORT did not update example.com (REFUSED): let the key emailauth-key update these names and types there (BIND: "
        "update-policy or allow-update; Knot: an acl with action update; PowerDNS: dnsupdate and TSIG-ALLOW-DNSUPDATE); a secondary does not: "
        "there, name the primary",
    ),
}
