"""Kept answers: given again to the same ask of the same user with the same key only, bounded, tolerant of what happens to files."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from providers.answerstore import AnswerStore, RedisAnswers, SqliteAnswers
from providers.base import Answer, CallOptions, Prompt, Usage
from providers.errors import VendorUnavailable
from providers.execution.cache import Cache, Reuse
from providers.execution.meter import Meter
from providers.shared import Guards, Shared
from tests.support.ensembles import ensemble
from tests.support.providers import FakeProvider
from tests.support.redis import redis_server

__all__ = ["redis_server"]

ROOT = Path(__file__).resolve().parents[3]
PROMPT, COLD, WARM = Prompt(text="hello?"), CallOptions(temperature=0), CallOptions(temperature=0.7)
KEY = "sk-canary-0123456789abcdef"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def store(path: Path, **options: object) -> SqliteAnswers:
    return SqliteAnswers(path / "answers.sqlite3", ttl_s=3_600, **options)  # type: ignore[arg-type]


def caching(member: FakeProvider, kept: AnswerStore, reuse: Reuse = Reuse.REPEATABLE, whose: bytes = b"me") -> Meter:
    return Meter(Cache(member, kept, reuse, whose))


async def test_the_same_ask_is_answered_once_and_says_that_it_cost_nothing(tmp_path: Path) -> None:
    member = FakeProvider("yes", vendor="openai", model="gpt-4o", usage=Usage(100, 10), mean_logprob=-0.5)
    wrapped, heard = caching(member, store(tmp_path)), []
    first = await wrapped.complete(PROMPT, COLD)

    async def hear(delta: object) -> None:
        heard.append(delta)

    again = await wrapped.complete(PROMPT, COLD, hear)
    assert member.calls == 1
    assert (first.cached, again.cached) == (False, True)
    assert (again.text, again.usage, again.mean_logprob, again.cost_usd) == ("yes", Usage(100, 10), -0.5, 0.0)
    assert first.cost_usd
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("reuse", "options", "reused"),
    [
        (Reuse.REPEATABLE, COLD, True),
        (Reuse.REPEATABLE, CallOptions(temperature=0.7, seed=3), True),
        (Reuse.REPEATABLE, WARM, False),
        (Reuse.REPEATABLE, CallOptions(), False),
        (Reuse.ALWAYS, WARM, True),
        (Reuse.NEVER, COLD, False),
    ],
)
async def test_an_ask_that_is_meant_to_vary_is_reused_only_when_wanted(
    tmp_path: Path, reuse: Reuse, options: CallOptions, reused: bool
) -> None:
    member = FakeProvider("yes")
    wrapped = caching(member, store(tmp_path), reuse)
    for _ in range(2):
        await wrapped.complete(PROMPT, options)
    assert member.calls == (1 if reused else 2)


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": Prompt(text="hello!")},
        {"prompt": Prompt(text="hello?", system="be brief")},
        {"options": CallOptions(temperature=0, max_tokens=10)},
        {"options": CallOptions(temperature=0, seed=1)},
        {"whose": b"somebody else"},
        {"model": "other"},
    ],
)
async def test_whatever_decides_an_answer_sets_asks_apart(tmp_path: Path, other: dict[str, object]) -> None:
    kept = store(tmp_path)
    await caching(FakeProvider("mine", model="m"), kept).complete(PROMPT, COLD)
    member = FakeProvider("theirs", model=str(other.get("model", "m")))
    wrapped = caching(member, kept, whose=other.get("whose", b"me"))  # type: ignore[arg-type]
    answer = await wrapped.complete(other.get("prompt", PROMPT), other.get("options", COLD))  # type: ignore[arg-type]
    assert answer.text == "theirs"


async def test_a_failed_answer_is_not_kept(tmp_path: Path) -> None:
    member = FakeProvider("yes", failures=[VendorUnavailable("down")])
    wrapped = caching(member, store(tmp_path))
    with pytest.raises(VendorUnavailable):
        await wrapped.complete(PROMPT, COLD)
    assert not (await wrapped.complete(PROMPT, COLD)).cached


def test_an_answer_grows_old_and_the_one_used_longest_ago_makes_room(tmp_path: Path) -> None:
    clock = Clock()
    kept = store(tmp_path, max_bytes=80_000, clock=clock)
    for number in range(40):
        clock.now += 1
        kept.keep(bytes([number]) * 32, Answer(text=f"{number} " + "x" * 5_000, model="m"))
        assert kept.find(bytes([0]) * 32) is not None, "what is used stays"
        assert kept.held().size <= 80_000
    assert 10 <= kept.held().entries <= 16
    assert kept.find(bytes([1]) * 32) is None
    kept.keep(b"big" * 10, Answer(text="x" * 20_000, model="m"))
    assert kept.find(b"big" * 10) is None, "no answer may push out most of the others"
    clock.now += 3_601
    assert kept.find(bytes([39]) * 32) is None


def test_the_file_itself_stays_bounded(tmp_path: Path) -> None:
    kept = store(tmp_path, max_bytes=200_000)
    for number in range(400):
        kept.keep(number.to_bytes(32, "big"), Answer(text="y" * 5_000, model="m"))
    kept.close()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 1_000_000


def test_the_file_is_readable_by_its_owner_alone_and_holds_neither_key_nor_prompt(tmp_path: Path) -> None:
    from providers import vendors

    provider = vendors.make("openai", model="gpt-4o", config={"api_key": KEY}, settings=None)
    guards = Guards(owner="browser-id-canary")
    kept = store(tmp_path)
    whose = guards.whose(provider)
    assert KEY.encode() not in whose
    kept.keep(whose, Answer(text="yes", model="m"))
    kept.close()
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for canary in (KEY, "hello?", "browser-id-canary"):
        assert canary.encode() not in content
    assert stat.S_IMODE((tmp_path / "answers.sqlite3").stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 1_000, None], ids=["empty", "garbage", "torn"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    kept, path = store(tmp_path), tmp_path / "answers.sqlite3"
    for number in range(50):
        kept.keep(bytes([number]) * 32, Answer(text="yes " * 500, model="m"))
    kept.close()
    path.write_bytes(path.read_bytes()[:20] + b"\0" * 8_000 if damage is None else damage)
    assert kept.find(b"k" * 32) is None
    kept.keep(b"k" * 32, Answer(text="again", model="m"))
    found = kept.find(b"k" * 32)
    assert found is not None
    assert found.text == "again"


@pytest.mark.parametrize(
    "entry", [b"", b"{", b"[]", b'{"text": 3}', b'{"text":"","model":"m","input_tokens":1,"output_tokens":1,"mean_logprob":null}']
)
def test_an_entry_that_is_no_answer_is_no_hit(tmp_path: Path, entry: bytes) -> None:
    kept = store(tmp_path)
    kept.keep(b"k" * 32, Answer(text="yes", model="m"))
    with sqlite3.connect(tmp_path / "answers.sqlite3") as db:
        db.execute("UPDATE answers SET answer = ?", (entry,))
    assert kept.find(b"k" * 32) is None


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = SqliteAnswers(tmp_path / "file" / "answers.sqlite3", ttl_s=60)
    kept.keep(b"k" * 32, Answer(text="yes", model="m"))
    assert kept.find(b"k" * 32) is None


WRITER = """
import sys
from pathlib import Path
from providers.answerstore import SqliteAnswers
from providers.base import Answer
kept = SqliteAnswers(Path(sys.argv[1]), ttl_s=3600, max_bytes=400_000)
for number in range(100):
    key = bytes([int(sys.argv[2]), number]) * 16
    kept.keep(key, Answer(text=f"{sys.argv[2]}/{number}", model="m"))
    found = kept.find(key)
    assert found is None or found.text == f"{sys.argv[2]}/{number}"
"""


def test_two_processes_write_one_file_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite3"
    command = [sys.executable, "-c", WRITER, str(path)]
    processes = [subprocess.Popen([*command, str(number)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) for number in (1, 2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    kept = SqliteAnswers(path, ttl_s=3_600)
    assert kept.held().entries == 200
    assert kept.find(bytes([2, 7]) * 16).text == "2/7"  # type: ignore[union-attr]


async def test_redis_keeps_answers_for_several_processes_and_lets_them_expire(redis_server: str) -> None:
    one, other = RedisAnswers(redis_server, ttl_s=3_600), RedisAnswers(redis_server, ttl_s=3_600)
    member = FakeProvider("yes", usage=Usage(7, 3))
    await caching(member, one).complete(PROMPT, COLD)
    again = await caching(member, other).complete(PROMPT, COLD)
    assert (again.cached, again.usage, member.calls) == (True, Usage(7, 3), 1)
    brief = RedisAnswers(redis_server, ttl_s=0.001)
    await brief.put(b"k" * 32, Answer(text="yes", model="m"))
    await asyncio.sleep(0.02)
    assert await brief.get(b"k" * 32) is None
    for kept in (one, other, brief):
        kept.close()


async def test_a_redis_that_is_gone_costs_no_answer() -> None:
    member = FakeProvider("yes")
    wrapped = caching(member, RedisAnswers("redis://127.0.0.1:1", ttl_s=60))
    assert [(await wrapped.complete(PROMPT, COLD)).text for _ in range(2)] == ["yes", "yes"]
    assert member.calls == 2


async def test_an_ensemble_says_which_answers_are_kept_ones_and_no_user_gets_anothers(tmp_path: Path) -> None:
    shared = Shared(store=store(tmp_path))
    member = FakeProvider("yes", model="m")

    async def ask(owner: str) -> bool:
        group = ensemble([member], guards=Guards(shared=shared, owner=owner, reuse=Reuse.ALWAYS))
        verdict = await group.run("Is 17 prime?")
        answer = verdict.candidates[0].answer
        return answer is not None and answer.cached

    assert [await ask("anna"), await ask("anna"), await ask("ben")] == [False, True, False]
    shared.close()
