"""One schema document out of a file and all that it includes, so that no engine ever resolves a location.

XSD 1.0 part 1, 4.2.1: an included file without target namespace takes that of the includer. Here its components are moved in,
which is the same as long as the includer's default namespace is its target namespace (held below).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from hub.codes import xsd as codes
from hub.errors import Misconfigured

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_INCLUDE: Final = f"{XS}include"
_FORBIDDEN: Final = (f"{XS}import", f"{XS}redefine", f"{XS}notation")
_DECLARED: Final = re.compile(rb"\A<\?xml[^>]*encoding=[\"'](?!UTF-8[\"'])")


def bundle(path: str, files: Mapping[str, bytes]) -> etree._Element:
    """The schema at `path` with its includes in place; raises `Misconfigured` for a missing or unacceptable file."""
    root = _parse(path, files, by="xsd/catalogue.yaml")
    namespace = root.get("targetNamespace")
    if not namespace or root.nsmap.get(None) != namespace:
        raise Misconfigured(codes.FILE_REFUSED, file=path, reason="default namespace is not the target namespace")
    _fill(root, path, files, {path})
    return root


def _fill(root: etree._Element, path: str, files: Mapping[str, bytes], seen: set[str]) -> None:
    for include in list(root.iterchildren(_INCLUDE)):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), include.get("schemaLocation", "")))
        if target not in seen:
            seen.add(target)
            part = _parse(target, files, by=path)
            if part.get("targetNamespace"):
                raise Misconfigured(codes.FILE_REFUSED, file=target, reason="an included file has a target namespace")
            _fill(part, target, files, seen)
            for child in list(part):
                include.addprevious(child)
        root.remove(include)


def _parse(path: str, files: Mapping[str, bytes], by: str) -> etree._Element:
    data = files.get(path)
    if data is None:
        raise Misconfigured(codes.FILE_MISSING, file=path, by=by)
    if b"<!DOCTYPE" in data or _DECLARED.search(data):
        raise Misconfigured(codes.FILE_REFUSED, file=path, reason="DOCTYPE or an encoding other than UTF-8")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Misconfigured(codes.FILE_REFUSED, file=path, reason=f"XML, line {error.lineno}") from error
    if root.tag != f"{XS}schema" or next(root.iter(*_FORBIDDEN), None) is not None:
        raise Misconfigured(codes.FILE_REFUSED, file=path, reason="not a schema, or it imports or redefines")
    return root
