"""`hub sign`, `submit`, `inbox`, `answer`, `verify`: one message by hand, for integrators and for the curious."""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, cast

import typer

from hub.app import attaching, endpoints, inboxes, law
from hub.app.asking import ask, asking
from hub.app.claiming import only_row
from hub.app.confirmations import confirmed_provisions
from hub.app.endpoints import Letter, operator_file
from hub.app.evidence import open_archive
from hub.app.opening import OpenHome, read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.app.serving import recorded_json
from hub.calendar import jst_day
from hub.cli import forms
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker, writable
from hub.cli.output import Speaker
from hub.codes import catalogue, cfg, cli, xsd
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.envelope import SALT_BYTES
from hub.errors import IntegrityError, Misconfigured, Refused
from hub.framing import Message
from hub.messages import AnswerLine, Level, Operator, Submission
from hub.provisions.model import RowKey

ReasonOption = Annotated[str, typer.Option("--reason", help="処理事由(S6)/ why; must not be empty")]


def sign(
    body: Annotated[Path, typer.Argument(help="電文の中身(XML)/ the payload")],
    as_: Annotated[str, typer.Option("--as", help="送信する接続先 / the sending endpoint")],
    to: Annotated[str, typer.Option("--to", help="宛先の接続先 / the recipient")],
    type_: Annotated[str, typer.Option("--type", help="種別(例 AT-REG)/ message type")],
    output: Annotated[Path, typer.Option("-o", "--output", help="署名した電文 / the signed message")],
    table: Annotated[
        str | None, typer.Option("--table", help="根拠の表(項だけなら statutes)/ table of law, else statutes")
    ] = None,
    item: Annotated[
        str | None, typer.Option("--item", help="根拠の項(一つに決まるなら省略可)/ item; not needed where one row fits")
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option("--subject", help="対象者の符号(省略時は新しく作る、複数可)/ opaque token; may be repeated"),
    ] = None,
    version: Annotated[int, typer.Option("--type-version", min=1, help="種別の版 / version of the type")] = 1,
    expires: Annotated[
        str | None, typer.Option("--expires", help="この日時まで(時差つき)/ not after this time, with its zone")
    ] = None,
    corrects: Annotated[
        str | None, typer.Option("--corrects", help="訂正する電文の MessageId / the message that this corrects")
    ] = None,
    conversation: Annotated[
        str | None, typer.Option("--conversation", help="会話の ConversationId(省略時は新しい会話)/ else a new one")
    ] = None,
    in_reply_to: Annotated[
        str | None, typer.Option("--in-reply-to", help="応える電文の MessageId / the message that this follows from")
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option(
            "--attach",
            metavar="FILE[;type=MEDIA/TYPE]",
            help="添付するファイル(複数可、種類は名前から)/ a file beside the message; may be repeated",
        ),
    ] = None,
    reason: ReasonOption = "手作業による送信",
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """中身に署名し、電文と操作者情報を書き出す / sign a payload; writes the message and its operator part."""

    def work(say: Speaker) -> None:
        line = law.message_types().get((type_, version))
        if line is None:
            raise Misconfigured(xsd.UNKNOWN_TYPE, type=type_[:40], version=version)
        if in_reply_to is not None and conversation is None:
            expected = say.text(
                "応える電文の ConversationId", "the ConversationId of the message that this follows from"
            )
            raise Misconfigured(cli.MISSING, option="--conversation", expected=expected)
        persons = forms.subjects(subject or [endpoints.fresh_subject()], type_, several=line.multi_subject)
        letter = Letter(
            *(as_, to, type_, version, table or "statutes", item or "", persons[0], _operator(reason)),
            expires_at=forms.moment(expires, "--expires"),
            corrects=forms.message_id(corrects, "--corrects"),
            conversation=forms.message_id(conversation, "--conversation"),
            in_reply_to=forms.message_id(in_reply_to, "--in-reply-to"),
            others=persons[1:],
            attachments=attaching.declared([attaching.given(text) for text in attach or []]),
        )
        writable(output)
        message_id, submission, row = _signed(HomePaths(say.home), letter, _read(body), table)
        atomic_write(output, submission.raw)
        atomic_write(operator_file(output), submission.operator)
        digest = hashlib.sha256(submission.raw).hexdigest()
        basis = "/".join(row)
        said = say.text(
            f"署名しました: {message_id}\n根拠 {basis}\n{output}", f"Signed {message_id}\nclaims {basis}\n{output}"
        )
        say.say({"message": message_id, "digest": digest, "file": str(output), "basis": basis}, lambda: said)

    reporting(work, speaker(home, json, lang))


def submit(
    file: Annotated[Path, typer.Argument(help="署名した電文 / a signed message")],
    attach: Annotated[
        list[Path] | None,
        typer.Option("--attach", help="署名した添付(複数可)/ a file that the message signs; may be repeated"),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """電文を差し出し、受領証を得る(0 受理、3 拒否)/ submit a message (0 accepted, 3 refused)."""

    def work(say: Speaker) -> None:
        operator = operator_file(file)
        submission = Submission(_read(file), _read(operator) if operator.exists() else b"", f"local:uid{os.getuid()}")
        receipt = _submit(say.home, submission, attach or [])
        word = say.text("受理", "accepted") if receipt["permit"] else say.text("拒否", "refused")
        again = say.text("(すでに受け付けたもの)", " (already known)") if receipt["repeated"] else ""
        why = _meaning(receipt, say)
        human = "\n    ".join([f"{word}{again} {receipt['code']} #{receipt['index']}", *why])
        say.say({**receipt, "text": "".join(why[:1])}, lambda: f"{human}\n\n{receipt['receipt']}")
        if not receipt["permit"]:
            raise typer.Exit(Refused.exit_code)

    reporting(work, speaker(home, json, lang))


def inbox(
    endpoint: Annotated[str, typer.Argument(help="接続先 / endpoint")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="電文と証印を書き出す場所 / write messages and stamps here")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """接続先に渡せる電文を見る(中身は見せない)/ what an endpoint could be handed; contents are not shown."""

    def work(say: Speaker) -> None:
        with asking(say.home, _inbox_or_part) as one:
            reply = one({"op": "inbox", "endpoint": endpoint, "whole": output is not None})
            rows, more = cast(list[dict[str, object]], reply["messages"]), reply["more"]
            if output is not None:
                output.mkdir(parents=True, exist_ok=True, mode=0o700)
                for row in rows:
                    atomic_write(output / f"{row['message']}.xml", base64.b64decode(str(row.pop("xml"))))
                    atomic_write(output / f"{row['message']}.stamp", str(row.pop("stamp")).encode("utf-8"))
                    if names := attaching.save(one, endpoint, row, output):
                        row["files"] = names
        lines = [_line(row, say) for row in rows]
        if more:
            lines.append(say.text(f"ほかに {more} 件あります。", f"And {more} more."))
        empty = say.text("受信箱は空です。", "The inbox is empty.")
        say.say({"endpoint": endpoint, "messages": rows, "more": more}, lambda: "\n".join(lines) or empty)

    reporting(work, speaker(home, json, lang))


def answer(
    endpoint: Annotated[str, typer.Argument(help="接続先 / endpoint")],
    message: Annotated[str, typer.Argument(help="MessageId")],
    reject: Annotated[str, typer.Option("--reject", help="却下の業務コード / domain code of a rejection")] = "",
    reason: ReasonOption = "手作業による回答",
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """受け取った電文に署名して回答する / sign and submit the answer to a delivery."""

    def work(say: Speaker) -> None:
        level = Level.REJECTED if reject else Level.PARTNER_CONFIRMED
        told = ask(say.home, {"op": "delivery", "endpoint": endpoint, "message": message}, inboxes.answer)
        line = AnswerLine(message, str(told["digest"]), level, reject)
        seen, now = str(told["checkpoint"]), SystemClock().now()
        paths, to = HomePaths(say.home), str(told["sender"])
        receipt = _submit(say.home, endpoints.sign_answer(paths, endpoint, to, line, _operator(reason), seen, now))
        said = say.text("回答しました", "Answered") if receipt["permit"] else receipt["code"]
        why = _meaning(receipt, say)
        human = "\n    ".join([f"{said} #{receipt['index']}", *why])
        say.say({**receipt, "text": "".join(why[:1])}, lambda: human)
        if not receipt["permit"]:
            raise typer.Exit(Refused.exit_code)

    reporting(work, speaker(home, json, lang))


def verify(
    file: Annotated[Path, typer.Argument(help="受け取った電文 / the message as received")],
    stamp: Annotated[Path, typer.Option("--stamp", help="証印 / its stamp")],
    as_: Annotated[str, typer.Option("--as", help="受け取った接続先 / the receiving endpoint")],
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="前に確かめたチェックポイント / the last one believed")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """受け手として電文と証印を確かめる(0 正常、4 異常)/ check a delivery as its recipient would (0 or 4)."""

    def work(say: Speaker) -> None:
        paths = HomePaths(say.home)
        root = read_text(paths.root_verifier, cfg.MISSING_FILE).strip()
        keys = read_text(paths.key_list, cfg.MISSING_FILE)
        try:
            parts = endpoints.verify_delivery(
                paths, root, keys, _read(file), read_text(stamp), as_, SystemClock().now()
            )
        except Refused as refusal:
            raise IntegrityError(refusal.code, **refusal.facts) from None
        header, proof, trust, claim = parts
        last = None if checkpoint is None else trust.remembered(read_text(checkpoint))
        with open_archive(say.home) as archive:
            seen = endpoints.believe(proof, claim, trust, last, archive)
        result = {"verified": True, "message": header.message_id, "index": proof.index, "size": seen.size}
        said = say.text("確かめました", "Verified")
        say.say(result, lambda: f"{said}: {header.message_id} #{proof.index}")

    reporting(work, speaker(home, json, lang))


def _signed(paths: HomePaths, letter: Letter, body: bytes, table: str | None) -> tuple[str, Submission, RowKey]:
    """Id, signed message and the row that it claims: the one that was named, else the only one that fits."""
    now = SystemClock().now()
    provisions = confirmed_provisions(paths.root, law.load_provisions())
    if not letter.item:
        config = read_config(paths)
        routes = law.zone_routes(read_text(paths.routing, cfg.MISSING_FILE), "routing.yaml", config, provisions)
        way = (letter.sender, letter.recipient, letter.type, letter.version)
        row = only_row(routes, provisions, way, jst_day(now), table)
        letter = replace(letter, table=row.table, item=row.item)
    message_id, submission = endpoints.sign(paths, letter, body, provisions, now)
    return message_id, submission, (letter.table, letter.item)


def _meaning(receipt: Message, say: Speaker) -> tuple[str, ...]:
    """What the code of a refusal says, with what explains it where the owner knows that, and what to do."""
    known, facts = catalogue().get(str(receipt["code"])), receipt.get("facts")
    if known is None:
        return ()
    told = (
        {name: fact for name, fact in facts.items() if isinstance(fact, str | int)} if isinstance(facts, dict) else {}
    )
    return known.told(told, say.lang), f"→ {say.text(known.remedy_ja, known.remedy_en)}"


def _line(row: Message, say: Speaker) -> str:
    """One message of an inbox."""
    attached = row.get("attachments")
    count = len(attached) if isinstance(attached, list) else 0
    beside = say.text(f" 添付 {count}", f" {count} attached") if count else ""
    return f"{row['message']}  {row['type']:<8} {row['sender']} #{row['index']} {row['bytes']} B{beside}"


def _inbox_or_part(home: OpenHome, request: Message) -> Message:
    return attaching.answer(home, request) if request["op"] == "handed" else inboxes.answer(home, request)


def _submit(home: Path, submission: Submission, files: Sequence[Path] = ()) -> Message:
    encoded = {
        "xml": base64.b64encode(submission.raw).decode("ascii"),
        "operator": base64.b64encode(submission.operator).decode("ascii"),
    }

    def answer(opened: OpenHome, request: Message) -> Message:
        if request["op"] == "part":
            return attaching.answer(opened, request)
        return recorded_json(opened.intake.take([submission]).recorded[0])

    with asking(home, answer) as one:
        attaching.send(one, submission.raw, files)
        return one({"op": "submit", **encoded})


def _operator(reason: str) -> Operator:
    user = getpass.getuser()
    return Operator(
        staff=user,
        department="CLI",
        terminal=os.uname().nodename,
        reason_code="MANUAL",
        reason=reason,
        authentication="os-login",
        salt=secrets.token_bytes(SALT_BYTES),
    )


def _read(path: Path) -> bytes:
    return read_file(path, cli.FILE_UNREADABLE)
