"""The keys of the main page that work in each of its panes."""

from typing import Final

from textual.binding import Binding

from devhook.tui.screens.copy_save_open_menus import TAKE_BINDINGS

DELIVERIES_BINDINGS: Final = (
    Binding("slash", "filter", "filter", tooltip="Show only matching deliveries", id="filter"),
    Binding("colon", "go_to", "Go to", show=False, tooltip="Go to an order by its number", id="go-to"),
    *TAKE_BINDINGS,
    Binding(
        "r",
        "replay",
        "replay",
        tooltip="Send the marked deliveries again unchanged, or the selected one",
        id="replay",
    ),
    Binding(
        "d",
        "compare",
        "Compare",
        show=False,
        tooltip="Compare two marked deliveries, or the marked one with the selected one",
        id="compare",
    ),
    Binding(
        "F,G",
        "follow",
        "Follow",
        show=False,
        tooltip="Go to the newest delivery and follow new ones",
        id="follow",
    ),
    Binding(
        "s",
        "subscriptions",
        "subscriptions",
        show=False,
        tooltip="The app's subscriptions in the shop: list, create and remove them",
        id="subscriptions",
    ),
    Binding(
        "a",
        "answer_with",
        "answer",
        tooltip="Answer the next deliveries with an error, late or not at all",
        id="answer-with",
    ),
    Binding(
        "e",
        "edit",
        "edit",
        tooltip="Edit the selected delivery, sign it and send it",
        id="edit",
    ),
    Binding(
        "p",
        "probe",
        "probe",
        show=False,
        tooltip="Check that your app does what Shopify requires",
        id="probe",
    ),
    Binding("c", "forge", "create", show=False, tooltip="Create a delivery of a topic", id="forge"),
    Binding(
        "t",
        "statistics",
        "statistics",
        show=False,
        tooltip="Counts by topic, signature and verdict; answer times",
        id="statistics",
    ),
    Binding(
        "tab",
        "app.focus_next",
        "Other pane",
        show=False,
        tooltip="Switch between the list and the detail",
        id="pane.next",
    ),
    Binding("less_than_sign", "divide(-1)", "Smaller list", show=False, id="pane.smaller"),
    Binding("greater_than_sign", "divide(1)", "Larger list", show=False, id="pane.larger"),
    Binding("right,]", "turn(1)", "Next tab", show=False, id="tab.next"),
    Binding("left,[", "turn(-1)", "Previous tab", show=False, id="tab.previous"),
    Binding("escape", "back", "Clear the marks, then the filter", show=False, id="back"),
)
