"""The demands of large receivers, one file a receiver, whose name is what `receivers` in the file takes.

The module of a receiver defines `RECEIVER` (see `lint.receiver`), and its demands as rules whose ids begin with its name and whose clause is
the receiver's: MUST is what it turns mail away for. What it only recommends, or the standards demand as well, other rules say to everybody.
"""
