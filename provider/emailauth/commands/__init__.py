"""Subcommands: one module each, found by its name.

A command module's docstring is its help, the first line in the list of commands. It defines

- `configure(parser)`: adds its arguments;
- `run(args) -> int`: does it and returns the exit code. `UsageError` and `CouldNotDoError` go up to `cli`.
"""
