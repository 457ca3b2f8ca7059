"""A timestamp authority for tests: `openssl ts` answers, over HTTP or from file to file; its CA and certificate are made by openssl, too."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """\
[tsa]
default_tsa = t
[t]
serial = {place}/serial
signer_cert = {place}/tsa.pem
signer_key = {place}/tsa.key
certs = {place}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_alg = sha256
ess_cert_id_chain = no
"""
_EXTENSIONS = """\
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""


def openssl(*words: str, given: bytes = b"") -> bytes:
    """Standard output of an openssl that ended well."""
    done = subprocess.run(["openssl", *words], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass
class OpensslAuthority:
    """An authority in a folder of its own, with a CA of its own. `status` other than 200 is an outage of its server."""

    place: Path
    status: int = 200
    asked: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place.mkdir()
        for name in ("ca", "tsa"):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.place / f"{name}.key"))
        self._write("ext", _EXTENSIONS)
        self._write("serial", "01\n")
        self._write("tsa.cnf", _CONFIG.format(place=self.place))
        usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self._openssl(
            "req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=見本時刻認証局 CA", "-utf8", *usage, out="ca.pem"
        )
        self._openssl("req", "-new", "-key", "tsa.key", "-subj", "/CN=見本時刻認証局", "-utf8", out="tsa.csr")
        issued = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "ext", "-days", "30")
        self._openssl("x509", "-req", "-in", "tsa.csr", *issued, out="tsa.pem")

    @property
    def ca(self) -> Path:
        """What a home pins."""
        return self.place / "ca.pem"

    def reply(self, query: bytes) -> bytes:
        """The response to a request, both DER."""
        self.asked.append(query)
        (self.place / "query.tsq").write_bytes(query)
        files = ("-queryfile", str(self.place / "query.tsq"), "-out", str(self.place / "reply.tsr"))
        openssl("ts", "-reply", *files, "-config", str(self.place / "tsa.cnf"))
        return (self.place / "reply.tsr").read_bytes()

    def certificate(self, place: Path, purpose: str) -> tuple[Path, Path]:
        """A key and a certificate of this CA with this extended key usage."""
        name = "".join(letter for letter in purpose if letter.isalpha())
        key, request, certificate, extension = (place / f"{name}.{kind}" for kind in ("key", "csr", "pem", "ext"))
        extension.write_text(f"extendedKeyUsage = {purpose}\n", "utf-8")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
        openssl("req", "-new", "-key", str(key), "-subj", f"/CN={name}", "-out", str(request))
        issuer = ("-CA", str(self.ca), "-CAkey", str(self.place / "ca.key"), "-CAcreateserial")
        openssl("x509", "-req", "-in", str(request), *issuer, "-extfile", str(extension), "-out", str(certificate))
        return key, certificate

    def resigned(self, response: Path, key: Path, certificate: Path) -> bytes:
        """What a response says, signed by another certificate: `openssl ts` would not, so `openssl cms` does."""
        token, said = response.with_suffix(".token"), response.with_suffix(".tst")
        openssl("ts", "-reply", "-in", str(response), "-token_out", "-out", str(token))
        openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", str(token), "-out", str(said))
        signer = ("-signer", str(certificate), "-inkey", str(key), "-md", "sha256")
        form = ("-binary", "-nodetach", "-outform", "DER", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-cades")
        content = openssl("cms", "-sign", "-in", str(said), *signer, *form)
        body = bytes.fromhex("3003020100") + content  # PKIStatusInfo: granted
        return b"\x30\x82" + len(body).to_bytes(2, "big") + body

    def verify(self, note: Path, response: Path) -> bool:
        """Whether openssl believes a response."""
        files = ("-data", str(note), "-in", str(response), "-CAfile", str(self.ca))
        return subprocess.run(["openssl", "ts", "-verify", *files], capture_output=True, check=False).returncode == 0

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address while it answers over HTTP."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = authority.reply(body) if authority.status == 200 else b""
                self.send_response(authority.status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
            finally:
                server.shutdown()
                thread.join()

    def _write(self, name: str, text: str) -> None:
        (self.place / name).write_text(text, "utf-8")

    def _openssl(self, *words: str, out: str) -> None:
        whole = [str(self.place / word) if (self.place / word).is_file() else word for word in words]
        openssl(*whole, "-out", str(self.place / out))
