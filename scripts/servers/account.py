"""The account a server runs under: neither RabbitMQ nor PostgreSQL shall run as root, and initdb refuses to.

Root starts each server as the user its package made; anybody else starts it as themselves.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.servers.errors import ServerError


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine with its main group."""

    name: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """The file belongs to this account from now on (without effect when we are that account)."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def directory(self, path: Path, mode: int = 0o700) -> Path:
        """A new directory of this account."""
        path.mkdir(mode=mode)
        path.chmod(mode)  # whatever the umask is
        self.own(path)
        return path

    def file(self, path: Path, text: str, mode: int = 0o400) -> Path:
        """A new file of this account."""
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        self.own(path)
        return path

    def run(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, *, seconds: float, stdin: str = ""
    ) -> str:
        """What the command printed, run as this account; raises with what it said when it fails."""
        as_root = os.geteuid() == 0
        try:
            done = subprocess.run(
                command,
                env=environment,
                cwd=folder,
                user=self.uid if as_root else None,
                group=self.gid if as_root else None,
                extra_groups=[] if as_root else None,
                input=stdin,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ServerError(f"{Path(command[0]).name} did not end within {seconds:.0f} s") from None
        if done.returncode != 0:
            raise ServerError(f"{Path(command[0]).name} failed ({done.returncode}): {done.stdout}{done.stderr}")
        return done.stdout


def account_for(server_user: str, package: str) -> Account:
    """Who runs the server: `server_user` when we are root, else ourselves."""
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(server_user)
    except KeyError:
        raise ServerError(f"The user {server_user} does not exist: please run `apt-get install {package}`") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def require(program: Path, package: str) -> Path:
    """The program's path, or an error that names the package that brings it."""
    if not program.exists():
        raise ServerError(f"{program} is missing: please run `apt-get install {package}` or `make test`")
    return program
