"""The attacks of a demo: what a hostile, broken or mistaken endpoint would send, each with the one code that must refuse it.

The persons in them live in another invented town, not in the one that is played. Attackers here hold real keys of the
development home, so that an attack is refused for what it is and not merely for a bad signature.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from lxml import etree

from connectors.demo import contents
from connectors.demo.forgery import flipped_signature, with_changed_body, wrapped
from connectors.demo.places import DAY, OPENING, Settings
from connectors.demo.plan import ACCEPTED, DUPLICATE, REFUSED, Line
from connectors.demo.rules import CS_CLERK, CS_TERMINAL, LGWAN_CLERKS
from connectors.juki import subscriptions
from connectors.juki.messages import STATUTES, PlannedMessage, Planner
from connectors.juki.town import Town
from connectors.kit.compose import Draft, answer_payload, compose
from connectors.kit.identity import Identity
from connectors.kit.ids import new_id
from connectors.kit.operators import Automaton
from hub import envelope
from hub.codes import chk, crt, dup, idn, msg, opr, prv, rte, sig, xsd
from hub.errors import Code
from hub.messages import Answer, AnswerLine, Basis, Level, Operator, Submission
from hub.provisions.lawbook import Provisions

CORRECTION = "correction"
_OTHER_TOWN = 7_919  # added to the seed: the town of the attacks is never the town that is played


@dataclass(frozen=True, slots=True)
class Attack:
    """A submission with its line of the plan."""

    line: Line
    submission: Submission


class Attacker:
    """Makes the attacks of one demo, in the order in which they are to be sent. `identities` by (zone, endpoint)."""

    def __init__(
        self, settings: Settings, law: Provisions, identities: dict[tuple[str, str], Identity], stranger: Identity
    ) -> None:
        self._law = law
        self._identities = identities
        self._stranger = stranger
        self._seed = settings.seed
        self._full = settings.full
        self._numbers = 0
        town = Town(settings.seed + _OTHER_TOWN, 120, 160, DAY)
        planner = Planner(law, subscriptions.load(subscriptions.read_own(), law))
        messages = [one for event in town.events for one in planner.messages(event)]
        self._tax = next(one for one in messages if (one.type, one.recipient) == ("JK-CHG", "zei"))
        self._by_type = {one.type: one for one in reversed(messages) if one.build is not None}

    def attacks(self) -> Iterator[Attack]:
        """All of them. Each is made once; a resumed demo sends the same bytes again."""
        yield from self._repetitions()
        yield from self._signatures()
        yield from self._headers()
        yield from self._law_breakers()
        yield from self._contents()
        yield from self._connections()
        yield from self._of_others()
        yield from self._operators()
        yield from self._answers()
        yield from self._corrections(full=self._full)

    # --- the kinds ------------------------------------------------------------------------------------------------------

    def _repetitions(self) -> Iterator[Attack]:
        draft = self._draft(self._tax)
        honest = self._attack("honest", draft, None)
        yield honest
        yield Attack(replace(honest.line, outcome=DUPLICATE, effect="", attack="replay"), honest.submission)
        yield self._attack("honest-twin", self._draft(self._tax), None)
        yield self._attack(
            "same-id-other-bytes", replace(draft, created_at=draft.created_at + _SECOND), dup.OTHER_BYTES
        )

    def _signatures(self) -> Iterator[Attack]:
        for name, forge, code in (
            ("changed-after-signing", with_changed_body, sig.DIGEST_WRONG),
            ("signature-value-flipped", flipped_signature, sig.SIGNATURE_WRONG),
            ("signature-wrapping", wrapped, sig.NESTED_ENVELOPE),
            ("doctype", lambda raw: raw.replace(b"?>\n", b"?>\n<!DOCTYPE Envelope>", 1), sig.DOCTYPE),
            ("comment", lambda raw: raw.replace(b"<Body>", b"<Body><!-- -->", 1), sig.MARKUP),
            ("other-encoding", lambda raw: raw.replace(b'"UTF-8"', b'"UTF-7"', 1), sig.ENCODING),
            ("no-xml", lambda _: b"not XML at all", sig.NOT_CANONICAL),
            ("unsigned", _without_signature, sig.SIGNATURE_MISSING),
        ):
            yield self._forged(name, forge, code)
        draft = self._draft(self._tax)
        yield self._attack("stranger-certificate", draft, crt.UNTRUSTED, identity=self._stranger)
        department = self._identities["kikan", "課税課"]
        posing = replace(department, endpoint="juki")
        yield self._attack("other-endpoints-certificate", self._draft(self._tax), crt.OTHER_ENDPOINT, identity=posing)

    def _headers(self) -> Iterator[Attack]:
        draft, me = self._draft, self._identities["kikan", "juki"]
        tax = self._tax
        yield self._attack("other-tenant", draft(tax), rte.OTHER_BODY, identity=replace(me, tenant="131229"))
        wrong = replace(me, environment="test")
        yield self._attack("other-environment", draft(tax), msg.OTHER_ENVIRONMENT, identity=wrong)
        yield self._attack("from-the-future", replace(draft(tax), created_at=OPENING + _WEEK), msg.FROM_FUTURE)
        yield self._attack("stale", replace(draft(tax), created_at=OPENING - 2 * _WEEK), msg.STALE)
        expired = replace(draft(tax), created_at=OPENING - _HOUR, expires_at=OPENING - _SECOND)
        yield self._attack("expired", expired, msg.EXPIRED)
        yield self._attack("two-persons", replace(draft(tax), subjects=(_token(), _token())), msg.SUBJECTS)
        yield self._attack("number-as-subject", replace(draft(tax), subjects=("0" * 24,)), msg.SUBJECT_IS_NUMBER)
        yield self._attack("unknown-version", replace(draft(tax), version=9), xsd.UNKNOWN_TYPE)
        changed = self._attack("operator-exchanged", draft(tax), msg.OPERATOR_DIGEST)
        other = envelope.encode_operator(Automaton("juki").acting("X", "別の処理事由"))
        yield replace(changed, submission=replace(changed.submission, operator=other))
        nameless = self._attack("no-reason", draft(tax), msg.OPERATOR_FORM)
        blank = nameless.submission.operator.replace("試験".encode(), b"")
        yield replace(nameless, submission=replace(nameless.submission, operator=blank))

    def _law_breakers(self) -> Iterator[Attack]:
        for name, change, code in (
            ("no-such-row", {"item": "999"}, prv.UNKNOWN_ITEM),
            ("no-such-table", {"table": "betsu-hyou"}, prv.UNKNOWN_TABLE),
            ("annex-1-on-the-hub", {"table": "kou2", "item": "1"}, rte.ANNEX_1_ON_HUB),
            ("wrong-channel", {"table": "statutes", "item": "bangou-9-1"}, prv.WRONG_CHANNEL),
            ("unconfirmed-row", {"table": "beppyo", "item": "9"}, prv.ROW_NOT_CONFIRMED),
            ("row-of-another-department", {"table": "beppyo", "item": "44"}, prv.RECIPIENT_NOT_PARTY),
            ("wrong-affair", {"affair": "便宜のための事務"}, prv.WRONG_AFFAIR),
            ("wrong-information", {"information": "地方税関係情報"}, prv.WRONG_INFORMATION),
            ("wrong-legal-kind", {"kind": "提供"}, prv.WRONG_KIND),
        ):
            draft = self._draft(self._tax)
            claimed = replace(draft.basis, **change) if draft.basis else None
            yield self._attack(name, replace(draft, basis=claimed), code)

    def _contents(self) -> Iterator[Attack]:
        forbidden = self._payload(self._tax)
        _insert(forbidden, "備考", "区長の指示による")
        yield self._attack("forbidden-item", self._draft(self._tax, forbidden), prv.ITEM_NOT_ALLOWED)
        notice = self._by_type["MJ-OUT"]
        smuggled = self._payload(notice)
        _find(smuggled, "住所").text = f"足立区中央本町一丁目{contents.number()}"
        yield self._attack("number-smuggled-in-text", self._draft(notice, smuggled), idn.NUMBER_IN_TEXT)
        named = self._payload(notice)
        _insert(named, "個人番号", contents.number(), last=True)
        yield self._attack("number-on-number-free-flow", self._draft(notice, named), xsd.UNEXPECTED_ELEMENT)
        registration = self._by_type["AT-REG"]
        broken = self._payload(registration)
        _find(broken, "個人番号").text = _wrong(_find(broken, "個人番号").text or "")
        yield self._attack("wrong-check-digit", self._draft(registration, broken), chk.KOJIN_BANGOU)
        missing = self._payload(registration)
        missing.remove(_find(missing, "氏名"))
        yield self._attack("item-missing", self._draft(registration, missing), xsd.UNEXPECTED_ELEMENT)
        identification = self._by_type["HK-UPD"]
        wrong = self._payload(identification)
        _find(wrong, "住民票コード").text = _wrong(_find(wrong, "住民票コード").text or "")
        yield self._attack("wrong-resident-code", self._draft(identification, wrong), chk.JUUMINHYOU_CODE, "juki-net")

        certificate = self._draft(self._by_type["TS-CERT"])  # as drafted here it has no ExpiresAt (S22)
        cs = self._identities["juki-net", "cs"]
        yield self._attack("certificate-without-end", certificate, chk.EXPIRY, "juki-net", identity=cs)

    def _connections(self) -> Iterator[Attack]:
        """What the document forbids (X1-X11), each under the code of its rule; X7 is among the headers, X11 among the rows of law."""
        tax, update, me = self._tax, self._by_type["HK-UPD"], self._identities
        cs = me["juki-net", "cs"]

        def to(recipient: str, message: PlannedMessage) -> Draft:
            return replace(self._draft(message), recipient=recipient)

        yield self._attack("cs-to-atena", to("atena", update), rte.CS_AND_ATENA, "juki-net", identity=cs)
        yield self._attack("zei-to-cs", to("cs", tax), rte.CS_AND_JUKI_ONLY, identity=me["kikan", "zei"])
        yield self._attack("file-2-to-atena", to("atena", update), rte.FILES_AND_NETWORK)
        yield self._attack("juki-to-chukan", to("chukan", self._by_type["CK-DBM"]), rte.JUKI_AND_OUTSIDE)
        number = self._foreign("KS-NOTE", "juki-9-2", contents.notice_of_register(f"見本 {contents.number()}"))
        yield self._attack("number-from-the-register", number, rte.NUMBER_AND_REGISTER, identity=me["kikan", "koseki"])
        yield self._attack(
            "file-2-not-from-juki", to("juki", update), rte.FILES_FROM_JUKI_ONLY, "juki-net", identity=cs
        )
        yield self._attack("no-approved-route", self._draft(tax), rte.NOT_APPROVED, identity=me["kikan", "moj"])
        yield self._attack("juki-to-prefecture", to("to-sv", update), rte.INSIDE_OTHERS, "juki-net")
        yield self._attack("cs-in-the-other-zone", self._draft(update), rte.UNKNOWN_ENDPOINT)

    def _of_others(self) -> Iterator[Attack]:
        """What other systems than 住記 send, and must not send like that."""
        me = self._identities
        approval = contents.approval()
        approval.remove(_find(approval, "提供許可証番号"))
        unpermitted = self._foreign("CK-TKY", "bangou-19-8-shounin", approval)
        chukan = me["kikan", "chukan"]
        yield self._attack("provision-without-permit", unpermitted, xsd.UNEXPECTED_ELEMENT, identity=chukan)
        superset = self._foreign("CK-4R", "bangou-19-8-kaitou-4", contents.four_items("氏名"))
        yield self._attack("answer-beyond-the-question", superset, chk.NOT_ASKED)
        old = self._foreign("SN-FILE", "juki-24-shinsei", contents.filing("1", "2"))
        yield self._attack("filing-that-corrects-a-later-one", old, chk.VERSION_LINK, identity=me["kikan", "shinsei"])
        board = self._foreign("KK-CHG", "kk-gakumu", contents.change())
        if self._full:  # the ward has confirmed this row, for its one recipient
            board, code = replace(board, recipient="kodomo-nyuen"), prv.RECIPIENT_NOT_PARTY
        else:
            code = prv.ROW_NOT_CONFIRMED
        yield self._attack("education-without-its-row", board, code)

    def _operators(self) -> Iterator[Attack]:
        """Who may not act, or not from there or not like that (S4, S27, S28); but for who acts each message is in order."""
        me = self._identities
        shinsei, zei, cs = me["kikan", "shinsei"], me["kikan", "zei"], me["juki-net", "cs"]
        first, second = (self._foreign("SN-FILE", "juki-24-shinsei", contents.filing("2", "1")) for _ in range(2))
        enquiry = replace(self._foreign("CK-SKI", "bangou-19-8-shoukai", contents.enquiry()), recipient="atena")
        certificate = replace(self._draft(self._by_type["TS-CERT"]), expires_at=OPENING + _WEEK)
        for name, draft, sender, person, code in (
            ("terminal-not-on-the-lgwan", first, shinsei, _person(LGWAN_CLERKS[0], "T-101"), opr.LGWAN_TERMINAL),
            ("clerk-of-another-office", second, shinsei, _person("S4001", "LGWAN-01"), opr.STAFF),
            ("enquiry-from-any-terminal", enquiry, zei, _person("S7001", "T-700"), opr.TERMINAL),
            ("cs-without-biometrics", certificate, cs, _person(CS_CLERK, CS_TERMINAL), opr.AUTHENTICATION),
            ("shared-id", self._draft(self._tax), me["kikan", "juki"], _person("窓口共用", "T-101"), opr.SHARED_ID),
        ):
            yield self._attack(name, draft, code, sender.zone, identity=sender, operator=person)

    def _answers(self) -> Iterator[Attack]:
        department = self._identities["kikan", "課税課"]
        unknown = AnswerLine(new_id(OPENING, secrets.token_bytes(10)), "0" * 64, Level.PARTNER_CONFIRMED)
        other_log = Answer("juki-hub/131211/elsewhere", 1, "A" * 43 + "=", (unknown,))
        yield self._answer("answer-of-another-log", other_log, msg.ANSWER_CHECKPOINT, department)

    def _corrections(self, *, full: bool) -> Iterator[Attack]:
        draft = self._draft(self._tax)
        never_sent = new_id(OPENING, secrets.token_bytes(10))
        yield self._attack("corrects-nothing", replace(draft, corrects=never_sent), msg.CORRECTS_NOTHING)
        if full:  # an honest one, of which `persons` shows who may not let it go, and who may (S33)
            first = self._draft(self._tax)
            yield self._attack("to-be-corrected", first, None)
            corrected = replace(self._draft(self._tax), corrects=first.message_id, subjects=first.subjects)
            yield self._attack(CORRECTION, corrected, None)

    # --- making one -----------------------------------------------------------------------------------------------------

    def _answer(self, name: str, answer: Answer, code: Code, identity: Identity) -> Attack:
        tax = self._draft(self._tax)
        draft = replace(
            tax, type="ANSWER", recipient="juki", basis=None, subjects=(), payload=answer_payload(answer), flow="ANSWER"
        )
        return self._attack(name, draft, code, identity=identity)

    def _attack(
        self,
        name: str,
        draft: Draft,
        code: Code | None,
        zone: str = "kikan",
        identity: Identity | None = None,
        operator: Operator | None = None,
    ) -> Attack:
        sender = identity or self._identities[zone, "juki"]
        # The sender's own process acts, or the hub would refuse who acts before it came to the attack (operators.yaml).
        acting = operator or Automaton(sender.endpoint).acting("TEST", "試験")
        line = Line(
            message=draft.message_id,
            flow=draft.flow,
            zone=zone,
            sender=sender.endpoint,
            recipient=draft.recipient,
            type=draft.type,
            outcome=ACCEPTED if code is None else REFUSED,
            code=code.id if code else "",
            effect="confirmed" if code is None else "",
            attack=name,
        )
        return Attack(line, compose(replace(draft, operator=acting), sender))

    def _forged(self, name: str, forge: Callable[[bytes], bytes], code: Code) -> Attack:
        attack = self._attack(name, self._draft(self._tax), code)
        return replace(attack, submission=replace(attack.submission, raw=forge(attack.submission.raw)))

    def _draft(self, message: PlannedMessage, payload: etree._Element | None = None) -> Draft:
        self._numbers += 1
        moment = _at(self._numbers)
        id_ = new_id(moment, hashlib.sha256(f"attack {self._seed} {self._numbers}".encode()).digest())
        return Draft(
            flow=message.flow,
            type=message.type,
            version=1,
            recipient=message.recipient,
            basis=Basis(**asdict(message.basis)),
            subjects=(_token(),),
            payload=self._payload(message) if payload is None else payload,
            created_at=moment,
            conversation_id=id_,
            message_id=id_,
            operator=Automaton("juki").acting("TEST", "試験"),
        )

    def _foreign(self, type_: str, item: str, payload: etree._Element) -> Draft:
        """A message of a type that 住記 does not send, or not on an ordinary day, to the one recipient of its row."""
        row = self._law.rows[STATUTES, item]
        claimed = Basis(row.kind.value, STATUTES, item, row.affair, row.information)
        return replace(
            self._draft(self._tax, payload), flow=row.flow, type=type_, recipient=row.recipients[0], basis=claimed
        )

    def _payload(self, message: PlannedMessage) -> etree._Element:
        payload = message.payload()
        if payload is None:
            raise ValueError("a message without a payload of its own")
        return deepcopy(payload)


_SECOND, _HOUR, _WEEK = timedelta(seconds=1), timedelta(hours=1), timedelta(days=7)


def _at(number: int) -> datetime:
    return OPENING + timedelta(seconds=number)


def _person(staff: str, terminal: str) -> Operator:
    """Somebody who logged in by a password and a token."""
    return replace(
        Automaton("").acting("TEST", "試験"), staff=staff, terminal=terminal, authentication="password+token"
    )


def _token() -> str:
    """A Subject as a connector would make it, for nobody: it begins with a letter, so it never looks like a number."""
    return "x" + secrets.token_urlsafe(21).replace("-", "m").replace("_", "u")


def _wrong(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def _find(payload: etree._Element, name: str) -> etree._Element:
    found = next((one for one in payload.iter() if etree.QName(one).localname == name), None)
    if found is None:
        raise ValueError(f"the payload has no {name}")
    return found


def _insert(payload: etree._Element, name: str, text: str, *, last: bool = False) -> None:
    """A new item in its place: 備考 stands after 抑止フラグ in the schema's order."""
    child = etree.Element(f"{{{etree.QName(payload).namespace}}}{name}")
    child.text = text
    if last:
        payload.append(child)
    else:
        _find(payload, "抑止フラグ").addnext(child)


def _without_signature(raw: bytes) -> bytes:
    start = raw.index(b"<ds:Signature") if b"<ds:Signature" in raw else raw.index(b"<Signature")
    return raw[:start] + b"</Envelope>"
