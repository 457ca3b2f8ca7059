"""Which certificates may sign, for whom, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA224, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.codes import crt
from hub.edges.pki import Identity
from hub.errors import Code, Faults, Refused
from hub.xmlsig import DEVELOPMENT_POLICY, DOCUMENT_SIGNING, Anchor, Trust, endpoint_uri, fingerprint, sign, verify
from tests import testpki
from tests.xmlattacks import SENDER, unsigned

KEY = ec.generate_private_key(ec.SECP256R1())
BITS = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def usage(*wanted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{bit: bit in wanted for bit in BITS})


SIGNS = usage("digital_signature")


@dataclass(frozen=True)
class Leaf:
    """A certificate by the profile; each test changes one thing."""

    key: CertificatePublicKeyTypes = field(default_factory=KEY.public_key)
    start: datetime = testpki.VALIDITY.start
    end: datetime = testpki.VALIDITY.end
    key_usage: x509.KeyUsage | None = SIGNS
    purposes: Sequence[x509.ObjectIdentifier] | None = (DOCUMENT_SIGNING,)
    authority: bool = False
    uris: Sequence[str] = (endpoint_uri("131211", "kikan", SENDER),)
    policies: Sequence[x509.ObjectIdentifier] = ()
    extra: x509.ExtensionType | None = None
    hash: SHA224 | SHA256 = field(default_factory=SHA256)

    def made(self, issuer: Identity | None = None) -> x509.Certificate:
        issuer = issuer or testpki.authority(development=False)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer.certificate.subject)
        builder = builder.public_key(self.key).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(self.start).not_valid_after(self.end)
        builder = builder.add_extension(x509.BasicConstraints(self.authority, None), critical=True)
        if self.key_usage:
            builder = builder.add_extension(self.key_usage, critical=True)
        if self.purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(self.purposes)), critical=False)
        if self.uris:
            names = [x509.UniformResourceIdentifier(uri) for uri in self.uris]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if self.policies:
            policies = [x509.PolicyInformation(policy, None) for policy in self.policies]
            builder = builder.add_extension(x509.CertificatePolicies(policies), critical=False)
        if self.extra:
            builder = builder.add_extension(self.extra, critical=True)
        return builder.sign(issuer.key, self.hash)


def trust_in(
    certificate: x509.Certificate, *, rsa2048: bool = False, environment: str = "production", revoked: bool = False
) -> Trust:
    print_ = fingerprint(certificate)
    anchor = Anchor(testpki.authority(development=False).certificate, allow_rsa2048=rsa2048)
    return Trust([anchor], {SENDER: frozenset({print_})}, frozenset({print_} if revoked else ()), environment)


def admit(certificate: x509.Certificate, trust: Trust, at: datetime = testpki.AT) -> str:
    return trust.admit(certificate.public_bytes(Encoding.DER), at).endpoint


def code_of(certificate: x509.Certificate, trust: Trust, at: datetime = testpki.AT) -> Code:
    with pytest.raises(Refused) as caught:
        admit(certificate, trust, at)
    return caught.value.code


class TestCertificate:
    def test_by_the_profile_is_admitted_in_production(self) -> None:
        """A certificate of the production CA by certs/endpoint.yaml belongs to its endpoint."""
        certificate = Leaf().made()

        assert admit(certificate, trust_in(certificate)) == SENDER

    @pytest.mark.parametrize(
        ("leaf", "code"),
        [
            pytest.param(lambda: Leaf(key_usage=usage("key_encipherment")), crt.KEY_USAGE, id="other-usage"),
            pytest.param(lambda: Leaf(key_usage=None), crt.KEY_USAGE, id="no-usage"),
            pytest.param(
                lambda: Leaf(key_usage=usage("digital_signature", "key_cert_sign")), crt.KEY_USAGE, id="may-issue"
            ),
            pytest.param(
                lambda: Leaf(purposes=[ExtendedKeyUsageOID.SERVER_AUTH]), crt.EXTENDED_KEY_USAGE, id="tls-server"
            ),
            pytest.param(
                lambda: Leaf(purposes=[DOCUMENT_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
                crt.EXTENDED_KEY_USAGE,
                id="any-purpose",
            ),
            pytest.param(lambda: Leaf(purposes=None), crt.EXTENDED_KEY_USAGE, id="no-purpose"),
            pytest.param(lambda: Leaf(authority=True), crt.EXTENSION, id="ca-certificate"),
            pytest.param(
                lambda: Leaf(extra=x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")),
                crt.EXTENSION,
                id="unknown-critical-extension",
            ),
            pytest.param(lambda: Leaf(key=new_rsa(1024)), crt.KEY_TOO_SHORT, id="rsa-1024"),
            pytest.param(lambda: Leaf(key=new_rsa(2048)), crt.KEY_TOO_SHORT, id="rsa-2048"),
            pytest.param(
                lambda: Leaf(key=ec.generate_private_key(ec.SECP384R1()).public_key()), crt.KEY_KIND, id="p-384"
            ),
            pytest.param(
                lambda: Leaf(key=ed25519.Ed25519PrivateKey.generate().public_key()), crt.KEY_KIND, id="ed25519"
            ),
            pytest.param(lambda: Leaf(hash=SHA224()), crt.WEAK_HASH, id="weak-hash"),
            pytest.param(lambda: Leaf(policies=[DEVELOPMENT_POLICY]), crt.DEVELOPMENT, id="development"),
            pytest.param(
                lambda: Leaf(uris=[endpoint_uri("131211", "kikan", "別")]), crt.NAME, id="names-another-endpoint"
            ),
            pytest.param(
                lambda: Leaf(uris=[endpoint_uri("131211", "kikan", SENDER)] * 2), crt.EXTENSION, id="two-names"
            ),
            pytest.param(lambda: Leaf(uris=["urn:juki-hub:endpoint:x"]), crt.EXTENSION, id="half-a-name"),
        ],
    )
    def test_outside_the_profile_is_refused(self, leaf: Callable[[], Leaf], code: Code) -> None:
        """One thing outside the profile refuses a certificate that the pinned CA issued and the ward registered."""
        certificate = leaf().made()

        assert code is code_of(certificate, trust_in(certificate))

    def test_rsa_2048_is_admitted_only_under_a_ca_marked_so(self) -> None:
        """Where an outside CA issues nothing longer, its anchor says so; 1024 bits never pass."""
        certificate, short = Leaf(key=new_rsa(2048)).made(), Leaf(key=new_rsa(1024)).made()

        assert admit(certificate, trust_in(certificate, rsa2048=True)) == SENDER
        assert crt.KEY_TOO_SHORT is code_of(short, trust_in(short, rsa2048=True))

    def test_an_outside_ca_need_not_name_the_endpoint(self) -> None:
        """Without our URI the registration alone binds."""
        certificate = Leaf(uris=["urn:other:1"]).made()

        assert admit(certificate, trust_in(certificate)) == SENDER

    def test_development_is_admitted_outside_production(self) -> None:
        """The same certificate is good in a test environment."""
        certificate = Leaf(policies=[DEVELOPMENT_POLICY]).made()

        assert admit(certificate, trust_in(certificate, environment="test")) == SENDER


class TestTime:
    def test_holds_to_the_second_also_when_remembered(self) -> None:
        """Validity includes both ends, and what was admitted before is checked again at every use."""
        leaf = Leaf(start=datetime(2026, 4, 1, tzinfo=UTC), end=datetime(2027, 3, 31, tzinfo=UTC))
        certificate, second = leaf.made(), timedelta(seconds=1)
        trust = trust_in(certificate)

        assert admit(certificate, trust, leaf.start) == SENDER
        assert admit(certificate, trust, leaf.end) == SENDER
        assert crt.NOT_YET_VALID is code_of(certificate, trust, leaf.start - second)
        assert crt.EXPIRED is code_of(certificate, trust, leaf.end + second)

    def test_the_ca_expires_too(self) -> None:
        """A certificate does not outlive its CA."""
        certificate = Leaf(end=datetime(2040, 1, 1, tzinfo=UTC)).made()

        assert crt.EXPIRED is code_of(certificate, trust_in(certificate), datetime(2037, 1, 1, tzinfo=UTC))

    def test_needs_an_aware_time(self) -> None:
        """A time without zone is a fault of the caller, not of the message."""
        certificate = Leaf().made()
        with pytest.raises(ValueError, match="aware"):
            admit(certificate, trust_in(certificate), datetime(2026, 11, 2))


class TestRegistration:
    def test_revoked_is_refused_though_registered(self) -> None:
        """Revocation goes before everything else."""
        certificate = Leaf().made()

        assert crt.REVOKED is code_of(certificate, trust_in(certificate, revoked=True))

    def test_unregistered_is_refused_though_issued_by_the_ca(self) -> None:
        """A good chain alone identifies nobody."""
        assert crt.UNREGISTERED is code_of(Leaf().made(), trust_in(Leaf().made()))

    def test_old_and_new_certificate_stand_side_by_side(self) -> None:
        """Rotation: an endpoint may have several certificates at once."""
        old, new = Leaf().made(), Leaf().made()
        prints = {SENDER: frozenset({fingerprint(old), fingerprint(new)})}
        trust = Trust([Anchor(testpki.authority(development=False).certificate)], prints)

        assert (admit(old, trust), admit(new, trust)) == (SENDER, SENDER)

    def test_an_endpoint_is_known_while_one_certificate_of_it_is_not_revoked(self) -> None:
        """Of two, one may go; nobody is known by a certificate that is registered to nobody, or to another."""
        old, new = fingerprint(Leaf().made()), fingerprint(Leaf().made())
        anchors = [Anchor(testpki.authority(development=False).certificate)]
        prints = {SENDER: frozenset({old, new}), "empty": frozenset[str]()}

        known = {
            revoked: Trust(anchors, prints, frozenset(revoked)).knows(SENDER) for revoked in [(), (old,), (old, new)]
        }

        assert known == {(): True, (old,): True, (old, new): False}
        assert not any(Trust(anchors, prints).knows(name) for name in ("empty", "nobody"))

    def test_an_intermediate_is_not_followed(self) -> None:
        """A CA below a pinned CA is not trusted unless it is pinned itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        middle = replace(Leaf(authority=True, key_usage=usage("key_cert_sign"), purposes=None), key=key.public_key())
        issuer = Identity(key, middle.made())
        certificate = Leaf().made(issuer)

        assert crt.UNTRUSTED is code_of(certificate, trust_in(certificate))
        pinned = Trust([Anchor(issuer.certificate)], {SENDER: frozenset({fingerprint(certificate)})})
        assert admit(certificate, pinned) == SENDER

    def test_all_faults_are_told_at_once(self) -> None:
        """Wrong anchors, double registrations and unreadable fingerprints come in one reading."""
        certificate = Leaf().made()
        print_ = fingerprint(certificate)
        with pytest.raises(Faults) as caught:
            Trust(
                [Anchor(certificate), Anchor(testpki.authority().certificate)],
                {"a": frozenset({print_}), "b": frozenset({print_}), "c": frozenset({"XY"})},
                frozenset({print_}),
            )

        found = [fault.code for fault in caught.value.faults]
        assert found == [crt.ANCHOR, crt.ANCHOR, crt.DEVELOPMENT, crt.REGISTERED_TWICE, crt.FINGERPRINT]

    @pytest.mark.parametrize(
        ("leaf", "rule"),
        [
            (Leaf(authority=True, key_usage=usage("crl_sign")), "keyUsage"),
            (Leaf(authority=True, key_usage=None), "keyUsage"),
            (Leaf(authority=True, key_usage=usage("key_cert_sign"), hash=SHA224()), crt.WEAK_HASH.id),
            (Leaf(), "basicConstraints"),
        ],
    )
    def test_a_pinned_certificate_must_be_a_ca(self, leaf: Leaf, rule: str) -> None:
        """What may not issue is refused when it is pinned, not when the first message comes."""
        with pytest.raises(Faults) as caught:
            Trust([Anchor(leaf.made())], {})

        assert (crt.ANCHOR, rule) == (caught.value.faults[0].code, caught.value.faults[0].facts["rule"])

    def test_a_whole_message_under_a_good_certificate_is_accepted(self) -> None:
        """The certificate of these tests really signs."""
        certificate = Leaf().made()
        raw = sign(unsigned(), KEY, certificate)

        assert verify(raw, trust_in(certificate), testpki.AT).endpoint == SENDER

    @pytest.mark.parametrize("cut", [0, 1, 10, 200, -1])
    def test_damaged_certificates_are_refused_with_a_code(self, cut: int) -> None:
        """Whatever the library makes of damaged DER, the caller sees `Refused`."""
        der = Leaf().made().public_bytes(Encoding.DER)
        with pytest.raises(Refused) as caught:
            trust_in(Leaf().made()).admit(der[:cut], testpki.AT)

        assert crt.MALFORMED is caught.value.code

    def test_any_changed_byte_of_a_certificate_is_refused(self) -> None:
        """Not one byte of a registered certificate can change."""
        certificate = Leaf().made()
        trust, der = trust_in(certificate), certificate.public_bytes(Encoding.DER)
        for place in range(len(der)):
            with pytest.raises(Refused):
                trust.admit(der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :], testpki.AT)


def new_rsa(bits: int) -> rsa.RSAPublicKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
