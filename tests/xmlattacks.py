"""Attack messages on the envelope's signature, each with the code that must refuse it.

`forged` is a signer without scruples: it signs whatever shape it is told to with a real key, so that an attack is not
refused merely because its signature is bad. Run as a module with a directory to write the static vectors again:
`python -m tests.xmlattacks tests/vectors/xmlsig` (the keys are made for that run and thrown away).
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from hub.codes import crt, sig
from hub.edges.pki import Identity
from hub.errors import Code
from hub.messages import EXCHANGE_NAMESPACE
from hub.xmlsig import fingerprint, sign
from hub.xmlsig.names import DS, ENVELOPED, EXCLUSIVE_C14N, ds
from hub.xmlsig.names import SHA256 as SHA256_URI
from hub.xmlsig.rawcheck import DECLARATION
from tests import testpki

E = f"{{{EXCHANGE_NAMESPACE}}}"
INCLUSIVE_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SENDER, OTHER = "住記", "税"


def unsigned(sender: str = SENDER, text: str = "足立区中央本町一丁目", items: int = 3, header: str = "") -> bytes:
    """An envelope without signature; Japanese element names as in real payloads (performance.md G1)."""
    body = "".join(f"<項目{n}>{text}</項目{n}>" for n in range(1, items + 1))
    return (
        f'<Envelope xmlns="{EXCHANGE_NAMESPACE}"><Header><Tenant>131211</Tenant><Environment>test</Environment>'
        f"<MessageId>018f0000-0000-7000-8000-000000000001</MessageId><Type>T-1</Type><Sender>{sender}</Sender>"
        f"<Recipient>{OTHER}</Recipient>{header}</Header>"
        f'<Body><異動 xmlns="urn:juki-hub:juki:1">{body}</異動></Body></Envelope>'
    ).encode()


@dataclass(frozen=True, slots=True)
class Shape:
    """What `forged` writes into the signature; the defaults are the profile."""

    c14n: str = EXCLUSIVE_C14N
    method: str = ECDSA
    transforms: tuple[str, ...] = (
        f'<ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>',
        f'<ds:Transform Algorithm="{EXCLUSIVE_C14N}"></ds:Transform>',
    )
    digest: str = SHA256_URI
    uri: str = ' URI=""'
    attributes: str = ""
    after_key_info: str = ""
    key_info: str | None = None
    reference_again: bool = False
    prefix: str = "ds:"


def forged(document: bytes, identity: Identity, shape: Shape | None = None) -> bytes:
    """`document` with a signature of the given shape, genuinely computed over the whole root as far as that can be."""
    shape = shape or Shape()
    root = etree.fromstring(document)
    root.append(_signature(shape, identity, b64encode(sha256(_c14n(root)).digest()).decode()))
    signed_info = root[-1][0]
    exclusive = shape.c14n == EXCLUSIVE_C14N
    octets = etree.tostring(signed_info, method="c14n", exclusive=exclusive, with_comments=False)
    root[-1][1].text = b64encode(_value(shape, identity, octets)).decode()
    return canonical_document(root)


def canonical_document(root: etree._Element) -> bytes:
    """A document in the form that we accept, so that only the attack itself differs."""
    return DECLARATION + _c14n(root)


def _c14n(node: etree._Element) -> bytes:
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


def _signature(shape: Shape, identity: Identity, digest: str) -> etree._Element:
    certificate = b64encode(identity.certificate.public_bytes(Encoding.DER)).decode()
    default = f"<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
    key_info = default if shape.key_info is None else shape.key_info.replace("CERTIFICATE", certificate)
    reference = (
        f"<ds:Reference{shape.uri}><ds:Transforms>{''.join(shape.transforms)}</ds:Transforms>"
        f'<ds:DigestMethod Algorithm="{shape.digest}"></ds:DigestMethod>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )
    text = (
        f'<ds:Signature xmlns:ds="{DS}"{shape.attributes}><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{shape.c14n}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{shape.method}"></ds:SignatureMethod>'
        f"{reference * (2 if shape.reference_again else 1)}</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>"
        f"<ds:KeyInfo>{key_info}</ds:KeyInfo>{shape.after_key_info}</ds:Signature>"
    )
    if shape.prefix != "ds:":
        text = text.replace("<ds:", "<").replace("</ds:", "</").replace("xmlns:ds=", "xmlns=")
    return etree.fromstring(text)


def _value(shape: Shape, identity: Identity, octets: bytes) -> bytes:
    if "hmac" in shape.method:
        # key confusion: keyed with what everybody knows, the certificate (CVE-2025-48994)
        mac = HMAC(identity.certificate.public_bytes(Encoding.PEM), SHA256())
        mac.update(octets)
        return mac.finalize()
    hash_ = SHA1() if "sha1" in shape.method else SHA256()  # noqa: S303 - the attack is the weak hash
    if isinstance(identity.key, rsa.RSAPrivateKey):
        return identity.key.sign(octets, PKCS1v15(), hash_)
    r, s = utils.decode_dss_signature(identity.key.sign(octets, ec.ECDSA(hash_)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack message and the code that must refuse it."""

    name: str
    raw: bytes
    code: Code


def attacks() -> Iterator[Attack]:
    """Every small attack. Registered are `SENDER` and `OTHER`, each with its own certificate of the test CA."""
    sender = testpki.endpoint(SENDER)
    genuine = sign(unsigned(), sender.key, sender.certificate)
    yield from _wrapping(genuine)
    yield from _partial(genuine, sender)
    yield from _bytes(genuine)
    yield from _encodings(genuine)
    yield from _shapes(sender)
    yield from _edits(genuine)
    yield from _identities(genuine)


def _wrapping(genuine: bytes) -> Iterator[Attack]:
    """XSW 1 to 8 ("On Breaking SAML", 2012), with the envelope in the place of response and assertion."""

    def evil() -> tuple[etree._Element, etree._Element, etree._Element]:
        """The forged envelope with the genuine signature; the signature; the genuine envelope without it."""
        forged_root, original = etree.fromstring(genuine), etree.fromstring(genuine)
        forged_root[0].find(f"{E}Recipient").text = "偽"  # type: ignore[union-attr]
        original.remove(original[2])
        return forged_root, forged_root[2], original

    def place(name: str, arrange: Callable[[etree._Element, etree._Element, etree._Element], object]) -> Attack:
        root, signature, original = evil()
        arrange(root, signature, original)
        return Attack(name, canonical_document(root), sig.NESTED_ENVELOPE)

    def xsw4(root: etree._Element, signature: etree._Element, original: etree._Element) -> None:
        original.append(signature)
        root[1].append(original)

    def xsw8(root: etree._Element, signature: etree._Element, original: etree._Element) -> None:
        etree.SubElement(signature, ds("Object")).append(original)

    yield place("xsw1", lambda r, s, o: s.append(o))
    yield place("xsw2", lambda r, s, o: s.addprevious(o))
    yield place("xsw3", lambda r, s, o: r.insert(0, o))
    yield place("xsw4", xsw4)
    yield place("xsw5", lambda r, s, o: r.append(o))
    yield place("xsw6", lambda r, s, o: s[2].append(o))
    yield place("xsw7", lambda r, s, o: etree.SubElement(r[1], "Extensions").append(o))
    yield place("xsw8", xsw8)
    whole = etree.fromstring(genuine)
    whole[1][0].append(etree.fromstring(genuine))
    yield Attack("nested-signed-envelope", canonical_document(whole), sig.NESTED_ENVELOPE)


def _partial(genuine: bytes, sender: Identity) -> Iterator[Attack]:
    root = etree.fromstring(genuine)
    root.append(deepcopy(root[2]))
    yield Attack("two-signatures", canonical_document(root), sig.SIGNATURE_DUPLICATE)
    root = etree.fromstring(genuine)
    root[1][0].append(deepcopy(root[2]))
    yield Attack("signature-also-in-body", canonical_document(root), sig.SIGNATURE_DUPLICATE)
    root = etree.fromstring(genuine)
    root.insert(0, root[2])
    yield Attack("signature-first", canonical_document(root), sig.SIGNATURE_ELSEWHERE)
    root = etree.fromstring(genuine)
    root[1].append(root[2])
    yield Attack("signature-in-body", canonical_document(root), sig.SIGNATURE_ELSEWHERE)
    root = etree.fromstring(genuine)
    root[1].append(deepcopy(root[2][0]))
    yield Attack("signed-info-in-body", canonical_document(root), sig.FOREIGN_SIGNATURE_PART)
    root = etree.fromstring(genuine)
    root.remove(root[2])
    yield Attack("unsigned", canonical_document(root), sig.SIGNATURE_MISSING)
    with_id = unsigned().replace(b"<Body>", b'<Body Id="b">')
    yield Attack("body-only-signed", forged(with_id, sender, Shape(uri=' URI="#b"')), sig.ATTRIBUTE)
    yield Attack("body-only-xpointer", forged(unsigned(), sender, Shape(uri=' URI="#xpointer(/)"')), sig.REFERENCE)
    yield Attack("reference-without-uri", forged(unsigned(), sender, Shape(uri="")), sig.REFERENCE)
    yield Attack("external-reference", forged(unsigned(), sender, Shape(uri=' URI="file:///etc/x"')), sig.REFERENCE)
    other_root = unsigned().replace(b"<Envelope ", b"<Umschlag ").replace(b"</Envelope>", b"</Umschlag>")
    yield Attack("other-root", forged(other_root, sender), sig.ENVELOPE)
    two_headers = unsigned().replace(b"<Body>", b"<Header></Header><Body>")
    yield Attack("two-headers", forged(two_headers, sender), sig.ENVELOPE)
    yield Attack("text-in-envelope", forged(unsigned().replace(b"<Body>", b"x<Body>"), sender), sig.ENVELOPE)
    two_senders = unsigned(header=f"<Sender>{OTHER}</Sender>")
    yield Attack("two-senders", forged(two_senders, sender), sig.ENVELOPE)


def _bytes(genuine: bytes) -> Iterator[Attack]:
    def put(name: str, old: str, new: str, code: Code) -> Attack:
        assert old.encode() in genuine
        return Attack(name, genuine.replace(old.encode(), new.encode(), 1), code)

    doctype = "\n<Envelope"
    yield put("comment-in-sender", "<Sender>住記", "<Sender>住<!--x-->記", sig.MARKUP)
    yield put("comment-in-digest", "<ds:DigestValue>", "<ds:DigestValue><!--x-->", sig.MARKUP)
    yield put("processing-instruction", "<Sender>住記", "<Sender>住<?x y?>記", sig.MARKUP)
    yield put("cdata", "<Sender>住記", "<Sender><![CDATA[住記]]>", sig.MARKUP)
    yield put("doctype", doctype, "\n<!DOCTYPE Envelope>" + doctype, sig.DOCTYPE)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield put("billion-laughs", doctype, f'\n<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>' + doctype, sig.DOCTYPE)
    external = '\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    yield put("external-entity", doctype, external + doctype, sig.DOCTYPE)
    yield put("external-dtd", doctype, '\n<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + doctype, sig.DOCTYPE)
    yield put("undeclared-entity", "<Sender>住記", "<Sender>&x;住記", sig.MALFORMED)
    yield put("character-reference", "<Sender>住記", "<Sender>&#x4F4F;記", sig.NOT_CANONICAL)
    yield put("relative-namespace", "urn:juki-hub:juki:1", "juki", sig.NAMESPACE)
    yield put("unused-relative-namespace", "<Header>", '<Header xmlns:x="y">', sig.NAMESPACE)
    yield put("unused-namespace", "<Header>", '<Header xmlns:x="urn:y">', sig.NOT_CANONICAL)
    yield put("xml-id", "<Header>", '<Header xml:id="h">', sig.ATTRIBUTE)
    yield put("xml-base", "<Header>", '<Header xml:base="http://127.0.0.1/">', sig.ATTRIBUTE)
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a http://127.0.0.1:9/a.xsd"'
    yield put("schema-location", "<Header>", f"<Header {xsi}>", sig.ATTRIBUTE)
    yield put("id-attribute", "<Header>", '<Header iD="h">', sig.ATTRIBUTE)
    yield put("qualified-id", "<Header>", '<Header xmlns:f="urn:f" f:Id="h">', sig.ATTRIBUTE)
    yield put("header-attribute", "<Header>", '<Header a="1">', sig.ENVELOPE)
    yield put("attribute-quotes", 'URI=""', "URI=''", sig.NOT_CANONICAL)
    yield put("empty-element-tag", "</ds:DigestMethod>", "</ds:DigestMethod >", sig.NOT_CANONICAL)
    yield put("carriage-return", "\n<Envelope", "\r\n<Envelope", sig.NOT_CANONICAL)
    yield Attack("trailing-newline", genuine + b"\n", sig.NOT_CANONICAL)
    yield Attack("truncated", genuine[:-20], sig.MALFORMED)
    yield Attack("empty", b"", sig.NOT_CANONICAL)
    yield put("changed-body", "中央本町", "中夬本町", sig.DIGEST_WRONG)
    yield put("changed-header", "<Type>T-1", "<Type>T-2", sig.DIGEST_WRONG)


def _encodings(genuine: bytes) -> Iterator[Attack]:
    def declared(encoding: str, body: bytes) -> bytes:
        return f'<?xml version="1.0" encoding="{encoding}"?>\n'.encode("ascii") + body

    text = genuine[len(DECLARATION) :].decode()
    yield Attack("utf-7", declared("UTF-7", text.encode("utf-7")), sig.ENCODING)
    yield Attack("utf-16", ('<?xml version="1.0" encoding="UTF-16"?>\n' + text).encode("utf-16"), sig.ENCODING)
    yield Attack("utf-16-without-mark", text.encode("utf-16-le"), sig.ENCODING)
    yield Attack("shift-jis", declared("Shift_JIS", text.encode("cp932")), sig.ENCODING)
    yield Attack("shift-jis-undeclared", DECLARATION + text.encode("cp932"), sig.ENCODING)
    yield Attack("euc-jp", declared("EUC-JP", text.encode("euc-jp")), sig.ENCODING)
    yield Attack("byte-order-mark", b"\xef\xbb\xbf" + genuine, sig.ENCODING)
    yield Attack("nul", genuine.replace(b"T-1", b"T\x001"), sig.ENCODING)
    yield Attack("no-declaration", text.encode(), sig.NOT_CANONICAL)
    yield Attack("standalone", genuine.replace(b"?>", b' standalone="no"?>', 1), sig.NOT_CANONICAL)


def _shapes(sender: Identity) -> Iterator[Attack]:
    """Genuine signatures of a registered sender in every shape that is not ours."""
    plain = Shape()
    enveloped, exclusive = plain.transforms

    def transform(uri: str, content: str = "") -> str:
        return f'<ds:Transform Algorithm="{uri}">{content}</ds:Transform>'

    xslt = '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"></x:stylesheet>'
    rows: tuple[tuple[str, Shape, Code], ...] = (
        ("inclusive-c14n", Shape(c14n=INCLUSIVE_C14N), sig.ALGORITHM),
        ("exclusive-c14n-with-comments", Shape(c14n=EXCLUSIVE_C14N + "WithComments"), sig.ALGORITHM),
        ("hmac", Shape(method="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), sig.ALGORITHM),
        ("hmac-sha1", Shape(method="http://www.w3.org/2000/09/xmldsig#hmac-sha1"), sig.ALGORITHM),
        ("ecdsa-sha1", Shape(method="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"), sig.ALGORITHM),
        ("rsa-method-with-ec-key", Shape(method=RSA), sig.ALGORITHM),
        ("digest-sha1", Shape(digest="http://www.w3.org/2000/09/xmldsig#sha1"), sig.ALGORITHM),
        ("no-transforms", Shape(transforms=()), sig.TRANSFORM),
        ("transforms-swapped", Shape(transforms=(exclusive, enveloped)), sig.TRANSFORM),
        ("transform-missing", Shape(transforms=(enveloped,)), sig.TRANSFORM),
        ("transform-extra", Shape(transforms=(enveloped, exclusive, exclusive)), sig.TRANSFORM),
        ("transform-inclusive", Shape(transforms=(enveloped, transform(INCLUSIVE_C14N))), sig.TRANSFORM),
        (
            "transform-xslt",
            Shape(transforms=(enveloped, transform("http://www.w3.org/TR/1999/REC-xslt-19991116", xslt))),
            sig.TRANSFORM,
        ),
        (
            "transform-xpath",
            Shape(
                transforms=(
                    enveloped,
                    transform("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>true()</ds:XPath>"),
                )
            ),
            sig.TRANSFORM,
        ),
        (
            "inclusive-namespaces",
            Shape(
                transforms=(
                    enveloped,
                    transform(
                        EXCLUSIVE_C14N,
                        f'<x:InclusiveNamespaces xmlns:x="{EXCLUSIVE_C14N}" PrefixList="ds"></x:InclusiveNamespaces>',
                    ),
                )
            ),
            sig.TRANSFORM,
        ),
        ("two-references", Shape(reference_again=True), sig.SIGNATURE_SHAPE),
        ("object", Shape(after_key_info="<ds:Object></ds:Object>"), sig.SIGNATURE_SHAPE),
        ("signature-attribute", Shape(attributes=' a="1"'), sig.SIGNATURE_SHAPE),
        ("signature-id", Shape(attributes=' Id="s"'), sig.ATTRIBUTE),
        (
            "key-value-only",
            Shape(key_info="<ds:KeyValue><ds:RSAKeyValue></ds:RSAKeyValue></ds:KeyValue>"),
            sig.KEY_INFO,
        ),
        ("key-name", Shape(key_info="<ds:KeyName>住記</ds:KeyName>"), sig.KEY_INFO),
        (
            "retrieval-method",
            Shape(key_info='<ds:RetrievalMethod URI="http://127.0.0.1:9/k"></ds:RetrievalMethod>'),
            sig.KEY_INFO,
        ),
        (
            "two-certificates",
            Shape(
                key_info="<ds:X509Data>" + "<ds:X509Certificate>CERTIFICATE</ds:X509Certificate>" * 2 + "</ds:X509Data>"
            ),
            sig.KEY_INFO,
        ),
        (
            "certificate-is-garbage",
            Shape(key_info="<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>"),
            crt.MALFORMED,
        ),
    )
    for name, shape, code in rows:
        yield Attack(name, forged(unsigned(), sender, shape), code)


def _edits(genuine: bytes) -> Iterator[Attack]:
    def edit(name: str, change: Callable[[etree._Element], object], code: Code) -> Attack:
        root = etree.fromstring(genuine)
        change(root[2])
        return Attack(name, canonical_document(root), code)

    def text(*path: int, value: Callable[[str], str]) -> Callable[[etree._Element], None]:
        def change(signature: etree._Element) -> None:
            node = signature
            for place in path:
                node = node[place]
            node.text = value(node.text or "")

        return change

    yield edit("two-signed-infos", lambda s: s.insert(0, deepcopy(s[0])), sig.SIGNATURE_SHAPE)
    yield edit("blank-in-signature-value", text(1, value=lambda v: v[:9] + "\n" + v[9:]), sig.BASE64)
    yield edit("blank-in-certificate", text(2, 0, 0, value=lambda v: v + "\n"), sig.BASE64)
    yield edit("blank-in-digest", text(0, 2, 2, value=lambda v: " " + v), sig.BASE64)
    yield edit("short-digest", text(0, 2, 2, value=lambda _: "AAAA"), sig.BASE64)
    yield edit("empty-signature-value", text(1, value=lambda _: ""), sig.BASE64)
    yield edit("short-signature-value", text(1, value=lambda _: "AAAA"), sig.SIGNATURE_WRONG)
    yield edit("zero-signature-value", text(1, value=lambda _: b64encode(bytes(64)).decode()), sig.SIGNATURE_WRONG)
    yield edit("element-in-digest", lambda s: etree.SubElement(s[0][2][2], ds("X")), sig.SIGNATURE_SHAPE)
    yield edit("blank-between-parts", text(value=lambda _: "\n"), sig.SIGNATURE_SHAPE)
    yield edit("digest-of-nothing", text(0, 2, 2, value=lambda _: b64encode(bytes(32)).decode()), sig.SIGNATURE_WRONG)


def _identities(genuine: bytes) -> Iterator[Attack]:
    other = testpki.endpoint(OTHER)
    stranger = testpki.endpoint("知らない接続先")
    foreign = Identity(other.key, testpki.authority("他の認証局").certificate)
    yield Attack("other-endpoints-certificate", sign(unsigned(), other.key, other.certificate), crt.OTHER_ENDPOINT)
    yield Attack("unregistered", sign(unsigned(), stranger.key, stranger.certificate), crt.UNREGISTERED)
    impostor = testpki.impostor(SENDER)
    yield Attack("certificate-of-a-false-ca", sign(unsigned(), impostor.key, impostor.certificate), crt.UNTRUSTED)
    yield Attack("attackers-ca-certificate", forged(unsigned(), foreign), crt.UNTRUSTED)
    swapped = etree.fromstring(genuine)
    swapped[2][2][0][0].text = b64encode(other.certificate.public_bytes(Encoding.DER)).decode()
    yield Attack("certificate-swapped", canonical_document(swapped), sig.SIGNATURE_WRONG)


def write_vectors(directory: Path) -> None:
    """Every attack as a file, with the CA, the registrations and the expected code in `manifest.json`."""
    from hub.edges.pki import write_certificates  # noqa: PLC0415 - only this command writes

    directory.mkdir(parents=True, exist_ok=True)
    for old in (*directory.glob("*.xml"), *directory.glob("*.pem"), directory / "manifest.json"):
        old.unlink(missing_ok=True)
    sender = testpki.endpoint(SENDER)
    good = {"accepted": sign(unsigned(), sender.key, sender.certificate), "accepted-forged": forged(unsigned(), sender)}
    good["accepted-default-prefix"] = forged(unsigned(), sender, replace(Shape(), prefix=""))
    found = {attack.name: (attack.raw, attack.code.id) for attack in attacks()}
    found |= {name: (raw, "accepted") for name, raw in good.items()}
    for name, (raw, _) in found.items():
        (directory / f"{name}.xml").write_bytes(raw)
    write_certificates(directory / "ca.pem", [testpki.authority().certificate])
    manifest = {
        "at": testpki.AT.isoformat(),
        "registrations": {code: [fingerprint(testpki.endpoint(code).certificate)] for code in (SENDER, OTHER)},
        "expected": {f"{name}.xml": code for name, (_, code) in sorted(found.items())},
    }
    (directory / "manifest.json").write_text(
        json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    write_vectors(Path(sys.argv[1]))
