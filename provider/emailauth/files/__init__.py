"""What several rooms do with files of this machine. Knows no protocol, host or vendor."""
