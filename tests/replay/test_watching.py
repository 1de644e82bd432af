import asyncio
import os

from devhook.replay.watching import Seen, changed, differences, listening, restarted, stamps
from devhook.webhook.answer import Answer, Failure


def seen(**facts):
    return Seen.of(Answer(**{"status": 200, "seconds": 0.01, "body": b"ok"} | facts))


async def at_once(seconds):
    await asyncio.sleep(0)


async def change_of(path, happens):
    """What `changed` returns when `happens` is called between its first two looks."""
    looks = []

    async def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            happens()

    return await changed(path, stamps(path), sleep=sleep)


async def test_a_file_that_is_written_is_a_change(tmp_path):
    file = tmp_path / "app.py"
    file.write_text("one")

    assert await change_of(tmp_path, lambda: file.write_text("other")) == str(file)


async def test_one_file_may_be_watched_alone(tmp_path):
    file = tmp_path / "app.py"
    file.write_text("one")

    assert await change_of(file, lambda: file.write_text("other")) == str(file)


async def test_a_new_file_and_a_removed_one_are_changes(tmp_path):
    file = tmp_path / "deep" / "app.py"
    file.parent.mkdir()

    assert await change_of(tmp_path, lambda: file.write_text("one")) == str(file)
    assert await change_of(tmp_path, file.unlink) == str(file)


async def test_the_same_size_at_another_time_is_a_change(tmp_path):
    file = tmp_path / "app.py"
    file.write_text("one")
    os.utime(file, ns=(1, 1))

    assert await change_of(tmp_path, lambda: os.utime(file, ns=(2, 2))) == str(file)


async def test_many_changes_that_follow_each_other_are_one(tmp_path):
    looks = []

    async def sleep(seconds):
        looks.append(seconds)
        if len(looks) <= 5:
            (tmp_path / f"{len(looks)}.py").write_text("x")

    await changed(tmp_path, stamps(tmp_path), sleep=sleep)

    assert len(looks) == 6


def test_folders_that_nobody_writes_code_in_are_passed_over(tmp_path):
    for name in (".git", "node_modules", "app/__pycache__", "app"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "file").write_text("x")

    assert list(stamps(tmp_path)) == [str(tmp_path / "app" / "file")]


def test_what_apps_write_by_themselves_is_no_change(tmp_path):
    for name in ("dev.sqlite", "dev.sqlite-wal", "inbox.journal.db", "development.log", "app.rb"):
        (tmp_path / name).write_text("x")

    assert list(stamps(tmp_path)) == [str(tmp_path / "app.rb")]


async def test_who_listens_is_known_by_a_connection(target):
    assert await listening(target.url)
    assert not await listening("http://127.0.0.1:1")
    assert not await listening("http://a..b:1")


async def test_a_restart_is_waited_for_until_it_is_over(target, restarting):
    async with restarting(type(target)()) as other:
        port = int(other.url.rpartition(":")[2])
    knocks = []
    up = []

    async def sleep(seconds):
        knocks.append(seconds)
        if len(knocks) == 3:
            context = restarting(other, port)
            await context.__aenter__()
            up.append(context)

    await restarted(f"http://127.0.0.1:{port}", sleep=sleep)

    assert len(knocks) == 3
    await up[0].__aexit__(None, None, None)


async def test_what_does_not_restart_is_waited_for_shortly(target):
    knocks = []

    async def sleep(seconds):
        knocks.append(seconds)

    await restarted(target.url, sleep=sleep)

    assert sum(knocks) <= 1.01


def test_the_same_answer_in_about_the_same_time_has_no_differences():
    assert list(differences(seen(), seen(seconds=0.025))) == []


def test_status_body_and_time_are_told():
    before = seen(status=500, body=b"<h1>Oh\n no</h1>", seconds=0.4)

    assert list(differences(before, seen())) == [
        "500 → 200",
        "body “<h1>Oh no</h1>” → “ok”",
        "400 ms → 10 ms",
    ]


def test_a_failure_is_told_by_its_name():
    gone = seen(status=None, failure=Failure.NO_ANSWER, body=b"", seconds=0.01)

    assert list(differences(gone, seen(body=b""))) == ["no answer → 200"]


def test_bodies_that_differ_further_on_are_told_by_their_size():
    one, other = seen(body=b"x" * 2000 + b"a"), seen(body=b"x" * 2000 + b"bc")

    assert list(differences(one, other)) == ["body of 2,001 → 2,002 bytes"]
