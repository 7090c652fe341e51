"""Keeps the email authentication of domains as their `email-auth.yaml` says."""

__version__ = "0.1.0"
