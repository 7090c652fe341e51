"""Cloudflare's API, by the official SDK: what the DNS host and the web host share.

`connection` makes calls with the API token of an environment variable; `pace` keeps them within what the API allows; `refusals` reads
what it says no with; `zones` has the zones that a token sees.
"""
