"""Rules about the section `spf`."""
