"""Rules about owner names, record sets and times to live, whatever the records say."""
