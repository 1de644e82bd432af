"""A presentation on the screen, with real runs."""

import pytest

from devhook.scenario.loading import load_scenario
from devhook.scenario.model import Action, Scenario, Step
from devhook.session.demo import DemoOptions
from devhook.session.presentation import Presentation, demonstrating_with_lessons
from devhook.tui.app import DevhookApp

SHORT = Scenario(
    title="Two notes",
    note="Before it begins.",
    steps=(
        Step(do=Action.CHECK_OUT, note="**You see** an order."),
        Step(do=Action.NOTE, text="one", note="\n\n".join(f"Paragraph {number}." for number in range(30))),
        Step(do=Action.NOTE, text="two", note="[red]not markup[/red] \x1b[2J"),
    ),
)


@pytest.fixture
def presented(terminal_of):
    """Open an app with a presentation, in a terminal of a size."""

    def presentation_of(scenario):
        return Presentation(DemoOptions(scenario=scenario))

    return presentation_of


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_presenter_goes_on_reads_on_and_goes_back(size, presented, terminal_of):
    async with (
        presented(SHORT) as presentation,
        terminal_of(DevhookApp(presentation.session, presentation=presentation), size) as terminal,
    ):
        await terminal.shows(
            "Two notes", "step 0 of 3", "Before it begins.", "PgDn next: check out", "masked"
        )
        await terminal.press("pagedown")
        await terminal.shows(
            "step 1 of 3", "You see an order.", "#1001", "PgDn next: note “one”", "PgUp back"
        )
        # The key that was pressed stands in the corner.
        assert terminal.text.splitlines()[-1].rstrip(" ╯").endswith("PgDn")
        await terminal.press("pagedown")
        await terminal.shows("step 2 of 3", "PgDn shows the rest of the note")

        while "Paragraph 29." not in terminal.text:
            before = terminal.text
            await terminal.press("pagedown")
            await terminal.until(lambda before=before: terminal.text != before)
        assert presentation.at == 2
        await terminal.shows("PgDn next: note “two”")
        await terminal.press("greater_than_sign")
        await terminal.shows("step 3 of 3", "[red]not markup[/red] ␛[2J", "The end.", "Deliveries 6")

        await terminal.press("pageup")
        await terminal.shows("step 2 of 3", "Deliveries 5", "PgDn shows the rest of the note")
        await terminal.press("B")
        await terminal.shows("Back to step", "before the first step", "check out")
        await terminal.type("1")
        await terminal.press("enter")
        await terminal.shows("step 1 of 3", "Deliveries 4")

        # What happens is the scenario's: the shop's own keys rest.
        await terminal.press("1", "2", "pageup")
        await terminal.shows("step 0 of 3", "Before it begins.")
        assert not presentation.session.simulated.orders
        await terminal.press("pageup")
        await terminal.until(lambda: ("", "This is the beginning.") in terminal.notices)
        await terminal.press("q")
        await terminal.until(lambda: presentation.is_stopping)


@pytest.mark.thorough
async def test_a_key_in_a_demo_presents_a_lesson_and_q_returns(terminal_of):
    options = DemoOptions(scenario=Scenario(title="x", steps=(Step(do=Action.CHECK_OUT),)), judged=False)
    async with (
        demonstrating_with_lessons(options, lambda _: None) as session,
        terminal_of(DevhookApp(session), (140, 40)) as terminal,
    ):
        await terminal.shows("#1001", "check out")
        await terminal.press("P")
        await terminal.shows("Present", "lesson-hmac", "is it really from Shopify?")
        await terminal.type("lesson-late")
        await terminal.press("enter")
        title = load_scenario("lesson-late").title
        await terminal.shows(title, "step 0 of 5", "masked")
        await terminal.press("pagedown")
        await terminal.shows("step 1 of 5")

        await terminal.press("q")
        await terminal.hides(title)
        await terminal.shows("#1001", "check out")
        assert not session.is_stopping
        await terminal.press("q")
        await terminal.until(lambda: session.is_stopping)
