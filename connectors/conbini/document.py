"""A certificate as a PDF under the ward's seal: one page, the exact record beside it, one signature over the whole file.

The only home of pyHanko (MIT), which writes and signs the file: ISO 32000-1, 12.8, subfilter adbe.pkcs7.detached, SHA-256. Fonts
are named, not embedded (Adobe-Japan1, 9.7.5.2), so a reader without a Japanese font shows other shapes; this is no PDF/A, and
nothing on the paper hinders copying.
"""

# pyHanko's builders of PDF objects bear no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from io import BytesIO
from typing import Final

from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils import embed, generic, writer
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from connectors.conbini.page import Page
from connectors.conbini.seal import Seal

RECORD: Final = "record.json"
_FONT: Final = "HeiseiMin-W3"
_ENCODING: Final = "UniJIS-UTF16-H"
_A4: Final = (0, 0, 595, 842)
_LEFT, _TOP, _STEP = 60, 770, 26
_WIDE: Final = 38  # full-width characters on a line of 12 points


class Unsigned(ValueError):
    """No document under this seal: torn, changed, or signed by another key."""


def document(page: Page, seal: Seal) -> bytes:
    """The signed PDF of a page."""
    made = writer.PdfFileWriter(stream_xrefs=False)
    content = generic.StreamObject(stream_data=_content(page))
    fonts = generic.DictionaryObject({pdf_name("/F1"): _font(made)})
    made.insert_page(
        writer.PageObject(
            contents=made.add_object(content),
            media_box=_A4,
            resources=generic.DictionaryObject({pdf_name("/Font"): fonts}),
        )
    )
    exact = embed.EmbeddedFileObject.from_file_data(made, data=page.encode(), mime_type="application/json")
    embed.embed_file(made, embed.FileSpec(file_spec_string=RECORD, embedded_data=exact))
    unsigned = BytesIO()
    made.write(unsigned)
    signer = SimpleSigner.load(str(seal.key), str(seal.certificate))
    if signer is None:
        raise SigningError("the seal cannot be read")
    meaning = PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    )
    return bytes(sign_pdf(IncrementalPdfFileWriter(unsigned), meaning, signer=signer).getvalue())


def opened(pdf: bytes, certificate: bytes) -> Page:
    """The page that a signed PDF carries. `certificate` is that of the seal, PEM.

    Raises `Unsigned` unless one signature by this very certificate covers the whole file.
    """
    try:
        reader = PdfFileReader(BytesIO(pdf))
        (signature,) = reader.embedded_signatures
        status = validate_pdf_signature(signature, _trusted(certificate))
        if not status.bottom_line or status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
            raise Unsigned("the signature does not hold")
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        return Page.decode(names[1]["/EF"]["/F"].data)
    except (PdfError, LookupError, ValueError):
        # Without its cause: what a parser says may quote the page.
        raise Unsigned("no signed document") from None


def _trusted(certificate: bytes) -> ValidationContext:
    return ValidationContext(trust_roots=list(load_certs_from_pemder_data(certificate)), allow_fetching=False)


def _font(made: writer.PdfFileWriter) -> generic.IndirectObject:
    """A Japanese font by name, for UTF-16 text."""
    name = pdf_name
    descriptor = generic.DictionaryObject(
        {name("/Type"): name("/FontDescriptor"), name("/FontName"): name(f"/{_FONT}"), name("/Flags"): _number(6)}
    )
    system = {"/Registry": generic.TextStringObject("Adobe"), "/Ordering": generic.TextStringObject("Japan1")}
    glyphs = generic.DictionaryObject(
        {
            name("/Type"): name("/Font"),
            name("/Subtype"): name("/CIDFontType0"),
            name("/BaseFont"): name(f"/{_FONT}"),
            name("/CIDSystemInfo"): generic.DictionaryObject(
                {**{name(key): text for key, text in system.items()}, name("/Supplement"): _number(6)}
            ),
            name("/FontDescriptor"): made.add_object(descriptor),
        }
    )
    return made.add_object(
        generic.DictionaryObject(
            {
                name("/Type"): name("/Font"),
                name("/Subtype"): name("/Type0"),
                name("/BaseFont"): name(f"/{_FONT}-{_ENCODING}"),
                name("/Encoding"): name(f"/{_ENCODING}"),
                name("/DescendantFonts"): generic.ArrayObject([made.add_object(glyphs)]),
            }
        )
    )


def _content(page: Page) -> bytes:
    """The page's operators: the title larger, then a line each; a long one goes on below."""
    lines = [(20, page.title)]
    for text in page.printed():
        lines += [(12, text[place : place + _WIDE]) for place in range(0, max(len(text), 1), _WIDE)]
    shown = [
        f"BT /F1 {size} Tf {_LEFT} {_TOP - _STEP * number} Td <{text.encode('utf-16-be').hex()}> Tj ET"
        for number, (size, text) in enumerate(lines)
    ]
    return "\n".join(shown).encode("ascii")


def _number(value: int) -> generic.NumberObject:
    return generic.NumberObject(value)
