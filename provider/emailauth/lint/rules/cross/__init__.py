"""Rules that hold what one section of a domain says against another."""
