"""The verbs that the commands and the Pulumi provider share: load, lint, plan, apply.

loaded = load(Path("email-auth.yaml"))        # reads the file and those that it names
diagnostics = lint(loaded)                    # everything that there is to say about it
plan = make_plan(loaded.posture, hosts)       # reads the hosts, compares
for step in apply(plan, hosts): ...           # phase by phase, read back after each
"""
