"""hub.exchangelog.keylist: which log keys count is the offline root's word, and only its newest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.errors import IntegrityError
from hub.exchangelog.keylist import KeyList, LogKey
from hub.exchangelog.note import Note, VerifierKey
from tests.exchangelog_samples import KEYLIST, LOG_KEY, ORIGIN, ROOT_NAME, log_private, root_private

ROOT = VerifierKey.of(ROOT_NAME, root_private())
LATER = LogKey(VerifierKey(f"{ORIGIN}/2", bytes(range(32))), "2027-04-01T00:00:00.000Z")
TWO = KeyList(2, (replace(LOG_KEY, until=LATER.since), LATER))


def signed(body: str) -> str:
    return Note.sign(body, ROOT_NAME, root_private()).encode()


class TestKeyList:
    @pytest.mark.parametrize("keylist", [KEYLIST, TWO])
    def test_reads_back(self, keylist: KeyList) -> None:
        """The list that the root signed is the list that is read."""
        assert KeyList.opened(keylist.sign(ROOT_NAME, root_private()), ROOT) == keylist

    def test_refuses_another_signer(self) -> None:
        """A list signed by the log's own key says nothing: a hub cannot extend its own trust."""
        for text in (KEYLIST.sign(ROOT_NAME, log_private()), KEYLIST.sign(ORIGIN, log_private())):
            with pytest.raises(IntegrityError, match="HUB-LOG-010"):
                KeyList.opened(text, ROOT)

    def test_refuses_a_changed_list(self) -> None:
        """The signature is over every line."""
        text = KEYLIST.sign(ROOT_NAME, root_private()).replace("sequence 1", "sequence 2")
        with pytest.raises(IntegrityError, match="HUB-LOG-011"):
            KeyList.opened(text, ROOT)

    def test_refuses_an_older_list(self) -> None:
        """A withdrawn key does not come back with an old list."""
        with pytest.raises(IntegrityError, match="HUB-LOG-022"):
            KeyList.opened(KEYLIST.sign(ROOT_NAME, root_private()), ROOT, last=TWO)

    def test_refuses_a_second_list_of_the_same_number(self) -> None:
        """The root says one thing per number."""
        other = replace(TWO, logs=TWO.logs[:1])
        with pytest.raises(IntegrityError, match="HUB-LOG-023"):
            KeyList.opened(other.sign(ROOT_NAME, root_private()), ROOT, last=TWO)

    def test_accepts_the_same_and_a_newer_list(self) -> None:
        """The list held may come again, and a newer one replaces it."""
        assert KeyList.opened(TWO.sign(ROOT_NAME, root_private()), ROOT, last=TWO) == TWO
        assert KeyList.opened(TWO.sign(ROOT_NAME, root_private()), ROOT, last=KEYLIST) == TWO

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("@v1", "@v2"),
            ("sequence 2", "sequence 02"),
            ("sequence 2\n", ""),
            ("log 2026", "Log 2026"),
            ("log 2026", "log  2026"),
            ("2027-04-01T00:00:00.000Z juki", "2026-03-01T00:00:00.000Z juki"),
            ("2026-04-01T00:00:00.000Z", "-"),
            ("2026-04-01T00:00:00.000Z", "2026-04-01T00:00:00Z"),
            ("2026-04-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z"),
            (f"{ORIGIN}/2+", f"{ORIGIN}/1+"),
        ],
    )
    def test_refuses_any_other_spelling(self, old: str, new: str) -> None:
        """Even well signed, a list has one form."""
        assert old in TWO.body()
        with pytest.raises(IntegrityError, match=r"HUB-LOG-00[56]"):
            KeyList.opened(signed(TWO.body().replace(old, new)), ROOT)

    @pytest.mark.parametrize("logs", [(), (LOG_KEY, LOG_KEY), (LATER, LOG_KEY)])
    def test_signs_no_list_that_would_be_refused(self, logs: tuple[LogKey, ...]) -> None:
        """An empty list, a log named twice, another order: refused before the root signs."""
        with pytest.raises(IntegrityError, match="HUB-LOG-005"):
            KeyList(1, logs).sign(ROOT_NAME, root_private())

    def test_knows_its_logs(self) -> None:
        """A log is found by its origin, and no other."""
        assert TWO.of(f"{ORIGIN}/2") == LATER
        with pytest.raises(IntegrityError, match="HUB-LOG-020"):
            TWO.of("juki-hub/131211/juki-net")


class TestLogKey:
    def test_covers_its_time(self) -> None:
        """From `since` on, until before `until`; without end while the log is in use."""
        ended = TWO.logs[0]

        assert not ended.covers("2026-03-31T23:59:59.999Z")
        assert ended.covers("2026-04-01T00:00:00.000Z")
        assert ended.covers("2027-03-31T23:59:59.999Z")
        assert not ended.covers("2027-04-01T00:00:00.000Z")
        assert LATER.covers("2099-01-01T00:00:00.000Z")
