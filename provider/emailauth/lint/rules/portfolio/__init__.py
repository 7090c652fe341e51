"""Rules that judge all domains of a file together."""
