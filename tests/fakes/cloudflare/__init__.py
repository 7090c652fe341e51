"""A test double of Cloudflare's API: zones, DNS records, Workers scripts and Workers custom domains."""

from tests.fakes.cloudflare.routes import ROOT, TOKEN
from tests.fakes.cloudflare.service import Cloudflare

__all__ = ["TOKEN", "Cloudflare", "environment"]


def environment(url: str) -> dict[str, str]:
    """What the official SDK needs to find the service."""
    return {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_BASE_URL": url + ROOT}
