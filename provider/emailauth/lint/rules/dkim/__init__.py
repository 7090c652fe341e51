"""Rules on the section `dkim`."""
