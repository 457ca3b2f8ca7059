"""PKCS#10 (RFC 2986): what an outside CA is asked to certify, by the profiles of certs/tls.yaml and certs/seal.yaml.

A request holds the public key, the wanted name and extensions, and proves that its maker has the private key; that never
leaves its home.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.edges.pki import distinguished_name, key_usage
from hub.xmlsig import SigningKey


def tls_request(key: SigningKey, user: str, uri: str) -> bytes:
    """PEM: asks for a certificate with which `user` logs in at the broker."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return _request(key, _asked(user, uri, key_usage(sign_certificates=False)).add_extension(purpose, critical=False))


def sealing_request(key: SigningKey, name: str, uri: str) -> bytes:
    """PEM: asks for a certificate to which frames are sealed."""
    return _request(key, _asked(name, uri, key_usage(sign_certificates=False, agree=True)))


def _asked(name: str, uri: str, bits: x509.KeyUsage) -> x509.CertificateSigningRequestBuilder:
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(distinguished_name(name))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(bits, critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False)
    )


def _request(key: SigningKey, asked: x509.CertificateSigningRequestBuilder) -> bytes:
    return asked.sign(key, SHA256()).public_bytes(Encoding.PEM)
