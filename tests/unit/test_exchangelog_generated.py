"""The committed vectors are what the code writes today: a change of format cannot pass unseen."""

from __future__ import annotations

import pytest

from tests.vectors.exchangelog.generate import FOLDER, files


@pytest.mark.parametrize("name", sorted(files()))
def test_the_vectors_are_up_to_date(name: str) -> None:
    """Formats are frozen: whoever changes these files needs an ADR that names the price."""
    assert (FOLDER / name).read_text("utf-8") == files()[name]
