"""What Cloudflare allows of Workers, verified 2026-11 at developers.cloudflare.com."""

from typing import Final

SCRIPT_OCTETS: Final = 64 * 2**20
"""Of a Worker, on every plan (workers/platform/limits). Where the limits before 2026 hold (3 MiB after gzip on the free plan, 10 MiB on the
paid one), Cloudflare tells it itself: code 10027."""
