import pytest

from devhook.tunnel.signs import News, Sign, sign_of

AT = "t=2026-11-24T03:00:00+0000 lvl="


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        (
            'eror msg="session closed, starting reconnect loop" obj=tunnels.session err="read EOF"',
            Sign(News.LOST, "read EOF"),
        ),
        (
            'eror msg="failed to reconnect session" obj=tunnels.session err="a \\"b\\""',
            Sign(News.LOST, 'a "b"'),
        ),
        ('info msg="client session established" obj=tunnels.session', Sign(News.BACK)),
        ('info msg="started tunnel" obj=tunnels name=devhook url=https://x.example', Sign(News.STARTED)),
        ('info msg="join connections" obj=join r="failed to reconnect session"', None),
        ('info msg="started tunnel', None),
        ("", None),
    ],
)
def test_only_news_of_the_session_is_a_sign(line, sign):
    assert sign_of(AT + line + "\n") == sign
