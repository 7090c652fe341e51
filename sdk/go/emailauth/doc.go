// Keeps the email authentication of domains (SPF, DKIM, DMARC, MTA-STS, TLS-RPT, BIMI) as one file in git says.
package emailauth
