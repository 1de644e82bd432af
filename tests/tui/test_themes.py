"""All text measures its contrast, as it is drawn: on every page, in every theme, on the background it has."""

import pytest
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.screen import ModalScreen

from devhook.shop.registrations import Holder
from devhook.tui.screens.topics import TopicsScreen
from devhook.tui.themes import CONTRAST, DARK, HIGH, LEGIBLE, LIGHT, THEMES
from devhook.webhook.signature import Secret

# Frames, scrollbars, bars and the mark of the cursor are no text.
NO_TEXT = set(" ─│┌┐└┘╭╮╰╯├┤┬┴┼╶╴╷╵━┃▁▂▃▄▅▆▇█▏▎▍▌▋▊▉▔▕▐░▒▓▖▗▘▝\n")


def luminance(rgb):
    parts = [each / 255 for each in rgb]
    return sum(
        share * (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4)
        for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def drawn(app):
    """The text on the screen and the colours that the terminal is told; not what a dialog dims."""
    screen = app.screen
    region = next(iter(screen.children)).region if isinstance(screen, ModalScreen) else screen.region
    for strip in screen._compositor.render_strips()[region.y : region.bottom]:
        for segment in strip.crop(region.x, region.right):
            style = segment.style
            if style is None or not set(segment.text) - NO_TEXT:
                continue
            assert not style.dim, segment
            colours = style.color.get_truecolor(), style.bgcolor.get_truecolor(foreground=False)
            yield segment.text, colours


def too_faint(app, least):
    return {
        (text.strip(), Color(*one).hex, Color(*other).hex, round(contrast(one, other), 2))
        for text, (one, other) in drawn(app)
        if contrast(one, other) < least
    }


def test_every_theme_has_every_colour_of_text_legible_on_every_background():
    text = ("foreground", "muted", "faint", *(f"text-{name}" for name in ("primary", "accent", "success")))
    text = (*text, "text-warning", "text-error", "text", "text-muted", "text-disabled")
    under = ("background", "surface", "panel", "row-cursor", "row-selected", "row-blurred", "row-hover")
    under = (*under, "row-marked")
    for theme in THEMES.values():
        variables = theme.to_color_system().generate() | theme.variables
        least = HIGH if theme.name == CONTRAST else LEGIBLE
        for one in text:
            for other in under:
                found = contrast(Color.parse(variables[one]).rgb, Color.parse(variables[other]).rgb)
                assert found >= least, (theme.name, one, other, found)
        dim = [contrast(Color.parse(variables[name]).rgb, Color.parse(variables["background"]).rgb)
               for name in ("foreground", "muted", "faint")]  # fmt: skip
        assert dim == sorted(dim, reverse=True), theme.name


PAGES = {
    "list": (),
    "marks": ("space", "j"),
    "filter": ("slash", "o", "r"),
    "wrong filter": ("slash", *"is:x"),
    "help": ("question_mark",),
    "palette": ("ctrl+p",),
    "payload": ("right", "enter"),
    "headers": ("right", "right", "enter"),
    "signature": ("left", "left", "left", "enter"),
    "answer": ("left", "left", "enter"),
    "timeline": ("left", "enter", "m"),
    "statistics": ("t",),
    "subscriptions": ("s",),
    "topics": ("s", "n"),
    "answers": ("a",),
    "forge": ("e",),
    "forged topic": ("n",),
    "notice": ("ctrl+c",),
}


@pytest.mark.parametrize(
    "theme", [DARK, *(pytest.param(theme, marks=pytest.mark.thorough) for theme in (LIGHT, CONTRAST))]
)
@pytest.mark.thorough
async def test_all_that_is_drawn_measures_its_contrast(
    opened, session, order, shop, canned_registrations, entry, lost_lease, theme
):
    placed, secret = order(), session.secrets[0]
    for _ in range(2):
        session.deliver(placed, "orders/create", webhook_id="twice", secret=secret)
    session.deliver(placed | {"note": "x"}, secret=Secret(name="another", value="another"))
    paid = {"financial_status": "paid", "note": "y", "updated_at": "2026-03-14T14:01:00Z"}
    session.deliver(placed | paid, secret=secret)
    session.registrations = canned_registrations(
        entry(1, "orders/updated", Holder.LEASE),
        entry(2, "orders/paid", Holder.DEVHOOK, dead="ngrok has no agent for it (ERR_NGROK_3200)"),
        lost=(lost_lease(),),
    )
    least = HIGH if theme == CONTRAST else LEGIBLE
    async with opened((140, 40)) as terminal:
        terminal.app.theme = theme
        await terminal.shows("orders/create")
        found = {}
        for page, keys in PAGES.items():
            await terminal.press(*keys)
            if page == "topics":
                await terminal.until(lambda: isinstance(terminal.app.screen, TopicsScreen))
            for faint in too_faint(terminal.app, least):
                found.setdefault(faint, page)
            while len(terminal.app.screen_stack) > 1:
                await terminal.press("escape")
            await terminal.press("escape", "escape", "1" if page == "list" else "escape")
            terminal.app.clear_notifications()
        assert not found


async def test_the_rules_are_parsed_again_for_a_theme_with_other_colours_alone(opened, session, monkeypatch):
    parsed = []
    reparse = Stylesheet.reparse
    monkeypatch.setattr(Stylesheet, "reparse", lambda sheet: parsed.append(sheet) or reparse(sheet))

    async with opened((80, 24)) as terminal:
        screen = terminal.app.screen
        assert screen.styles.background.hex == THEMES[DARK].background.upper()
        assert parsed == []
        terminal.app.theme = LIGHT
        await terminal.until(lambda: screen.styles.background.hex == THEMES[LIGHT].background.upper())

    assert len(parsed) == 1
