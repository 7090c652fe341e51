"""Rules over what was observed: they judge what DNS and web servers answer."""
