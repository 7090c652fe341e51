"""Amazon Web Services: whose credentials are used, clients that never send a request twice by themselves, and what can go wrong, in words."""
