"""Makes CAs, endpoint certificates and personal keys by the profiles of certs/, and keeps them in PEM files.

A ward with a CA of its own needs only the reading half. Known hole: private keys lie in files of mode 0600 without a
passphrase; a hardware module would take the place of `read_key`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.codes import crt
from hub.errors import Misconfigured
from hub.xmlsig import DEVELOPMENT_POLICY, DOCUMENT_SIGNING, SigningKey, endpoint_uri

KeyKind = Literal["ecdsa-p256", "rsa-3072"]
PrivateKey = SigningKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key with the certificate made for it."""

    key: SigningKey
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when a certificate holds, both aware, both included."""

    start: datetime
    end: datetime


def make_key(kind: KeyKind = "ecdsa-p256") -> SigningKey:
    """A new signing key; RSA takes about a tenth of a second."""
    if kind == "rsa-3072":
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def make_person_key() -> ed25519.Ed25519PrivateKey:
    """A person's own key for approvals (design promise 12)."""
    return ed25519.Ed25519PrivateKey.generate()


def make_ca(name: str, validity: Validity, *, development: bool, kind: KeyKind = "ecdsa-p256") -> Identity:
    """A self-signed issuing CA (path length 0) by certs/ca.yaml."""
    key = make_key(kind)
    subject = distinguished_name(name)
    builder = _builder(subject, subject, key, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(key_usage(sign_certificates=True), critical=True)
    return Identity(key, _with_policy(builder, development=development).sign(key, SHA256()))


def make_endpoint(
    authority: Identity,
    names: tuple[str, str, str],
    validity: Validity,
    *,
    development: bool,
    kind: KeyKind = "ecdsa-p256",
) -> Identity:
    """A signing certificate by certs/endpoint.yaml for the endpoint `names`: (tenant, zone, endpoint code)."""
    usage = key_usage(sign_certificates=False)
    return _leaf(authority, names[2], usage, DOCUMENT_SIGNING, endpoint_uri(*names), validity, development, kind)


def make_tls_client(authority: Identity, user: str, uri: str, validity: Validity, *, development: bool) -> Identity:
    """A certificate by certs/tls.yaml with which `user` logs in at the broker; it signs no message."""
    usage = key_usage(sign_certificates=False)
    return _leaf(authority, user, usage, ExtendedKeyUsageOID.CLIENT_AUTH, uri, validity, development, "ecdsa-p256")


def make_sealing(authority: Identity, name: str, uri: str, validity: Validity, *, development: bool) -> Identity:
    """A certificate by certs/seal.yaml to which frames are sealed (HPKE); its key neither signs nor logs in."""
    usage = key_usage(sign_certificates=False, agree=True)
    return _leaf(authority, name, usage, None, uri, validity, development, "ecdsa-p256")


def _leaf(
    authority: Identity,
    name: str,
    usage: x509.KeyUsage,
    purpose: x509.ObjectIdentifier | None,
    uri: str,
    validity: Validity,
    development: bool,
    kind: KeyKind,
) -> Identity:
    key = make_key(kind)
    issuer = authority.certificate
    builder = _builder(distinguished_name(name), issuer.subject, key, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
    builder = builder.add_extension(alternative, critical=False)
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    builder = builder.add_extension(authority_id, critical=False)
    return Identity(key, _with_policy(builder, development=development).sign(authority.key, SHA256()))


def write_key(path: Path, key: PrivateKey) -> None:
    """PKCS#8 PEM, mode 0600, atomically and durably. Raises `FileExistsError`: a key is never overwritten."""
    _write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def write_certificates(path: Path, certificates: Sequence[x509.Certificate]) -> None:
    """One or more certificates as PEM, atomically and durably. Raises `FileExistsError`."""
    _write_new(path, b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates))


def read_signing_key(path: Path) -> SigningKey:
    """An ECDSA or RSA key. Raises `Misconfigured` when it is unreadable, of another kind or open to others."""
    key = _read_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise Misconfigured(crt.FILE, path=str(path), rule="neither ECDSA nor RSA")
    return key


def read_person_key(path: Path) -> ed25519.Ed25519PrivateKey:
    """An Ed25519 key. Raises `Misconfigured` as `read_signing_key` does."""
    key = _read_key(path)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise Misconfigured(crt.FILE, path=str(path), rule="not Ed25519")
    return key


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """At least one certificate from a PEM file. Raises `Misconfigured`."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as fault:
        raise Misconfigured(crt.FILE, path=str(path), rule=type(fault).__name__) from None


def read_identity(key: Path, certificate: Path) -> Identity:
    """A key and its certificate (the first in the file). Raises `Misconfigured` when they do not belong together."""
    identity = Identity(read_signing_key(key), read_certificates(certificate)[0])
    if identity.key.public_key() != identity.certificate.public_key():
        raise Misconfigured(crt.KEY_MISMATCH)
    return identity


def _read_key(path: Path) -> object:
    try:
        if path.stat().st_mode & 0o077:
            raise Misconfigured(crt.FILE, path=str(path), rule="mode is not 0600")
        return load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as fault:
        raise Misconfigured(crt.FILE, path=str(path), rule=type(fault).__name__) from None


def _write_new(path: Path, content: bytes) -> None:
    """Temporary file beside the target, flushed, then linked: complete or absent, and never over an existing file."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # rename would replace an existing key in silence; link refuses
        os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def distinguished_name(common_name: str) -> x509.Name:
    """As the profiles of certs/ want it."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "juki-hub"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: SigningKey, validity: Validity) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(identifier, critical=False)
    )


def key_usage(*, sign_certificates: bool, agree: bool = False) -> x509.KeyUsage:
    """Of a CA, of a key that agrees, or else of one that signs."""
    return x509.KeyUsage(
        digital_signature=not (sign_certificates or agree),
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=agree,
        encipher_only=False,
        decipher_only=False,
    )


def _with_policy(builder: x509.CertificateBuilder, *, development: bool) -> x509.CertificateBuilder:
    if not development:
        return builder
    policy = x509.PolicyInformation(DEVELOPMENT_POLICY, None)
    return builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
