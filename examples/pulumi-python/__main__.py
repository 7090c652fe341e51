"""Keeps the email authentication of example.org as email-auth.yaml says."""

import pulumi
import pulumi_emailauth as emailauth


def program() -> None:
    """Declares the posture of the file, and one record beside it."""
    posture = emailauth.Posture("mail", file="email-auth.yaml", adopt=True)
    # A single record works too: here the parked domain of a sister company, on the same name server.
    emailauth.Record(
        "sister-spf",
        domain="example.net",
        kind="spf",
        name="example.net",
        type="TXT",
        values=["v=spf1 -all"],
        opts=pulumi.ResourceOptions(depends_on=[posture]),
    )


if __name__ == "__main__":
    program()
