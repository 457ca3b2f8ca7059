"""`hub witness`: an audit section watches logs from elsewhere; `hub log cosign`: a hub asks it to."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.app.evidence import open_archive
from hub.app.paths import HomePaths
from hub.app.witnessing import Anchored, Cosigning, Witness
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker, writable
from hub.cli.output import Speaker
from hub.codes import cli, wit
from hub.edges.clock import SystemClock
from hub.edges.home import atomic_write
from hub.edges.insidehttp import Response
from hub.edges.witnesshttp import WitnessServer, ask
from hub.edges.witnessstore import WitnessHome, WitnessStore, create_witness
from hub.errors import IntegrityError, Misconfigured, Refused, Unavailable
from hub.exchangelog import witness as protocol
from hub.exchangelog.cosignature import Cosigner
from hub.exchangelog.note import VerifierKey, is_name
from hub.exchangelog.witness import Request
from hub.observe import log_lines, silent

commands = typer.Typer(
    help="交換記録の証人になる(ハブとは別の部署・機械で)/ be a witness of exchange logs, elsewhere",
    no_args_is_help=True,
)

WitnessOption = Annotated[Path, typer.Option("--home", help="証人のホーム / the witness's home")]
_HOME: Final = Path("var/witness")
_AGAIN: Final = 2  # a witness that saw another size is asked once more


@commands.command("init")
def init(
    name: Annotated[str, typer.Option("--name", help="証人の名前(例 kansa.example/witness)/ its name")],
    home: WitnessOption = _HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """証人の鍵を作り、検証鍵(vkey)を出す / make a witness's key, and print what verifiers pin."""

    def work(say: Speaker) -> None:
        if not is_name(name):
            raise Misconfigured(wit.NOT_A_NAME)
        cosigner = create_witness(WitnessHome(say.home), name)
        say.say({"vkey": cosigner.encode()}, cosigner.encode)

    reporting(work, speaker(home, json, lang))


@commands.command("add")
def add(
    log_key: Annotated[str, typer.Argument(metavar="VKEY", help="交換記録の検証鍵(鍵一覧の log の行)/ a log's key")],
    home: WitnessOption = _HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """見守る交換記録を加える / add a log to be watched."""

    def work(say: Speaker) -> None:
        try:
            key = VerifierKey.parse(log_key.strip())
        except IntegrityError:
            raise Misconfigured(cli.BAD_ROOT_KEY) from None
        WitnessStore(WitnessHome(say.home)).watch(key)
        say.say({"origin": key.name}, lambda: say.text(f"{key.name} を見守ります。", f"Watching {key.name}."))

    reporting(work, speaker(home, json, lang))


@commands.command("show")
def show(home: WitnessOption = _HOME, json: JsonOption = False, lang: LangOption = "ja") -> None:
    """連署した最新のチェックポイント(hub log verify --checkpoint に渡す)/ the newest cosigned checkpoints."""

    def work(say: Speaker) -> None:
        store = WitnessStore(WitnessHome(say.home))
        kept = {origin: store.latest(origin) for origin in store.logs()}
        notes = {origin: one[1] for origin, one in kept.items() if one is not None}
        none = say.text("まだ連署していません。", "Nothing is cosigned yet.")
        say.say({"vkey": store.cosigner.encode(), "notes": notes}, lambda: "\n".join(notes.values()) or none)

    reporting(work, speaker(home, json, lang))


@commands.command("answer")
def answer(
    request: Annotated[Path, typer.Argument(help="hub log cosign --request が書いたファイル / what --request wrote")],
    output: Annotated[Path, typer.Option("-o", "--output", help="返す連署のファイル / the cosignature to give back")],
    home: WitnessOption = _HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """網がつながらないとき、媒体で来た求めに連署する / cosign a request that came on a medium."""

    def work(say: Speaker) -> None:
        writable(output)
        body = _read(request)
        response = Witness(WitnessStore(WitnessHome(say.home)), SystemClock(), silent).answer(body)
        if response.status == protocol.MALFORMED:
            raise Misconfigured(wit.REFUSED, status=response.status)
        atomic_write(output, f"{response.status} {response.media}\n".encode() + response.body)
        if response.status != protocol.COSIGNED:
            raise Refused(wit.REFUSED, status=response.status)
        done = say.text(f"連署を {output} に書きました。", f"Wrote the cosignature to {output}.")
        say.say({"output": str(output), "status": response.status}, lambda: done)

    reporting(work, speaker(home, json, lang))


@commands.command("serve")
def serve(
    host: Annotated[str, typer.Option("--host", help="待ち受けるアドレス / the address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="ポート / port")] = 8641,
    home: WitnessOption = _HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """連署の求めに答え続ける(POST /add-checkpoint)/ answer requests until stopped."""

    def work(say: Speaker) -> None:
        hear = log_lines(sys.stderr, "witness")
        served = Witness(WitnessStore(WitnessHome(say.home)), SystemClock(), hear)
        server, stop = WitnessServer(host, port, served.answer), threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        address = f"http://{host}:{server.port}"
        say.say({"url": address}, lambda: say.text(f"証人が {address} で待っています。", f"Witness at {address}."))
        stop.wait()
        server.close()

    reporting(work, speaker(home, json, lang))


def cosign(
    key: Annotated[str, typer.Option("--witness", metavar="VKEY", help="証人の検証鍵 / the witness's key")],
    url: Annotated[str | None, typer.Option("--url", help="証人のアドレス / where it listens")] = None,
    request: Annotated[
        Path | None, typer.Option("--request", help="媒体で運ぶ求めを書く / write a request, to be carried on a medium")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", help="媒体で戻った連署を受け取る / take what came back on a medium")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """最新のチェックポイントに証人の連署を求める / ask a witness to cosign the newest checkpoint."""

    def work(say: Speaker) -> None:
        if [url, request, response].count(None) != 2 and not (url is None and request and response):
            raise Misconfigured(cli.ONE_WAY)
        cosigner, paths = _cosigner(key), HomePaths(say.home)
        with open_archive(say.home) as archive:
            asking = Cosigning(archive, cosigner, paths)
            if url is not None:
                anchored = _asked(asking, url)
            elif response is None and request is not None:
                writable(request)
                atomic_write(request, asking.request().encode())
                said = say.text(f"求めを {request} に書きました。", f"Wrote the request to {request}.")
                say.say({"request": str(request)}, lambda: said)
                return
            else:
                anchored = _carried(asking, request, response)
        anchor = paths.anchor(cosigner.id.hex())
        say.say(
            {"size": anchored.size, "time": anchored.time, "note": str(anchor)},
            lambda: say.text(
                f"{anchored.size} 件までの連署を得ました({anchor})。",
                f"Cosigned up to {anchored.size} entries ({anchor}).",
            ),
        )

    reporting(work, speaker(home, json, lang))


def _asked(asking: Cosigning, url: str) -> Anchored:
    seen: int | None = None
    for _ in range(_AGAIN):
        request = asking.request(seen)
        taken = asking.take(request, ask(url, request.encode()))
        if isinstance(taken, Anchored):
            return taken
        seen = taken
    raise Unavailable(wit.NO_ANSWER, reason="409")


def _carried(asking: Cosigning, request: Path | None, response: Path | None) -> Anchored:
    """What came back on a medium; of another size than was asked from, a new request is written in the old one's place."""
    if request is None or response is None:
        raise Misconfigured(cli.ONE_WAY)
    try:
        asked = Request.parse(_read(request))
        head, _, body = _read(response).partition(b"\n")
        status, _, media = head.decode("ascii").partition(" ")
        taken = asking.take(asked, Response(int(status), media, body))
    except ValueError:
        raise Unavailable(wit.NO_ANSWER, reason="FILE") from None
    if isinstance(taken, Anchored):
        return taken
    atomic_write(request, asking.request(taken).encode())
    raise Refused(wit.REFUSED, status=protocol.CONFLICT)


def _cosigner(text: str) -> Cosigner:
    try:
        return Cosigner.parse(text.strip())
    except IntegrityError:
        raise Misconfigured(cli.BAD_ROOT_KEY) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured(cli.FILE_UNREADABLE, path=path.name) from None
