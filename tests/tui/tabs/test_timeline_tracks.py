import pytest

from devhook.analysis.order_tracks import OrderSnapshot, tracks
from devhook.tui.tabs.timeline_tracks import track_lines

LIFE = tracks(
    [
        OrderSnapshot("259.05", "unfulfilled", "pending"),
        OrderSnapshot("259.05", "partial", "paid"),
        OrderSnapshot("156.81", "fulfilled", "partially_refunded"),
    ]
)


def test_a_track_has_its_first_value_a_bar_for_each_version_and_its_last_value():
    assert [line.plain for line in track_lines(LIFE, 60)] == [
        "",
        "   money      259.05 ██▅ 156.81",
        "   fulfilment unfulfilled ▁▅█ fulfilled",
        "   payment    pending ▁█▅ partially_refunded",
    ]


def test_a_value_that_never_changes_stands_once():
    (_, money) = track_lines(tracks([OrderSnapshot("8.00", "", "")] * 2), 60)

    assert money.plain == "   money      ██ 8.00"


@pytest.mark.parametrize("width", [30, 60, 140])
def test_a_long_life_and_a_strangers_status_fit_and_are_shown_as_text(width):
    states = [OrderSnapshot("1", "fulfilled", "[/foo]\x1b]52;c;\u202eabc" * 9)] * 300

    for line in track_lines(tracks(states), width):
        assert line.cell_length <= width
        assert not {"\x1b", "\u202e"} & set(line.plain)
