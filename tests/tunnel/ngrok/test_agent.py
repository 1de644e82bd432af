import pytest

from devhook.tunnel.ngrok.agent import LogEvent, SessionChange, log_event

AT = "t=2026-11-24T03:00:00+0000 lvl="


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            'eror msg="session closed, starting reconnect loop" obj=tunnels.session err="read EOF"',
            LogEvent(SessionChange.LOST, "read EOF"),
        ),
        (
            'eror msg="failed to reconnect session" obj=tunnels.session err="a \\"b\\""',
            LogEvent(SessionChange.LOST, 'a "b"'),
        ),
        ('info msg="client session established" obj=tunnels.session', LogEvent(SessionChange.BACK)),
        (
            'info msg="started tunnel" obj=tunnels name=devhook url=https://x.example',
            LogEvent(SessionChange.STARTED),
        ),
        ('info msg="join connections" obj=join r="failed to reconnect session"', None),
        ('info msg="started tunnel', None),
        ("", None),
    ],
)
def test_only_lines_about_the_session_are_events(line, event):
    assert log_event(AT + line + "\n") == event
