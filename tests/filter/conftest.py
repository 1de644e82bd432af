import pytest

from devhook.inbox.database import Inbox


@pytest.fixture
def path(tmp_path):
    return tmp_path / "inbox"


@pytest.fixture
def inbox(path):
    with Inbox.open(path) as opened:
        yield opened
