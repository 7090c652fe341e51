"""Rules on the section `dmarc`."""
