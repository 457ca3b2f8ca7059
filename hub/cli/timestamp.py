"""`hub log timestamp`: a timestamp authority stamps the newest checkpoint (RFC 3161); `hub log timestamps`: what was stamped so far."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.app.evidence import open_archive
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.app.timestamping import Judged, Stamped, Stamping, authority
from hub.app.timestamplimit import Waiting
from hub.cli.options import DEFAULT_HOME, HomeOption, JsonOption, LangOption, reporting, speaker, writable
from hub.cli.output import Speaker
from hub.codes import cli, log, tsa
from hub.edges.home import atomic_write
from hub.edges.timestampstore import TimestampStore
from hub.errors import IntegrityError, Misconfigured

AuthorityOption = Annotated[
    Path | None,
    typer.Option("--ca", help="時刻認証局の認証局の証明書(省略時は trust/tsa.pem)/ its CA, else trust/tsa.pem"),
]


def timestamp(
    url: Annotated[str | None, typer.Option("--url", help="時刻認証局(省略時は hub.yaml)/ the authority")] = None,
    request: Annotated[
        Path | None, typer.Option("--request", help="媒体で運ぶ要求を書く / write a request, to be carried on a medium")
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", help="媒体で戻った応答を受け取る / take what came back on a medium")
    ] = None,
    ca: AuthorityOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """最新のチェックポイントにタイムスタンプを付ける(RFC 3161)/ have the newest checkpoint timestamped."""

    def work(say: Speaker) -> None:
        if [url, request, response].count(None) < 2:
            raise Misconfigured(cli.ONE_WAY)
        paths = HomePaths(say.home)
        with open_archive(say.home) as archive:
            stamping = Stamping(archive, authority(paths, ca), TimestampStore(paths.timestamps))
            if request is not None:
                writable(request)
                atomic_write(request, stamping.request())
                said = say.text(f"要求を {request} に書きました。", f"Wrote the request to {request}.")
                say.say({"request": str(request)}, lambda: said)
            elif response is not None:
                _tell(say, stamping.carried(read_file(response, cli.FILE_UNREADABLE)))
            else:
                _tell(say, stamping.ask(url or _configured(paths)))

    reporting(work, speaker(home, json, lang))


def timestamps(
    entry: Annotated[
        int | None,
        typer.Option("--entry", min=0, help="いつには存在したかを知りたい記録 / when had this entry been made?"),
    ] = None,
    ca: AuthorityOption = None,
    home: HomeOption = DEFAULT_HOME,
    json: JsonOption = False,
    lang: LangOption = "ja",
) -> None:
    """これまでのタイムスタンプを確かめて並べる(0 正常、4 異常)/ list and verify all timestamps (0, or 4)."""

    def work(say: Speaker) -> None:
        paths = HomePaths(say.home)
        store = TimestampStore(paths.timestamps)
        with open_archive(say.home) as archive:
            judged = Stamping(archive, authority(paths, ca), store).judge()
            since = Waiting(store, archive.journal).since()
        proof = None if entry is None else _covering(judged, entry)
        result: dict[str, object] = {
            "timestamps": [_json(one) for one in judged],
            "waiting_since": None if since is None else f"{since:%Y-%m-%dT%H:%M:%SZ}",
        }
        if proof is not None:
            result["entry"] = {"index": entry, **_json(proof)}
        say.say(result, lambda: "\n".join(_lines(judged, entry, proof, say)))
        if any(one.error is not None and one.error.code is not log.KEY_IN_DOUBT for one in judged):
            raise typer.Exit(IntegrityError.exit_code)

    reporting(work, speaker(home, json, lang))


def _configured(paths: HomePaths) -> str:
    wanted = read_config(paths).timestamps
    if wanted is None or wanted.url is None:
        raise Misconfigured(tsa.NO_URL)
    return wanted.url


def _covering(judged: list[Judged], entry: int) -> Judged:
    """The timestamp that proves the earliest time for an entry. Raises `Misconfigured` HUB-TSA-009."""
    covering = [(one.timestamp.time, one) for one in judged if one.timestamp is not None and one.size > entry]
    if not covering:
        raise Misconfigured(tsa.NOT_COVERED, index=entry)
    return min(covering, key=lambda one: one[0])[1]


def _tell(say: Speaker, stamped: Stamped) -> None:
    time = stamped.timestamp.time
    said = say.text(
        f"{stamped.size} 件までの記録に、{time:%Y-%m-%d %H:%M:%S} UTC のタイムスタンプが付きました。",
        f"Timestamped up to {stamped.size} entries, at {time:%Y-%m-%d %H:%M:%S} UTC.",
    )
    say.say(
        {"size": stamped.size, "time": int(time.timestamp()), "serial": str(stamped.timestamp.serial)}, lambda: said
    )


def _json(one: Judged) -> dict[str, object]:
    if one.timestamp is None:
        return {"size": one.size, "holds": False, "code": "" if one.error is None else one.error.code.id}
    return {
        "size": one.size,
        "holds": True,
        "time": f"{one.timestamp.time:%Y-%m-%dT%H:%M:%SZ}",
        "serial": str(one.timestamp.serial),
    }


def _lines(judged: list[Judged], entry: int | None, proof: Judged | None, say: Speaker) -> list[str]:
    if not judged:
        return [say.text("まだタイムスタンプがありません。", "There is no timestamp yet.")]
    lines = [_line(one, say) for one in judged]
    if proof is not None and proof.timestamp is not None:
        time = f"{proof.timestamp.time:%Y-%m-%d %H:%M:%S} UTC"
        lines.append(say.text(f"記録 {entry} は、{time} には存在していました。", f"Entry {entry} existed at {time}."))
    return lines


def _line(one: Judged, say: Speaker) -> str:
    if one.timestamp is None:
        reason = "" if one.error is None else f"{one.error.code.id} {one.error.text(say.lang)}"
        return say.text(f"{one.size:>10} 件まで  異常: {reason}", f"up to {one.size:>10}  WRONG: {reason}")
    time = f"{one.timestamp.time:%Y-%m-%d %H:%M:%S} UTC"
    return say.text(f"{one.size:>10} 件まで  {time}", f"up to {one.size:>10}  {time}")
