import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tuneyard.errors import NotPossible
from tuneyard.server.keys import SESSION, Keys, Password

TOKEN = "t" * 43


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(clock: Clock) -> Keys:
    return Keys(TOKEN, now=clock)


def changed(text: str) -> list[str]:
    """A text with each of its characters changed in turn."""
    return [text[:i] + ("a" if text[i] != "a" else "b") + text[i + 1 :] for i in range(len(text))]


# -- the token --------------------------------------------------------------------


def test_the_token_stays_and_only_its_owner_reads_it(home: Path) -> None:
    first = Keys.of(home).token
    assert len(first) == 43
    assert Keys.of(home).token == first
    assert (home / "server.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == ["server.key"]


def test_each_home_has_a_token_and_a_cookie_of_its_own(tmp_path: Path) -> None:
    one, other = Keys.of(tmp_path / "one"), Keys.of(tmp_path / "other")
    assert one.token != other.token
    assert one.cookie != other.cookie
    assert not other.is_session(one.session())


def _make(home: Path, queue: "multiprocessing.SimpleQueue[str]") -> None:
    queue.put(Keys.of(home).token)


def test_who_makes_it_at_the_same_time_gets_the_same(home: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    queue: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    makers = [context.Process(target=_make, args=(home, queue)) for _ in range(4)]
    for maker in makers:
        maker.start()
    tokens = {queue.get() for _ in makers}
    for maker in makers:
        maker.join()
    assert tokens == {Keys.of(home).token}


@pytest.mark.parametrize("text", ["", "\n", "short", "\ufffd"])
def test_a_key_that_is_none_opens_nothing(text: str, home: Path) -> None:
    (home / "server.key").write_text(text)
    with pytest.raises(NotPossible, match="holds no token") as caught:
        Keys.of(home)
    assert "Delete it" in caught.value.next_step


def test_only_the_token_is_the_token(keys: Keys) -> None:
    assert keys.is_token(TOKEN)
    for wrong in ("", "t", f"{TOKEN} ", TOKEN[:-1], "ü", "\udcff", *changed(TOKEN)):
        assert not keys.is_token(wrong)


# -- sessions ---------------------------------------------------------------------


def test_a_session_lasts_thirty_days(keys: Keys, clock: Clock) -> None:
    session = keys.session()
    assert keys.is_session(session)
    clock.now += SESSION - 1
    assert keys.is_session(session)
    clock.now += 1
    assert not keys.is_session(session)


def test_a_session_outlives_the_server(home: Path) -> None:
    assert Keys.of(home).is_session(Keys.of(home).session())


def test_a_session_cant_be_changed_or_made_up(keys: Keys) -> None:
    session = keys.session()
    expiry, _, rest = session.partition(".")
    longer = f"{int(expiry) + 1}.{rest}"
    for wrong in ("", ".", "..", "9999999999..", longer, keys.once(), TOKEN, *changed(session)):
        assert not keys.is_session(wrong)


def test_another_password_ends_all_sessions(clock: Clock) -> None:
    old, new = Keys(TOKEN, "old password", now=clock), Keys(TOKEN, "new password", now=clock)
    none = Keys(TOKEN, now=clock)
    assert old.is_session(old.session())
    assert not new.is_session(old.session())
    assert not none.is_session(old.session())
    assert not old.is_session(none.session())


# -- the link that works once -----------------------------------------------------


def test_a_link_works_once(keys: Keys) -> None:
    once = keys.once()
    assert keys.use(once)
    assert not keys.use(once)
    assert keys.use(keys.once())


def test_a_link_of_another_process_works_once_too(clock: Clock) -> None:
    """The second `tuneyard serve` makes one for the first, whose password it may not know."""
    server = Keys(TOKEN, "a password", now=clock)
    once = Keys(TOKEN, now=clock).once()
    assert server.use(once)
    assert not server.use(once)


def test_a_link_that_nobody_opened_ends_soon(keys: Keys, clock: Clock) -> None:
    once = keys.once()
    clock.now += 120
    assert not keys.use(once)


def test_used_links_are_forgotten_when_they_have_ended(keys: Keys, clock: Clock) -> None:
    assert keys.use(keys.once())
    clock.now += 200
    assert keys.use(keys.once())
    assert len(keys._used) == 1


@pytest.mark.parametrize("wrong", ["", "1.2.3", TOKEN])
def test_other_things_are_no_link(wrong: str, keys: Keys) -> None:
    assert not keys.use(wrong)
    assert not keys.use(keys.session())


# -- the password -----------------------------------------------------------------


def test_wrong_tries_make_the_next_one_wait_longer(clock: Clock) -> None:
    password = Password("correct horse", now=clock)
    waits = []
    for _ in range(12):
        assert not password.is_right("wrong")
        waits.append(password.wait)
        clock.now += password.wait
    assert waits == [0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]


def test_nothing_is_looked_at_while_there_is_a_wait(clock: Clock) -> None:
    password = Password("correct horse", now=clock)
    for _ in range(5):
        password.is_right("wrong")
        clock.now += password.wait
    assert not password.is_right("wrong")
    wait = password.wait
    assert wait == 8
    assert not password.is_right("correct horse")
    assert password.wait == wait  # nor does it count
    clock.now += wait
    assert password.is_right("correct horse")
    assert not password.is_right("wrong")
    assert password.wait == 0


@pytest.mark.parametrize("wrong", ["", "correct", "correct horse ", "Correct horse", "\udcff"])
def test_only_the_password_is_right(wrong: str) -> None:
    assert not Password("correct horse").is_right(wrong)
