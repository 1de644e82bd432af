"""The keys of the main page: what can be done with the deliveries, and which other pages there are."""

from typing import Final

from textual.binding import Binding

DELIVERIES_BINDINGS: Final = (
    Binding("slash", "filter", "filter", tooltip="Show only what matches", id="filter"),
    Binding("r", "replay", "replay", tooltip="Send the selected delivery again, as it came", id="replay"),
    Binding(
        "F,G",
        "follow",
        "Follow",
        show=False,
        tooltip="Go to the newest delivery and stay with it",
        id="follow",
    ),
    Binding(
        "s",
        "subscriptions",
        "subscriptions",
        show=False,
        tooltip="What is registered in the shop; make and remove leases",
        id="subscriptions",
    ),
    Binding(
        "a",
        "answer_with",
        "answer",
        tooltip="Tell the sender of the next deliveries something else: 500, slow, nothing",
        id="answer-with",
    ),
    Binding(
        "e",
        "edit",
        "edit",
        tooltip="Alter this delivery, sign it and send it",
        id="edit",
    ),
    Binding("n", "forge", "forge", show=False, tooltip="Make a delivery of a topic", id="forge"),
    Binding(
        "t",
        "statistics",
        "statistics",
        show=False,
        tooltip="How many, of what, how signed, how fast",
        id="statistics",
    ),
    Binding("tab", "app.focus_next", "Other pane", show=False, tooltip="The list or the detail"),
    Binding("right,]", "turn(1)", "Next tab", show=False, id="tab.next"),
    Binding("left,[", "turn(-1)", "Previous tab", show=False, id="tab.previous"),
    Binding("escape", "back", "Clear the filter", show=False, id="back"),
)
