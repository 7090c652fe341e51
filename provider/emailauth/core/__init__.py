"""Pure values. Knows no protocol, vendor or network; does no I/O; reads no clock and no environment."""
