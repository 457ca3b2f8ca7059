"""The signer: signs what extends, forgets what was never published, and refuses everything else."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.codes import key
from hub.edges.signer import EMPTY, FileSigner, create_signer_memory, load_log_key, open_signer
from hub.edges.signermemory import MAX_INTENDED, SLOT, SLOTS, SignerMemory, State, TreeHead
from hub.errors import IntegrityError, Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.note import VerifierKey

ORIGIN = "example.jp/kikan"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = LOG_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def root(name: object) -> bytes:
    return hashlib.sha256(str(name).encode()).digest()


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    create_signer_memory(tmp_path / "log.memory", ORIGIN)
    return tmp_path / "log.memory"


@pytest.fixture
def signer(memory: Path) -> Iterator[FileSigner]:
    with open_signer(PEM, memory, ORIGIN, EMPTY) as opened:
        yield opened


def killed(memory: Path, head: TreeHead) -> FileSigner:
    """The signer of the next process, after one that ended without `close`."""
    return open_signer(PEM, memory, ORIGIN, head)


class TestPrepare:
    def test_note_is_a_checkpoint_of_this_log(self, signer: FileSigner) -> None:
        """The note verifies under the log's key and says origin, size and root."""
        note = signer.prepare(3, root(3))

        assert Checkpoint.verified(note, VerifierKey.of(ORIGIN, LOG_KEY)) == Checkpoint(ORIGIN, 3, root(3))
        assert signer.origin == ORIGIN

    def test_published_head_may_be_signed_again(self, signer: FileSigner) -> None:
        """The same size and root give the same note."""
        note = signer.prepare(3, root(3))
        signer.confirm(3, root(3))

        assert signer.prepare(3, root(3)) == note

    @pytest.mark.parametrize("size", [0, 2, 3])
    def test_smaller_or_different_is_refused(self, signer: FileSigner, size: int) -> None:
        """Nothing below the published size, and no second root at it."""
        signer.prepare(3, root(3))
        signer.confirm(3, root(3))
        with pytest.raises(IntegrityError) as caught:
            signer.prepare(size, root("other"))

        assert (caught.value.code, caught.value.facts) == (key.HEAD_DIFFERS, {"size": size, "signed": 3})

    def test_unpublished_size_may_be_signed_differently(self, signer: FileSigner) -> None:
        """A note that never left the process binds nobody: the retried batch has other salts and another root."""
        signer.prepare(3, root("first try"))
        signer.prepare(3, root("second try"))
        signer.confirm(3, root("second try"))

        assert signer.published == TreeHead(3, root("second try"))

    def test_only_what_was_prepared_can_be_confirmed(self, signer: FileSigner) -> None:
        """The journal holding a head that was never signed is an integrity error."""
        signer.prepare(3, root(3))
        with pytest.raises(IntegrityError):
            signer.confirm(3, root("other"))

    def test_keeps_the_last_sixteen_intents(self, signer: FileSigner, memory: Path) -> None:
        """However often a batch fails, the memory fits its slot; the newest intents are remembered."""
        for attempt in range(MAX_INTENDED + 5):
            signer.prepare(2**40 + attempt, root(attempt))

        assert killed(memory, TreeHead(2**40 + 20, root(20))).published.size == 2**40 + 20


class TestRestart:
    """What the next process finds, for a crash at each point of prepare, commit, confirm."""

    def test_crash_before_the_commit(self, signer: FileSigner, memory: Path) -> None:
        """The journal is older than the intent, which is forgotten: another root may be signed at that size."""
        signer.prepare(3, root("lost"))
        again = killed(memory, EMPTY)
        again.prepare(3, root("new"))

        assert again.published == EMPTY

    def test_crash_after_the_commit(self, signer: FileSigner, memory: Path) -> None:
        """The journal holds the intent: it counts as published, and is not signed differently again."""
        signer.prepare(3, root(3))
        again = killed(memory, TreeHead(3, root(3)))

        assert again.published == TreeHead(3, root(3))
        with pytest.raises(IntegrityError):
            again.prepare(3, root("other"))

    def test_crash_after_an_earlier_intent_was_stored(self, signer: FileSigner, memory: Path) -> None:
        """Of several attempts the one in the journal counts."""
        signer.prepare(3, root("first"))
        signer.prepare(3, root("second"))

        assert killed(memory, TreeHead(3, root("first"))).published.root == root("first")

    def test_confirm_outlives_the_process(self, signer: FileSigner, memory: Path) -> None:
        """After kill -9 the confirmed head is published, and cutting that batch from the journal is refused."""
        signer.prepare(3, root(3))
        signer.confirm(3, root(3))
        with pytest.raises(IntegrityError):
            killed(memory, EMPTY)

        assert killed(memory, TreeHead(3, root(3))).published.size == 3

    @pytest.mark.parametrize(
        "head", [EMPTY, TreeHead(2, root(2)), TreeHead(3, root("other")), TreeHead(4, root(4)), TreeHead(9, root(9))]
    )
    def test_journal_rolled_back_or_replaced(self, signer: FileSigner, memory: Path, head: TreeHead) -> None:
        """A head that is neither published nor intended stops the hub, and changes nothing in the memory."""
        for size in (2, 3):
            signer.prepare(size, root(size))
            signer.confirm(size, root(size))
        signer.prepare(4, root("intended"))
        before = memory.read_bytes()
        with pytest.raises(IntegrityError) as caught:
            killed(memory, head)

        assert caught.value.code == key.HEAD_DIFFERS
        assert memory.read_bytes() == before
        assert killed(memory, TreeHead(3, root(3))).published.size == 3

    def test_settled_intents_are_forgotten(self, signer: FileSigner, memory: Path) -> None:
        """Once the journal's head was looked at, what it does not hold cannot come back."""
        signer.prepare(3, root("lost"))
        killed(memory, EMPTY).forget()
        with pytest.raises(IntegrityError):
            killed(memory, TreeHead(3, root("lost")))

    def test_power_failure_may_lose_only_the_confirm(self, signer: FileSigner, memory: Path) -> None:
        """Without the third slot, which is not synced, the memory still knows the intent."""
        signer.prepare(3, root(3))
        signer.confirm(3, root(3))
        content = memory.read_bytes()
        memory.write_bytes(content[: 2 * SLOT] + bytes(SLOT))

        assert killed(memory, TreeHead(3, root(3))).published.size == 3

    def test_close_makes_the_confirm_durable(self, memory: Path) -> None:
        """After an orderly end the durable slots alone refuse a journal without its last batch."""
        with open_signer(PEM, memory, ORIGIN, EMPTY) as opened:
            opened.prepare(3, root(3))
            opened.confirm(3, root(3))
        content = memory.read_bytes()
        memory.write_bytes(content[: 2 * SLOT] + bytes(SLOT))
        with pytest.raises(IntegrityError):
            killed(memory, EMPTY)

        assert killed(memory, TreeHead(3, root(3))).published.size == 3


class TestMemory:
    def test_never_made_anew(self, memory: Path) -> None:
        """Creating refuses an existing memory, opening a missing one."""
        with pytest.raises(Misconfigured) as existing:
            create_signer_memory(memory, ORIGIN)
        memory.unlink()
        with pytest.raises(IntegrityError) as missing:
            killed(memory, EMPTY)

        assert (existing.value.code, missing.value.code) == (key.MEMORY_EXISTS, key.MEMORY_DAMAGED)
        assert not memory.exists()

    def test_is_private(self, memory: Path) -> None:
        """Nobody but the owner reads or writes it."""
        assert memory.stat().st_mode & 0o777 == 0o600

    def test_other_log_is_refused(self, memory: Path) -> None:
        """A memory belongs to one origin."""
        with pytest.raises(IntegrityError) as caught:
            open_signer(PEM, memory, "example.jp/juki-net", EMPTY)

        assert caught.value.facts == {"reason": "origin"}

    def test_damaged_everywhere_is_refused(self, memory: Path) -> None:
        """Without one valid durable slot nothing is signed."""
        memory.write_bytes(os.urandom(SLOT * SLOTS))
        with pytest.raises(IntegrityError) as caught:
            killed(memory, EMPTY)

        assert caught.value.code == key.MEMORY_DAMAGED

    def test_a_torn_write_leaves_the_state_before(self, memory: Path) -> None:
        """Whatever part of a durable write reached the disk, the memory says the old state or the new one."""
        held = SignerMemory.open(memory, ORIGIN)
        held.write(TreeHead(1, root(1)), ())
        before = memory.read_bytes()
        held.write(TreeHead(2, root(2)), ())
        after = memory.read_bytes()
        changed = next(at for at in range(len(after)) if before[at] != after[at])
        slot = changed // SLOT * SLOT
        sizes = set()
        for length in range(0, 400, 7):
            memory.write_bytes(before[:slot] + after[slot : slot + length] + before[slot + length :])
            sizes.add(SignerMemory.open(memory, ORIGIN).state.published.size)

        assert sizes == {1, 2}

    def test_two_durable_writes_never_touch_the_same_slot(self, memory: Path) -> None:
        """The last durable state is always left alone."""
        held = SignerMemory.open(memory, ORIGIN)
        contents = [memory.read_bytes()]
        for size in range(1, 5):
            held.write(TreeHead(size, root(size)), ())
            contents.append(memory.read_bytes())
        slots = [{at // SLOT for at in range(len(one)) if one[at] != other[at]} for one, other in pairwise(contents)]

        assert slots == [{1}, {0}, {1}, {0}]

    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.integers(0, 2**63), st.lists(st.integers(0, 2**63), max_size=MAX_INTENDED))
    def test_state_is_read_back(self, size: int, intended: list[int]) -> None:
        """Every state fits its slot and is read back the same."""
        heads = tuple(TreeHead(one, root(one)) for one in intended)
        state = State(ORIGIN, 7, TreeHead(size, root(size)), heads)

        assert len(state.encode()) <= SLOT
        assert State.decode(state.encode().ljust(SLOT, b"\0")) == state

    @pytest.mark.parametrize(
        ("old", "new"), [(b"number 7", b"number 07"), (b"published 3", b"published  3"), (b"@v1", b"@v2")]
    )
    def test_other_writing_of_the_same_is_refused(self, old: bytes, new: bytes) -> None:
        """One state has one text: anything else is no state."""
        text = State(ORIGIN, 7, TreeHead(3, root(3))).encode()
        changed = text.replace(old, new)

        assert (State.decode(changed) is None) is (changed != text)


class TestLogKey:
    def test_reads_pkcs8_pem(self) -> None:
        """The usual unencrypted form."""
        assert load_log_key(PEM).private_bytes_raw() == bytes(range(32))

    def test_anything_else_is_refused(self) -> None:
        """Other algorithms, other forms and encrypted keys."""
        other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for pem in (b"", PEM[:-40], other, PEM.replace(b"PRIVATE", b"PUBLIC")):
            with pytest.raises(Misconfigured) as caught:
                load_log_key(pem)

            assert caught.value.code == key.LOG_KEY_MALFORMED


class TestTakeOver:
    """Two signers of one home in turns, as its workers are."""

    def test_goes_on_from_what_another_published(self, signer: FileSigner, memory: Path) -> None:
        """After the other's commit only a larger head is signed, and the other's own is known."""
        other = killed(memory, EMPTY)
        signer.prepare(3, root(3))
        signer.confirm(3, root(3))

        other.take_over(3, root(3))
        other.prepare(5, root(5))
        with pytest.raises(IntegrityError) as caught:
            other.prepare(3, root("another"))

        assert (other.published, caught.value.code) == (TreeHead(3, root(3)), key.HEAD_DIFFERS)

    def test_finishes_what_another_left_after_its_commit(self, signer: FileSigner, memory: Path) -> None:
        """Killed between the journal's commit and `confirm`: the head is one of the intents, and is published now."""
        other = killed(memory, EMPTY)
        signer.prepare(3, root(3))

        other.take_over(3, root(3))

        assert (other.published, killed(memory, TreeHead(3, root(3))).published) == (TreeHead(3, root(3)),) * 2

    def test_forgets_what_another_left_before_its_commit(self, signer: FileSigner, memory: Path) -> None:
        """Killed before the commit: the journal is where it was, and the size may be signed with another root."""
        other = killed(memory, EMPTY)
        signer.prepare(3, root("never committed"))

        other.take_over(0, EMPTY.root)
        other.prepare(3, root(3))
        other.confirm(3, root(3))

        assert other.published == TreeHead(3, root(3))

    def test_refuses_a_head_that_nobody_signed(self, signer: FileSigner, memory: Path) -> None:
        """A journal that was rolled back or replaced while others work is met at the next turn."""
        other = killed(memory, EMPTY)
        signer.prepare(3, root(3))
        signer.confirm(3, root(3))
        with pytest.raises(IntegrityError) as caught:
            other.take_over(0, EMPTY.root)

        assert caught.value.code is key.HEAD_DIFFERS
