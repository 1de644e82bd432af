import asyncio
import os

from devhook.replay.file_watch import file_stamps, next_change, until_restarted


async def at_once(seconds):
    await asyncio.sleep(0)


async def change_of(path, happens):
    """What `changed` returns when `happens` is called between its first two looks."""
    looks = []

    async def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            happens()

    return await next_change(path, file_stamps(path), sleep=sleep)


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

    await next_change(tmp_path, file_stamps(tmp_path), sleep=sleep)

    assert len(looks) == 6


def test_folders_that_nobody_writes_code_in_are_passed_over(tmp_path):
    for name in (".git", "node_modules", "app/__pycache__", "app"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "file").write_text("x")

    assert list(file_stamps(tmp_path)) == [str(tmp_path / "app" / "file")]


def test_what_apps_write_by_themselves_is_no_change(tmp_path):
    for name in ("dev.sqlite", "dev.sqlite-wal", "inbox.journal.db", "development.log", "app.rb"):
        (tmp_path / name).write_text("x")

    assert list(file_stamps(tmp_path)) == [str(tmp_path / "app.rb")]


async def test_a_restart_is_waited_for_until_it_is_over(target, restarting):
    async with restarting(type(target)()) as other:
        port = int(other.url.rpartition(":")[2])
    checks = []
    up = []

    async def sleep(seconds):
        checks.append(seconds)
        if len(checks) == 3:
            context = restarting(other, port)
            await context.__aenter__()
            up.append(context)

    await until_restarted(f"http://127.0.0.1:{port}", sleep=sleep)

    assert len(checks) == 3
    await up[0].__aexit__(None, None, None)


async def test_what_does_not_restart_is_waited_for_shortly(target):
    checks = []

    async def sleep(seconds):
        checks.append(seconds)

    await until_restarted(target.url, sleep=sleep)

    assert sum(checks) <= 1.01
