import json
import os

import pytest

from devhook.tui.app import DevhookApp
from devhook.tui.screen_memory import ScreenLook, ScreenMemory, state_file
from devhook.tui.widgets.detail import Detail


def test_the_file_is_in_the_state_folder_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    assert state_file() == tmp_path / "devhook" / "screen.json"


def test_what_is_remembered_is_there_again(tmp_path):
    file = tmp_path / "new" / "screen.json"
    memory = ScreenMemory(file)

    memory.remember(theme="nord", wide=30)
    memory.remember(tab="headers")
    memory.finish()

    assert ScreenMemory(file).look == ScreenLook(theme="nord", tab="headers", wide=30)
    assert [each.name for each in file.parent.iterdir()] == ["screen.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'"text"',
        b"[" * 4000,
        b'{"theme": 5, "tab": null, "wide": "40", "narrow": true}',
        b'{"wide": 500, "narrow": -3, "theme": "' + b"x" * 100 + b'"}',
        b'{"wide": 40, "pad": "' + b"x" * 5000 + b'"}',
    ],
)
def test_a_damaged_file_changes_nothing(tmp_path, content):
    file = tmp_path / "screen.json"
    file.write_bytes(content)

    assert ScreenMemory(file).look == ScreenLook()


def test_a_pipe_in_the_place_of_the_file_is_not_waited_for(tmp_path):
    file = tmp_path / "screen.json"
    os.mkfifo(file)

    assert ScreenMemory(file).look == ScreenLook()


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    memory = ScreenMemory(tmp_path / "file" / "screen.json")

    memory.remember(tab="headers")
    memory.finish()

    assert memory.look.tab == "headers"


async def test_theme_tab_and_the_line_between_the_panes_are_as_they_were_left(session, terminal_of, tmp_path):
    file = tmp_path / "screen.json"
    session.deliver()
    async with terminal_of(DevhookApp(session, memory=ScreenMemory(file)), (140, 40)) as terminal:
        await terminal.shows("Deliveries 1")
        before = terminal.app.query_one("#deliveries").region.width
        await terminal.press("right", "right", "less_than_sign", "less_than_sign")
        terminal.app.theme = "nord"
        await terminal.until(lambda: terminal.app.query_one("#deliveries").region.width < before - 8)
    terminal.app._memory.finish()
    kept = json.loads(file.read_text())
    assert (kept["theme"], kept["tab"]) == ("nord", "headers")

    async with terminal_of(DevhookApp(session, memory=ScreenMemory(file)), (140, 40)) as terminal:
        await terminal.shows("X-Shopify-Topic")
        assert terminal.app.theme == "nord"
        width = terminal.app.query_one("#deliveries").region.width
        assert abs(width - round(140 * kept["wide"] / 100)) <= 1
        assert terminal.app.query_one(Detail).region.right == 140


@pytest.mark.parametrize(("size", "end"), [((140, 40), 50), ((80, 40), 29)], ids=["beside", "below"])
async def test_the_mouse_drags_the_line_between_the_panes(opened, session, size, end):
    session.deliver()
    async with opened(size) as terminal:
        await terminal.shows("Deliveries 1")
        detail = terminal.app.query_one("#detail")
        before = detail.region
        beside = before.x > 0
        await terminal.pilot.mouse_down(offset=(before.x, before.y + 3 * beside))
        await terminal.pilot.hover(offset=(end, 10) if beside else (9, end))
        await terminal.pilot.mouse_up(offset=(end, 10) if beside else (9, end))
        await terminal.until(lambda: detail.region != before)

        now = detail.region
        assert abs((now.x if beside else now.y) - end) <= 2
        await terminal.pilot.hover(offset=(5, 5))
        assert detail.region == now
