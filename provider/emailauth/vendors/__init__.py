"""What several hosts of one vendor share: how it is connected to, how fast it may be asked, and what its refusals mean.

One module or package a vendor. Knows no DNS host and no web host.
"""
