"""What octoDNS does of the same, as `octodns-sync` would: run by the Python of tools/octodns, which has none of our code.

`python octodns_program.py PROVIDER` takes all records of all zones as JSON from stdin, plans each zone, and applies what differs.
"""

import json
import logging
import os
import sys
from typing import Any

from octodns.record import Record
from octodns.zone import Zone


def provider(name: str) -> Any:
    """As a person would configure it."""
    if name == "route53":
        from octodns_route53 import Route53Provider

        return Route53Provider(name)
    from octodns_cloudflare import CloudflareProvider

    # Page rules would be one more call for each zone.
    return CloudflareProvider(name, token=os.environ["CLOUDFLARE_API_TOKEN"], api_url=os.environ["CLOUDFLARE_BASE_URL"], pagerules=False)


def record(zone: Any, name: str, record_type: str, ttl: int, values: list[str]) -> Any:
    """A record set in octoDNS's own form."""
    data: dict[str, Any] = {"type": record_type, "ttl": ttl}
    match record_type:
        case "CNAME":
            data["value"] = values[0]
        case "MX":
            data["values"] = [{"preference": int(one.split()[0]), "exchange": one.split()[1]} for one in values]
        case "TXT":
            data["values"] = [one.replace(";", "\\;") for one in values]
    return Record.new(zone, name, data)


def main() -> None:
    """Prints how many zones were changed."""
    logging.disable(logging.WARNING)
    target, changed = provider(sys.argv[1]), 0
    for domain, records in json.load(sys.stdin).items():
        zone = Zone(f"{domain}.", [])
        for name, record_type, ttl, values in records:
            zone.add_record(record(zone, name.removesuffix(domain).removesuffix("."), record_type, ttl, values))
        plan = target.plan(zone)
        if plan is not None:
            plan.raise_if_unsafe()
            target.apply(plan)
            changed += 1
    print(changed)


if __name__ == "__main__":
    main()
