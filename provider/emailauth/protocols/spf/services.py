"""What is certain about the names of a few mail services in SPF records, as of November 2026.

A name stands here only where the service itself says so, or where it follows from the way in which the service sends. The rules that use
this say what to check and break nothing where a service has changed since.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RETIRED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "_netblocks.google.com": "Google's own inner name, which _spf.google.com no longer uses: include _spf.google.com",
        "_netblocks2.google.com": "Google's own inner name, which _spf.google.com no longer uses: include _spf.google.com",
        "_netblocks3.google.com": "Google's own inner name, which _spf.google.com no longer uses: include _spf.google.com",
        "aspmx.googlemail.com": "a name of the former Google Apps: include _spf.google.com",
        "spf.messaging.microsoft.com": "a name of the former Forefront Online Protection: include spf.protection.outlook.com",
        "spf.protection.outlook.de": "a name of Microsoft Cloud Germany, which closed in 2021: include spf.protection.outlook.com",
        "spf.sendinblue.com": "the former name of Brevo, which needs no include unless it gave you an address of your own",
    }
)
"""Names that were to be included once, and what holds now."""

SENDS_AS_ITSELF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "emsd1.com": "ActiveCampaign",
        "sendgrid.net": "SendGrid",
        "servers.mcsv.net": "Mailchimp",
        "shops.shopify.com": "Shopify",
        "spf.brevo.com": "Brevo",
        "spf.mandrillapp.com": "Mandrill",
        "spf.mtasv.net": "Postmark",
    }
)
"""Services whose mail has a name of their own, or one made for them below the domain, as the envelope sender, by the record to include."""
