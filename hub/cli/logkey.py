"""`hub log key`: another key for the log, asked for by the house, signed by the offline root, taken by the house and its endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.app import succession
from hub.app.counting import Others
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.app.succession import Taken
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker, writable
from hub.cli.output import Speaker
from hub.codes import cli
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.edges.signer import load_log_key
from hub.edges.timestamps import Authority
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.cosignature import Cosigner
from hub.exchangelog.keylist import OPEN
from hub.exchangelog.note import Note
from hub.exchangelog.succession import Asked

commands = typer.Typer(help="交換記録の鍵を替える / change the log's key", no_args_is_help=True)

WitnessKeys = Annotated[
    list[str] | None, typer.Option("--witness", metavar="VKEY", help="信頼する証人の検証鍵 / a witness that you trust")
]
AuthorityCa = Annotated[
    Path | None, typer.Option("--ca", help="時刻認証局の認証局の証明書 / the timestamp authority's CA")
]


@commands.command("next")
def ask(
    output: Annotated[Path, typer.Option("-o", "--output", help="依頼の出力先 / where the request is written")],
    origin: Annotated[
        str,
        typer.Option("--origin", help="次の発信元名(省略時は番号を付ける)/ the next origin, else a number is added"),
    ] = "",
    doubt: Annotated[
        str | None,
        typer.Option(
            "--doubt", metavar="TIME", help="漏えいの疑いのある時点(UTC)/ since when the key is in doubt (UTC)"
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """次の鍵を作り、ルート鍵の保管者への依頼を書く(ハブは止めておく)/ make the next key and ask the root; the hub is stopped."""

    def work(say: Speaker) -> None:
        writable(output)
        since = None if doubt is None else _time(doubt, "--doubt")
        asked = succession.ask(HomePaths(say.home), SystemClock(), origin, since)
        atomic_write(output, asked.encode())
        end = Checkpoint.claimed(asked.note)
        facts = {"origin": end.origin, "size": end.size, "root": end.root.hex(), "next": asked.key.encode()}
        others = len(asked.witnessed)
        say.say(
            {**facts, "doubt": asked.doubt, "witnessed": others, "output": str(output)},
            lambda: say.text(
                f"依頼を {output} に書きました。{end.origin} は記録 {end.size} 件で終わり、{asked.key.name} が続けます。\n"
                f"終わりを見た他者(証人・時刻印): {others}\n{_compared(asked, say)}",
                f"Wrote the request to {output}: {end.origin} ends with {end.size} entries, {asked.key.name} goes on.\n"
                f"Others who saw the end (witnesses, timestamps): {others}\n{_compared(asked, say)}",
            ),
        )

    reporting(work, speaker(home, json, lang))


@commands.command("sign")
def sign(
    request: Annotated[Path, typer.Argument(help="hub log key next の依頼 / the request")],
    key: Annotated[Path, typer.Option("--key", help="ルートの秘密鍵 / the root's private key")],
    key_list: Annotated[Path, typer.Option("--key-list", help="今の鍵一覧 / the key list of today")],
    output: Annotated[Path, typer.Option("-o", "--output", help="次の鍵一覧の出力先 / the next key list")],
    witness: WitnessKeys = None,
    ca: AuthorityCa = None,
    unwitnessed: Annotated[
        bool, typer.Option("--unwitnessed", help="証人も時刻認証局もないとき / there is no witness and no authority")
    ] = False,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """ルート鍵の保管場所で、次の鍵一覧に署名する / where the root key is kept: sign the next key list."""

    def work(say: Speaker) -> None:
        writable(output)
        private, listed = load_log_key(read_file(key, cli.FILE_UNREADABLE)), read_text(key_list)
        asked = read_file(request, cli.FILE_UNREADABLE)
        text = succession.sign(asked, listed, private, read_others(witness or (), ca), unwitnessed=unwitnessed)
        atomic_write(output, text.encode())
        said = Asked.decoded(asked)
        end, doubt = Checkpoint.claimed(said.note), "" if said.doubt == OPEN else said.doubt
        sequence = _sequence(text)
        say.say(
            {
                "sequence": sequence,
                "origin": end.origin,
                "size": end.size,
                "root": end.root.hex(),
                "next": said.key.encode(),
                "doubt": doubt,
            },
            lambda: say.text(
                f"鍵一覧(通し番号 {sequence})を {output} に書きました: {end.origin} は {end.size} 件で終わり、{said.key.name} が続けます。"
                + (f"\n{doubt} から、前の鍵の署名だけでは証拠になりません。" if doubt else "")
                + f"\n{_compared(said, say)}",
                f"Wrote key list {sequence} to {output}: {end.origin} ends with {end.size} entries, {said.key.name} goes on."
                + (f"\nSince {doubt} what the old key signed proves nothing by itself." if doubt else "")
                + f"\n{_compared(said, say)}",
            ),
        )

    reporting(work, speaker(Path(), json, lang))


@commands.command("take")
def take(
    key_list: Annotated[Path, typer.Argument(help="ルートが署名した鍵一覧 / the key list that the root signed")],
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """鍵一覧を受け取る。ハブのホームでは鍵が替わり、接続先のホームでは信じる鍵が替わる / take the list: the key changes."""

    def work(say: Speaker) -> None:
        taken = succession.take(HomePaths(say.home), read_text(key_list))
        vkey = taken.line.log_key.key.encode()
        say.say({"origin": taken.line.origin, "key": vkey, "changed": taken.changed}, lambda: _taken(taken, vkey, say))

    reporting(work, speaker(home, json, lang))


@commands.command("doubt")
def doubt(
    origin: Annotated[str, typer.Argument(help="終わった発信元名 / an origin that has ended")],
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="疑いのある時点(UTC)/ since when (UTC)")],
    key: Annotated[Path, typer.Option("--key", help="ルートの秘密鍵 / the root's private key")],
    key_list: Annotated[Path, typer.Option("--key-list", help="今の鍵一覧 / the key list of today")],
    output: Annotated[Path, typer.Option("-o", "--output", help="次の鍵一覧の出力先 / the next key list")],
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """ルート鍵の保管場所で、すでに替えた鍵に後から疑いを付ける / where the root key is: put a replaced key in doubt."""

    def work(say: Speaker) -> None:
        writable(output)
        private, listed = load_log_key(read_file(key, cli.FILE_UNREADABLE)), read_text(key_list)
        text = succession.doubt(listed, private, origin, _time(since, "--since"))
        atomic_write(output, text.encode())
        told = say.text(
            f"鍵一覧(通し番号 {_sequence(text)})を {output} に書きました: {origin} には {since} から疑いがあります。",
            f"Wrote key list {_sequence(text)} to {output}: {origin} is in doubt since {since}.",
        )
        say.say({"sequence": _sequence(text), "origin": origin, "doubt": since, "output": str(output)}, lambda: told)

    reporting(work, speaker(Path(), json, lang))


def _compared(asked: Asked, say: Speaker) -> str:
    """What both ends read to each other by another way than the file came: nobody signed the request."""
    end = Checkpoint.claimed(asked.note)
    lines = (
        (say.text("次の鍵", "next key"), asked.key.encode()),
        (say.text("終わりの根", "root at the end"), end.root.hex()),
        (say.text("引継ぎ", "from"), asked.at),
        (say.text("疑い", "doubt"), asked.doubt),
    )
    said = say.text("電話などで読み合わせてください:", "Read these to each other, by telephone for one:")
    return "\n".join([said, *(f"  {name}: {value}" for name, value in lines)])


def _taken(taken: Taken, vkey: str, say: Speaker) -> str:
    if not taken.changed:
        return say.text(
            f"鍵一覧を受け取りました。発信元名 {taken.line.origin}。動いている接続プログラムは起動し直してください。",
            f"Took the key list; origin {taken.line.origin}. Restart the connectors that are running.",
        )
    return say.text(
        f"鍵を替えました。発信元名 {taken.line.origin}。\n証人に加える検証鍵(hub witness add): {vkey}\n"
        "同じ鍵一覧をすべての接続先で hub log key take してください。",
        f"The key is changed; origin {taken.line.origin}.\nTell the witnesses (hub witness add): {vkey}\n"
        "Run hub log key take with the same list at every endpoint.",
    )


def read_others(witnesses: Sequence[str], ca: Path | None) -> Others:
    """Whose word counts beside the log's. Raises `Misconfigured` HUB-CLI-050 and HUB-TSA-001."""
    try:
        cosigners = tuple(Cosigner.parse(one.strip()) for one in witnesses)
    except IntegrityError:
        raise Misconfigured(cli.BAD_ROOT_KEY) from None
    return Others(cosigners, None if ca is None else Authority(read_file(ca, cli.FILE_UNREADABLE), ca.name))


def _time(text: str, option: str) -> datetime:
    """A time with its offset. Raises `Misconfigured` HUB-CLI-072."""
    try:
        given = datetime.fromisoformat(text)
        if given.tzinfo is None:
            raise ValueError("no offset")
    except ValueError:
        raise Misconfigured(cli.NO_TIME, option=option) from None
    return given.replace(microsecond=0)


def _sequence(text: str) -> int:
    return int(Note.parse(text).text.split("\n")[1].removeprefix("sequence "))
