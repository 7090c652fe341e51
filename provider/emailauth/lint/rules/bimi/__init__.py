"""Rules about the section `bimi`."""
