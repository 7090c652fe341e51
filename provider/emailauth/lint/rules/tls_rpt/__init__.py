"""Rules about the section `tls_rpt`."""
