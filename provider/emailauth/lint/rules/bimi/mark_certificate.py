"""The mark certificate. Whether it has expired, or was revoked, is asked where there is a clock and a network."""

from collections.abc import Iterator

from emailauth.core.diagnostic import Finding
from emailauth.core.names import is_within
from emailauth.lint.rule import MUST, SHOULD, Context, rule
from emailauth.protocols.bimi import Bimi
from emailauth.protocols.bimi.certificate import PURPOSE, MarkCertificate, NoCertificate


@rule(MUST, "draft-fetch-validation-vmc-wchuang section 4", covers=["BIMI-033"])
def bimi_certificate_not_pem(certificate: NoCertificate) -> Iterator[Finding]:
    """A certificate file without a certificate in PEM form.

    Receivers read PEM only: text between BEGIN CERTIFICATE and END CERTIFICATE.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        The certificate will come next week.
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
    """
    yield Finding(f"receivers cannot read the mark certificate: {certificate.reason}")


@rule(SHOULD, "draft-fetch-validation-vmc-wchuang section 4", covers=["BIMI-033"])
def bimi_certificate_order(certificate: MarkCertificate) -> Iterator[Finding]:
    """Certificates in the wrong order.

    The mark certificate comes first, behind it the certificate of its issuer, and so on up to the root, which can be left out. Receivers may
    refuse any other order, a certificate twice, or two mark certificates.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
        -----BEGIN CERTIFICATE-----
        MIIBXjCCAQSgAwIBAgIUXFOIBMAysPzWfxybb+uSvkPv3C0wCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowGjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEcLdwlQqUDVz7QjJZf+TwrAwHAJwfdnRKwb0LNNeq
        fPZ9AHSH/trVaEK75a4rFpe1Jv2ixj5Q3Gg5RRgPm4132qMoMCYwDwYDVR0TAQH/
        BAUwAwEB/zATBgNVHSUEDDAKBggrBgEFBQcDHzAKBggqhkjOPQQDAgNIADBFAiEA
        rgy1FvMxjNhv9c7IIN/m7n1pN66hNHzbli5H7tSvYAsCIAidp/F2XI5qlFCY6Rdy
        N4rlZRoWWyFMU1g4+Ju8ufoi
        -----END CERTIFICATE-----
    """
    if certificate.is_authority[0]:
        yield Finding("the file begins with an authority's certificate: the mark certificate comes first, its issuers behind it")
    elif not all(certificate.is_authority[1:]):
        yield Finding("the file has several certificates that are no authority's: leave the one that the logo shall have")
    elif not certificate.is_chain:
        yield Finding("each certificate is followed by that of its issuer, which is not so here")


@rule(MUST, "draft-fetch-validation-vmc-wchuang section 5.4", covers=["BIMI-035"])
def bimi_certificate_purpose(certificate: MarkCertificate) -> Iterator[Finding]:
    """A certificate that is not for logos.

    Mark certificates have the extended key usage 1.3.6.1.5.5.7.3.31 (BrandIndicatorforMessageIdentification). The certificate of a web
    server has another one, and receivers refuse it here.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICVzCCAf2gAwIBAgIUULAgI1h5BRkzmMWhsp/KTQwQQCYwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABGEhFevpqcsXB/Z1+V232Hwp79LHrXacBjSdHalkoiDGQuPom7H4
        yW0D/AKR205jft8wUbT3lpxshDzq+cbvmEOjggEnMIIBIzAWBgNVHREEDzANggtl
        eGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6MIIA9haCAPJkYXRhOmltYWdlL3N2
        Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5Vk95d3JDTUJDODl5dVc5V3l6dHVw
        Qmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdXR1lCeVBUTXNJNk9aOFUvbktlSDBL
        VVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFUdUV6NUQ0SGNQWE9sYVlyZC9PYzZv
        WnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9reXpZeWtPdVJ2R1J1TVlUSzMwZGRW
        c0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1Vm1qcTZ6QUFBQTAKBggqhkjOPQQD
        AgNIADBFAiBLc0QGz0E1vIDGLpcw1NIVi08yCrsPLqrtkY5IcFey0AIhAMIbOh6F
        1yrgmvVG0ujjkNMUgl4Buuofc9VDLtfc2Nn2
        -----END CERTIFICATE-----
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
    """
    if not certificate.is_authority[0] and PURPOSE not in certificate.purposes:
        yield Finding(f"the certificate has not the extended key usage {PURPOSE}: it is no mark certificate")


@rule(MUST, "draft-fetch-validation-vmc-wchuang section 5.3", covers=["BIMI-037"])
def bimi_certificate_domain(certificate: MarkCertificate, context: Context) -> Iterator[Finding]:
    """A certificate for another domain.

    It must name the domain, the Organizational Domain above it, or the very place of the record, `default._bimi.example.com`.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbTCCAhKgAwIBAgIUIoCYIPZqFX1aF6BgV6aARX2Vo3UwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABPqeQ6WiQV5iSW2Ne4bYt01f36oniWi0B2DAOSckYW/nHwJfd3Ck
        4dxms77HJk469fflO7TapI/tcitvBXKZrK2jggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLm5ldDCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNJADBGAiEA1HsfgddHs10KJ2VOsV6e77a8
        4tuMLO0tfarl6HvxHF4CIQCCNrMRx6+1a/ZkCH0RehQnthjz0wF4Q/4eUHTihPzg
        ug==
        -----END CERTIFICATE-----
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: "https://www.example.com/logo.svg", certificate: mark.pem}
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
    """
    domain = context.require_domain()
    section = domain.section(Bimi)
    selector = section.selector.lower() if section else ""
    if certificate.is_authority[0]:
        return
    plain = {name.removeprefix(f"{selector}._bimi.") for name in certificate.names}
    if not any(is_within(domain.name, name) for name in plain):
        yield Finding(f"the certificate is for {', '.join(certificate.names) or 'no domain'}, not for {domain.name}")


@rule(SHOULD, "draft-fetch-validation-vmc-wchuang section 5.1", covers=["BIMI-038", "T-020"])
def bimi_certificate_logo(certificate: MarkCertificate, context: Context) -> Iterator[Finding]:
    """A certificate for another logo.

    The logo stands in its mark certificate, octet for octet. Where the file at the URL is another one, receivers may show none:
    a new logo needs a new certificate first.

    Bad:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg, certificate: mark.pem}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#c00000"/>
        </svg>
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
    Good:
        version: 1
        domains:
          example.com:
            bimi: {logo: logo.svg, certificate: mark.pem}
        --- logo.svg
        <svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">
          <title>Example</title>
          <circle cx="32" cy="32" r="32" fill="#0050a0"/>
        </svg>
        --- mark.pem
        -----BEGIN CERTIFICATE-----
        MIICbDCCAhKgAwIBAgIUM+Qi/cYCEQdINmjRyIm0K7UF5SQwCgYIKoZIzj0EAwIw
        GjEYMBYGA1UEAwwPRXhhbXBsZSBNYXJrIENBMB4XDTI2MDEwMTAwMDAwMFoXDTM2
        MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABBxOGLuVk3kUesgP2WSOmqxBRp/xz5i/9vZxNz18MgcsKdvZ6RnP
        GOh2Vp+RuIKz8xvXbMeeKv+tiH4nAC+OJ9mjggE8MIIBODATBgNVHSUEDDAKBggr
        BgEFBQcDHzAWBgNVHREEDzANggtleGFtcGxlLmNvbTCCAQcGCCsGAQUFBwEMBIH6
        MIIA9haCAPJkYXRhOmltYWdlL3N2Zyt4bWw7YmFzZTY0LEg0c0lBQUFBQUFBQ0F5
        Vk95d3JDTUJDODl5dVc5V3l6dHVwQmtod0U3LzVDRFdzTnBFbEpRdFArdlNtRmdX
        R1lCeVBUTXNJNk9aOFUvbktlSDBLVVV0clN0eUdPb2lNaVVSTUlDOGRrZzFkNGFU
        dUV6NUQ0SGNQWE9sYVlyZC9PYzZvWnkrVVpWb1VFQlBkckJlb0dRR2FiSGV2WE9r
        eXpZeWtPdVJ2R1J1TVlUSzMwZGRWc0I4ZUQ2cnBUZUNLNjBVQW9kQ1AzSzdyNUE1
        Vm1qcTZ6QUFBQTAKBggqhkjOPQQDAgNIADBFAiA4xP6HdLzvCpKyH1OWEL5o834T
        y8JiA8sr6NsxKorn0gIhALOycUGjiT8mB5/81sYHxsDiGsOknyPFuGJySIYyiWVM
        -----END CERTIFICATE-----
    """
    if certificate.is_authority[0]:
        return
    if not certificate.logos:
        yield Finding("there is no logo in the certificate, so receivers refuse it")
        return
    domain = context.require_domain()
    section = domain.section(Bimi)
    logo = domain.attachment(section.logo) if section else None
    if logo is not None and not any(_same(logo, inside) for inside in certificate.logos):
        yield Finding("the logo in the certificate is not that of the file: use the file that the certificate was issued for")


def _same(one: bytes, other: bytes) -> bool:
    """Line ends may have changed on the way through git."""
    return one.replace(b"\r\n", b"\n").rstrip() == other.replace(b"\r\n", b"\n").rstrip()
