from datetime import UTC, datetime, timedelta

from devhook.tui.rate import Rate

NOON = datetime(2026, 3, 14, 12, 0, 0, 400_000, tzinfo=UTC)


def seconds(number):
    return timedelta(seconds=number)


def test_only_the_last_minute_counts():
    rate = Rate()
    for age in (0, 1, 59, 61, 300):
        rate.count(NOON - seconds(age))

    assert rate.per_minute(NOON) == 3
    assert rate.per_minute(NOON + seconds(60)) == 0


def test_a_burst_is_counted_in_full():
    rate = Rate()
    for _ in range(10_000):
        rate.count(NOON)

    assert rate.per_minute(NOON) == 10_000


def test_what_is_reported_out_of_order_is_counted_where_it_belongs():
    rate = Rate()
    for age in (10, 40, 20, 40):
        rate.count(NOON - seconds(age))

    assert rate.per_minute(NOON) == 4
    assert rate.sparkline(NOON, 6) == "▁█▁▅▅▁"


def test_the_newest_bar_is_on_the_right():
    rate = Rate()
    rate.count(NOON)

    assert rate.sparkline(NOON, 4) == "▁▁▁█"
    assert rate.sparkline(NOON + seconds(20), 4) == "▁▁█▁"
    assert rate.sparkline(NOON + seconds(70), 4) == "▁▁▁▁"


def test_a_clock_that_is_set_back_does_not_break_the_rate():
    rate = Rate()
    rate.count(NOON + seconds(5))

    assert rate.per_minute(NOON) == 1
    assert rate.sparkline(NOON, 3) == "▁▁█"


def test_an_hour_takes_no_more_memory_than_a_minute():
    rate = Rate()
    for second in range(3_600):
        rate.count(NOON + seconds(second))

    assert len(rate._seconds) == 60
