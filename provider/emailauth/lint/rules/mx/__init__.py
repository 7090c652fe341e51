"""Rules about the section `mx`."""
