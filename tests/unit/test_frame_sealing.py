"""Frames are sealed as RFC 9180 says, for one way only; keys that cannot do that are refused by name."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from hub.codes import brk
from hub.edges.amqp.sealing import HUB, Way, read_seal_certificate, read_seal_key, seal, unseal
from hub.errors import Misconfigured, Refused
from hub.frames import Kind

KEY = generate_private_key(SECP256R1())
WAY = Way("juki-hub/131211/kikan", Kind.DELIVERY, HUB, "課税課")
OTHER_WAYS = (
    replace(WAY, origin="juki-hub/131211/juki-net"),
    replace(WAY, kind=Kind.RECEIPT),
    replace(WAY, recipient="zei"),
    replace(WAY, sender="juki"),
    Way(WAY.origin, WAY.kind, WAY.recipient, WAY.sender),
)

POINT = 65  # bytes of an uncompressed point on P-256 (SEC 1, 2.3.3)
KEM_ID, KDF_ID, AEAD_ID = 0x0010, 0x0001, 0x0002  # RFC 9180, 7.1 to 7.3


class Rfc9180:
    """Opening in base mode, written from the text of the RFC and nothing else."""

    KEM = b"KEM" + KEM_ID.to_bytes(2, "big")
    HPKE = b"HPKE" + b"".join(one.to_bytes(2, "big") for one in (KEM_ID, KDF_ID, AEAD_ID))

    @staticmethod
    def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        """LabeledExtract (section 4)."""
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")

    @staticmethod
    def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
        """LabeledExpand (section 4); no more than one block of SHA-256 is ever wanted here."""
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return hmac.digest(prk, labelled + b"\x01", "sha256")[:size]

    def open(self, sealed: bytes, key: EllipticCurvePrivateKey, info: bytes) -> bytes:
        """Decap (4.1), KeySchedule (5.1), Open with sequence number 0 (5.2)."""
        encapsulated, ciphertext = sealed[:POINT], sealed[POINT:]
        theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), encapsulated)
        ours = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        eae = self._extract(self.KEM, b"", b"eae_prk", key.exchange(ECDH(), theirs))
        shared = self._expand(self.KEM, eae, b"shared_secret", encapsulated + ours, 32)
        context = (
            b"\x00"
            + self._extract(self.HPKE, b"", b"psk_id_hash", b"")
            + self._extract(self.HPKE, b"", b"info_hash", info)
        )
        secret = self._extract(self.HPKE, shared, b"secret", b"")
        aead = AESGCM(self._expand(self.HPKE, secret, b"key", context, 32))
        return aead.decrypt(self._expand(self.HPKE, secret, b"base_nonce", context, 12), ciphertext, b"")


def certificate(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    """Signed by itself: only its public key is read."""
    name, now = x509.Name([]), datetime.now(UTC)
    algorithm = None if isinstance(key, Ed25519PrivateKey) else hashes.SHA256()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, algorithm)
    )
    return made.public_bytes(Encoding.PEM)


def pem(key: EllipticCurvePrivateKey | Ed25519PrivateKey, password: bytes | None = None) -> bytes:
    wrapped = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, wrapped)


class TestSeal:
    @given(st.binary(max_size=2000))
    def test_opens_by_the_rfc_alone(self, plain: bytes) -> None:
        """Somebody else's connector, written from docs/spec/broker.md, reads what we seal; the size grows by 81 bytes."""
        sealed = seal(plain, KEY.public_key(), WAY)

        assert Rfc9180().open(sealed, KEY, WAY.info) == plain
        assert unseal(sealed, KEY, WAY) == plain
        assert len(sealed) == len(plain) + POINT + 16

    def test_says_its_way(self) -> None:
        """As docs/spec/broker.md writes it: a label, and the canonical object of the two ends."""
        assert WAY.info == (
            b'juki-hub/seal@v1\n{"from":"hub","kind":"delivery","origin":"juki-hub/131211/kikan","to":"'
            + "課税課".encode()
            + b'"}'
        )

    def test_never_seals_twice_alike(self) -> None:
        """A key of its own each time: equal frames cannot be told to be equal."""
        assert seal(b"x", KEY.public_key(), WAY)[:POINT] != seal(b"x", KEY.public_key(), WAY)[:POINT]


class TestUnseal:
    @pytest.mark.parametrize("other", OTHER_WAYS)
    def test_another_way_is_refused(self, other: Way) -> None:
        """Neither another zone's, nor another kind, nor another party's, nor turned round."""
        with pytest.raises(Refused) as caught:
            unseal(seal(b"frame", KEY.public_key(), WAY), KEY, other)

        assert caught.value.code == brk.NOT_SEALED_FOR_US

    def test_another_key_is_refused(self) -> None:
        """What is for another party opens for nobody else."""
        with pytest.raises(Refused) as caught:
            unseal(seal(b"frame", KEY.public_key(), WAY), generate_private_key(SECP256R1()), WAY)

        assert caught.value.code == brk.NOT_SEALED_FOR_US

    def test_every_changed_byte_is_refused(self) -> None:
        """Of the key, the ciphertext or its tag; so is every cut."""
        sealed = seal(b"frame", KEY.public_key(), WAY)
        changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
        for one in (*changed, *(sealed[:size] for size in range(len(sealed))), sealed + b"\0"):
            with pytest.raises(Refused) as caught:
                unseal(one, KEY, WAY)

            assert caught.value.code == brk.NOT_SEALED_FOR_US
            assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


class TestKeys:
    def test_are_read_as_written(self, tmp_path: Path) -> None:
        """The private key opens what is sealed to the certificate."""
        (tmp_path / "seal.key").write_bytes(pem(KEY))
        (tmp_path / "seal.pem").write_bytes(certificate(KEY))
        sealed = seal(b"frame", read_seal_certificate(tmp_path / "seal.pem"), WAY)

        assert unseal(sealed, read_seal_key(tmp_path / "seal.key"), WAY) == b"frame"

    @pytest.mark.parametrize(
        "found",
        [
            b"",
            b"\xff\xfe",
            pem(generate_private_key(SECP384R1())),
            pem(Ed25519PrivateKey.generate()),
            pem(KEY, password=b"secret"),
            certificate(KEY),
        ],
        ids=["empty", "no text", "other curve", "other kind", "encrypted", "certificate"],
    )
    def test_what_is_no_sealing_key_is_refused(self, tmp_path: Path, found: bytes) -> None:
        """By the file's name, and without a word of what stands in it."""
        (tmp_path / "seal.key").write_bytes(found)
        with pytest.raises(Misconfigured) as caught:
            read_seal_key(tmp_path / "seal.key")

        assert caught.value.code == brk.SEAL_KEY
        assert "seal.key" in str(caught.value)

    @pytest.mark.parametrize(
        "found",
        [b"", pem(KEY), certificate(generate_private_key(SECP384R1())), certificate(Ed25519PrivateKey.generate())],
        ids=["empty", "private key", "other curve", "other kind"],
    )
    def test_what_is_no_sealing_certificate_is_refused(self, tmp_path: Path, found: bytes) -> None:
        """By the file's name."""
        (tmp_path / "seal.pem").write_bytes(found)
        with pytest.raises(Misconfigured) as caught:
            read_seal_certificate(tmp_path / "seal.pem")

        assert caught.value.code == brk.SEAL_KEY

    def test_that_are_missing_are_refused(self, tmp_path: Path) -> None:
        """As files that cannot be read."""
        for read in (read_seal_key, read_seal_certificate):
            with pytest.raises(Misconfigured):
                read(tmp_path / "none.pem")
