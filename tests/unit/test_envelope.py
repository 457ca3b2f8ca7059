"""hub.envelope: the vectors of docs/spec/message.md derived again from the specification alone, and round trips.

The first half uses hashlib, hmac, json and lxml and nothing of the hub; the second half is about the hub's own code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub import envelope, xmlsig
from hub.codes import msg
from hub.edges import resources
from hub.errors import Refused
from hub.messages import Answer, AnswerLine, Basis, Header, Level, Operator
from hub.schemas import Schemas
from tests import testpki
from tests.samples import tree
from tests.vectors.message import generate

FOLDER = Path(__file__).parents[1] / "vectors" / "message"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
EXCHANGE = "{urn:juki-hub:exchange:1}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def jcs(value: object) -> bytes:
    """RFC 8785 where all keys are ASCII and nothing is a number."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def exclusive(xml: str) -> bytes:
    """Exclusive C14N without comments, of a document given as text."""
    return etree.tostring(etree.fromstring(xml.encode()), method="c14n", exclusive=True, with_comments=False)


# --- vectors ----------------------------------------------------------------------------------------------------------


class TestVectors:
    @pytest.mark.parametrize("name", sorted(generate.files()))
    def test_are_what_the_code_writes_today(self, name: str) -> None:
        """Formats are frozen: whoever changes these files needs an ADR that names the price."""
        assert (FOLDER / name).read_text("utf-8") == generate.files()[name]

    @pytest.mark.parametrize("vector", load("operator.json"))
    def test_operator_digest_is_sha256_of_salt_and_the_rest(self, vector: dict[str, str]) -> None:
        """Section 5: canonical JSON of exactly eight strings; the digest leaves the salt out and puts it in front."""
        members = json.loads(vector["operator"])
        salt = base64.b64decode(members["salt"])

        rest = {name: text for name, text in members.items() if name != "salt"}

        assert jcs(members) == vector["operator"].encode()
        assert sorted(members) == (
            "authentication company department reason reason_code salt staff terminal".split()  # noqa: SIM905 - as printed
        )
        assert len(salt) == 32
        assert hashlib.sha256(salt + jcs(rest)).hexdigest() == vector["digest"]

    @pytest.mark.parametrize("vector", load("subject.json"))
    def test_subject_is_a_keyed_digest_of_recipient_and_person(self, vector: dict[str, str]) -> None:
        """Section 4: base64url of HMAC-SHA256(K, recipient 0x00 宛名番号), cut to 16 bytes, without padding."""
        said = vector["recipient"].encode() + b"\0" + vector["atena_bangou"].encode()

        token = base64.urlsafe_b64encode(hmac.digest(bytes.fromhex(vector["key"]), said, "sha256")[:16])

        assert token.decode().rstrip("=") == vector["subject"]

    @pytest.mark.parametrize("vector", load("lane.json"))
    def test_lane_is_a_keyed_digest_of_recipient_and_subject(self, vector: dict[str, str]) -> None:
        """Section 4: the first 16 bytes of HMAC-SHA256(K, JCS([recipient, subject]))."""
        place = jcs([vector["recipient"], vector["subject"]])

        assert hmac.digest(bytes.fromhex(vector["key"]), place, "sha256")[:16].hex() == vector["lane"]

    def test_frames_of_parts_are_a_length_their_json_and_the_bytes(self) -> None:
        """Section 6, and broker.md section 4."""
        whole = hashlib.sha256(bytes(1048576) + b"end").hexdigest()
        message = hashlib.sha256(b"<Envelope/>").hexdigest()
        part = jcs({"message": message, "position": 1, "sha256": whole, "size": 1048579})
        piece = jcs({"id": "q1", "position": 1})
        fetch = jcs({"id": "q1", "index": 7, "positions": [1], "sha256": whole})
        made = {
            "part": len(part).to_bytes(4, "big") + part + b"end",
            "fetch": fetch,
            "piece": len(piece).to_bytes(4, "big") + piece + b"end",
        }

        assert {one["kind"]: bytes.fromhex(one["frame"]) for one in load("part.json")} == made

    @pytest.mark.parametrize("vector", load("envelope.json"), ids=lambda vector: str(vector["name"]))
    def test_envelope_is_declaration_and_exclusive_c14n(self, vector: dict[str, str]) -> None:
        """Sections 1 and 2: the bytes are their own canonical form, and DigestValue is SHA-256 of it without declaration."""
        declaration, body = vector["unsigned"][: len(DECLARATION)], vector["unsigned"][len(DECLARATION) :]
        digest = hashlib.sha256(body.encode())

        assert declaration == DECLARATION
        assert exclusive(vector["unsigned"]) == body.encode()
        assert digest.hexdigest() == vector["c14n_sha256"]
        assert base64.b64encode(digest.digest()).decode() == vector["digest_value"]

    @pytest.mark.parametrize("vector", load("envelope.json"), ids=lambda vector: str(vector["name"]))
    def test_header_has_the_children_of_the_specification_in_order(self, vector: dict[str, str]) -> None:
        """Section 1: every name of the table at most where it stands there; the full vector has them all."""
        names = [str(child.tag).removeprefix(EXCHANGE) for child in etree.fromstring(vector["unsigned"].encode())[0]]
        once = list(dict.fromkeys(names))

        assert once == [name for name in _names_of_the_specification() if name in once]
        if vector["name"] == "full":
            assert once == _names_of_the_specification()


def _names_of_the_specification() -> list[str]:
    """The names of the table "Children of Header" of docs/spec/message.md, in its order."""
    page = (Path(__file__).parents[2] / "docs" / "spec" / "message.md").read_text("utf-8")
    table = page.partition("Children of `Header`")[2].partition("\n**Body**")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [name.strip(" `") for cell in cells for name in cell.split(",")]


# --- header -----------------------------------------------------------------------------------------------------------

PLAIN, FULL, REPLY = generate.PLAIN, generate.FULL, generate.REPLY
HEADERS = pytest.mark.parametrize("header", [PLAIN, FULL, REPLY], ids=["plain", "full", "answer"])
#: What XML 1.0 can carry and canonical form keeps: no control characters, no surrogates, no carriage return.
TEXT = st.text(st.characters(min_codepoint=0x20, exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas.load(resources.xsd_files())


class TestHeader:
    @HEADERS
    def test_comes_back_as_it_was_built(self, header: Header) -> None:
        """Building, writing, reading and parsing changes no field."""
        written = etree.tostring(envelope.build(header, tree("AT-REG")), encoding="UTF-8")

        assert envelope.parse_header(etree.fromstring(written)) == header

    @HEADERS
    def test_keeps_the_envelope_schema(self, header: Header, schemas: Schemas) -> None:
        """What is built from any header with sensible values is valid before it is signed."""
        schemas.validate_envelope(envelope.build(header, tree("AT-REG")))

    @HEADERS
    def test_can_be_signed_and_passes_the_pre_check(self, header: Header) -> None:
        """No attribute of a header is one that the pre-check refuses (HUB-SIG-008), a batch's neither."""
        pair = testpki.endpoint("juki")

        raw = xmlsig.sign(envelope.build(header, tree("AT-REG")), pair.key, pair.certificate)

        assert envelope.parse_header(xmlsig.precheck(raw).root) == header

    def test_signature_carries_the_digest_of_the_vector(self) -> None:
        """DigestValue of a signed vector is the vector's digest: the signature itself is left out of what is signed."""
        pair = testpki.endpoint("juki")
        for vector in load("envelope.json"):
            signed = xmlsig.sign(vector["unsigned"].encode(), pair.key, pair.certificate)

            assert etree.fromstring(signed).findtext(f".//{DS}DigestValue") == vector["digest_value"]

    @given(TEXT, TEXT)
    @settings(max_examples=50)
    def test_free_text_of_the_basis_comes_back(self, affair: str, information: str) -> None:
        """Affair and information are quoted as printed, whatever signs they hold."""
        header = replace(PLAIN, basis=Basis("移転", "beppyo", "24", affair, information))

        written = etree.tostring(envelope.build(header, tree("AT-REG")), encoding="UTF-8")

        assert envelope.parse_header(etree.fromstring(written)) == header

    def test_payload_is_the_one_child_of_the_body(self) -> None:
        """What goes in as payload is what `payload_of` gives."""
        root = envelope.build(PLAIN, tree("AT-REG"))

        assert envelope.payload_of(root).tag == "{urn:juki-hub:atena:1}宛名登録"

    def test_missing_element_is_a_value_error(self) -> None:
        """A header that did not keep its schema is not believed."""
        root = envelope.build(PLAIN, tree("AT-REG"))
        root[0].remove(root[0][0])

        with pytest.raises(ValueError, match="Tenant is missing"):
            envelope.parse_header(root)

    @pytest.mark.parametrize(
        "text", ["2026-13-01T00:00:00.000Z", "2026-04-01T00:15:00Z", "2026-04-01T00:15:00.000+09:00"]
    )
    def test_other_times_are_value_errors(self, text: str) -> None:
        """One spelling of a time, and only times that exist."""
        root = envelope.build(PLAIN, tree("AT-REG"))
        created = root[0].find(f"{EXCHANGE}CreatedAt")
        assert created is not None
        created.text = text

        with pytest.raises(ValueError):  # noqa: PT011 - any of them; `read` makes one code of it
            envelope.parse_header(root)


class TestFormatTime:
    def test_milliseconds_are_cut(self) -> None:
        """A time is never written later than it was."""
        assert envelope.format_time(datetime(2026, 4, 1, 0, 0, 0, 999999, UTC)) == "2026-04-01T00:00:00.999Z"

    def test_is_utc(self) -> None:
        """A Japanese time is written as UTC."""
        japan = timezone(timedelta(hours=9))
        assert envelope.format_time(datetime(2026, 4, 1, 9, 15, tzinfo=japan)) == "2026-04-01T00:15:00.000Z"


# --- answer -----------------------------------------------------------------------------------------------------------


class TestAnswer:
    def test_comes_back_as_it_was_built(self) -> None:
        """Checkpoint, levels and codes survive writing and reading."""
        written = etree.tostring(envelope.build_answer(generate.ANSWER))

        assert envelope.parse_answer(etree.fromstring(written)) == generate.ANSWER

    def test_keeps_the_schema_with_a_thousand_lines(self, schemas: Schemas) -> None:
        """1,000 lines are valid and one more is refused."""
        line = AnswerLine(generate.FIRST, "0" * 64, Level.CONNECTOR_ACCEPTED)
        full = Answer("juki-hub/131211/kikan", 1, "A" * 43 + "=", (line,) * 1000)

        schemas.validate_envelope(envelope.build(REPLY, envelope.build_answer(full)))
        with pytest.raises(Refused):
            schemas.validate_envelope(envelope.build(REPLY, envelope.build_answer(replace(full, lines=(line,) * 1001))))


# --- observation ------------------------------------------------------------------------------------------------------


class TestObservation:
    @pytest.mark.parametrize("code", ["", "HUB-DOM-001"])
    def test_comes_back_as_it_was_built(self, code: str, schemas: Schemas) -> None:
        """Flow, counterpart, time, evidence and code survive writing and reading, under the schema."""
        said = replace(generate.OBSERVATION, code=code)
        root = envelope.build(generate.SEEN, envelope.build_observation(said))

        schemas.validate_envelope(root)
        assert envelope.parse_observation(envelope.payload_of(root)) == said


# --- operator part ----------------------------------------------------------------------------------------------------

OPERATOR = generate.OPERATOR
SURROGATES: Final[tuple[Literal["Cs"]]] = ("Cs",)
WORD = st.text(st.characters(exclude_categories=SURROGATES), min_size=1, max_size=20).filter(str.strip)


class TestOperator:
    @given(
        st.builds(Operator, WORD, WORD, WORD, WORD, WORD, WORD, st.binary(min_size=32, max_size=32), st.none() | WORD)
    )
    @settings(max_examples=50)
    def test_comes_back_as_it_was_encoded(self, operator: Operator) -> None:
        """Whatever the words are."""
        assert envelope.parse_operator(envelope.encode_operator(operator)) == operator

    def test_digest_depends_on_the_salt(self) -> None:
        """The same person and reason cannot be guessed from two digests."""
        other = replace(OPERATOR, salt=bytes(32))

        assert envelope.operator_digest(other) != envelope.operator_digest(OPERATOR)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("reason", ""),
            ("reason", "　"),
            ("staff", 42),
            ("terminal", None),
            ("salt", ""),
            ("salt", "QUJD"),
            ("salt", "塩" * 44),
            ("salt", "A" * 42 + "B="),  # another spelling of 32 zero bytes
            ("salt", "A" * 43 + "=\n"),
        ],
    )
    def test_bad_value_is_refused_by_the_name_of_its_member(self, name: str, value: object) -> None:
        """HUB-MSG-007 names the member and never its value."""
        members = {**json.loads(envelope.encode_operator(OPERATOR)), name: value}

        with pytest.raises(Refused) as refusal:
            envelope.parse_operator(jcs(members))

        assert refusal.value.code is msg.OPERATOR_FORM
        assert refusal.value.facts == {"member": name}

    def test_company_may_be_empty_and_is_none_then(self) -> None:
        """Nobody's company is the empty text."""
        assert envelope.parse_operator(envelope.encode_operator(OPERATOR)).company is None

    @pytest.mark.parametrize(
        "change", ["missing", "extra", "spaces", "order", "size", "not json", "not an object", "twice"]
    )
    def test_other_form_is_refused(self, change: str) -> None:
        """Exactly eight members in canonical form, and at most 4096 bytes."""
        members = json.loads(envelope.encode_operator(OPERATOR))
        forms = {
            "missing": jcs({name: text for name, text in members.items() if name != "company"}),
            "extra": jcs({**members, "note": "x"}),
            "spaces": json.dumps(members, ensure_ascii=False, sort_keys=True).encode(),
            "order": json.dumps(dict(reversed(members.items())), ensure_ascii=False, separators=(",", ":")).encode(),
            "size": jcs({**members, "reason": "長" * 4096}),
            "not json": b"\xff",
            "not an object": b"[]",
            "twice": jcs(members)[:-1] + b',"terminal":"T-118"}',
        }

        with pytest.raises(Refused) as refusal:
            envelope.parse_operator(forms[change])

        assert refusal.value.code is msg.OPERATOR_FORM
