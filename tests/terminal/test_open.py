"""`devhook open` as the person sees it who was sent a recording."""

import pytest


@pytest.mark.thorough
async def test_a_colleagues_recording_is_shown_read_only_and_nothing_is_left(terminal, tmp_path):
    made = await terminal("--inbox", "inbox", "demo", "--scenario", "nothing-visible", "--output", "lines")
    assert await made.ended() == 0
    exported = await terminal("--inbox", "inbox", "export", "--out", "sent.jsonl", "--mask")
    assert await exported.ended() == 0

    screen = await terminal("open", "sent.jsonl", env={"TMPDIR": str(tmp_path)})
    await screen.shows("read only  sent.jsonl", "Deliveries", "#1001")
    screen.press("r")
    await screen.shows("This is read only")
    screen.press("s")
    screen.press("q")

    assert await screen.ended() == 0
    assert list(tmp_path.glob("devhook-open-*")) == []
