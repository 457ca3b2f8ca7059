"""S2: what the 中間サーバー provides is sealed to the key of whoever asked, and to the question (HPKE, RFC 9180)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from connectors.chukan.provision import opened, public, sealed

REQUEST = "019d466d-8855-73ef-a523-d86e36d97c55"
OTHER = "019d466d-8855-73ef-a523-d86e36d97c56"
ITEMS = {"世帯番号": "000067890", "世帯主との続柄": "02"}


@pytest.fixture
def key() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


class TestProvision:
    def test_opens_for_whoever_asked(self, key: X25519PrivateKey) -> None:
        """With their key, as the answer to their question."""
        assert opened(sealed(ITEMS, public(key), REQUEST), key, REQUEST) == ITEMS

    def test_opens_for_nobody_else(self, key: X25519PrivateKey) -> None:
        """Another body's key does not do: neither the network's nor the hub's could."""
        text = sealed(ITEMS, public(key), REQUEST)
        with pytest.raises(ValueError, match="somebody else"):
            opened(text, X25519PrivateKey.generate(), REQUEST)

    def test_answers_no_other_question(self, key: X25519PrivateKey) -> None:
        """It cannot be given to the same body as the answer to something else it asked."""
        text = sealed(ITEMS, public(key), REQUEST)
        with pytest.raises(ValueError, match="somebody else"):
            opened(text, key, OTHER)

    def test_no_byte_of_it_can_be_changed(self, key: X25519PrivateKey) -> None:
        """Of the encapsulated key or of the ciphertext."""
        data = bytes.fromhex(sealed(ITEMS, public(key), REQUEST))
        for place in range(len(data)):
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            with pytest.raises(ValueError, match=r".*"):
                opened(changed.hex(), key, REQUEST)

    def test_says_nothing_in_clear(self, key: X25519PrivateKey) -> None:
        """Neither names nor values of items; and the same twice is not the same."""
        first, second = (bytes.fromhex(sealed(ITEMS, public(key), REQUEST)) for _ in range(2))

        assert first != second
        assert not [part for pair in ITEMS.items() for part in pair if part.encode() in first]
