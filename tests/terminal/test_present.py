"""`devhook demo --present` as a trainer uses it: a story in a real terminal."""

import signal

import pytest


@pytest.mark.thorough
async def test_a_trainer_presents_a_lesson_goes_back_and_leaves(terminal, tmp_path):
    screen = await terminal("demo", "--present", "lesson-retries", env={"TMPDIR": str(tmp_path)})
    await screen.shows("step 0 of 8", "PgDn next: check out", "masked")
    for step, shown in (
        (1, "order of"),
        (2, "answers 500@orders/paid"),
        (3, "✗500"),
        (4, "↻2"),
        (5, "removes the subscription"),
    ):
        screen.press("\x1b[6~")
        await screen.shows(f"step {step} of 8", shown, "PgDn next")

    # Pressed twice, it goes back two steps: the failed delivery waits for its first retry again.
    screen.press("\x1b[5~\x1b[5~")
    await screen.shows("step 3 of 8", "2 of 9", "15 sub")
    screen.press("q")

    assert await screen.ended() == 0
    assert list(tmp_path.glob("devhook-demo-*")) == []


@pytest.mark.thorough
async def test_a_signal_while_it_goes_back_leaves_nothing(terminal, tmp_path):
    screen = await terminal("demo", "--present", "lesson-late", env={"TMPDIR": str(tmp_path)})
    await screen.shows("step 0 of 5")
    screen.press(">")
    await screen.shows("step 1 of 5", "PgDn next")
    screen.press("<")
    await screen.shows("Back to step 0")
    screen.process.send_signal(signal.SIGTERM)

    assert await screen.ended() == 0
    assert list(tmp_path.glob("devhook-demo-*")) == []
