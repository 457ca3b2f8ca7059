"""The options of every command that changes the broker by its management API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.app.reading import read_text
from hub.codes import brk
from hub.edges.amqp.admin import Admin
from hub.errors import Misconfigured

UrlOption = Annotated[str, typer.Option("--admin", help="管理 API の場所 / the management API, http(s)://host:port")]
UserOption = Annotated[str, typer.Option("--user", help="管理者 / an administrator")]
PasswordOption = Annotated[
    Path | None, typer.Option("--password-file", help="合言葉のファイル(0600)/ a file with the password")
]
CaOption = Annotated[
    Path | None, typer.Option("--ca", help="管理 API の証明書の認証局 / the CA of the API's certificate")
]
URL: Final = "https://127.0.0.1:15671"
USER: Final = "admin"


def administrator(url: str, user: str, password_file: Path | None, ca: Path | None) -> Admin:
    """Raises `Misconfigured` HUB-BRK-019 without a password."""
    if password_file is None:
        raise Misconfigured(brk.NO_ADMIN)
    return Admin(url, user, read_text(password_file, brk.NO_ADMIN).strip(), ca)
