"""What the Pulumi engine starts for the source plugin of this folder (`PulumiPlugin.yaml`)."""

from emailauth.pulumi.plugin import main

main()
