"""Rules about the section `mta_sts`."""
