import stat

import pytest

from devhook.inbox.database import Inbox
from devhook.privacy.mask import Mask
from devhook.receiver.targets import Target
from devhook.recordings.importing import import_files
from devhook.recordings.masked import TEST_SECRET
from devhook.tui.screens.save import SaveScreen
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import check

BODY = '{"id": 1, "email": "mira.sol@example.com", "note": "it\'s é", "price": 1.50}\n'.encode()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder to save to, in a terminal that takes a clipboard."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return folder


def told(terminal):
    return [message for _, message in terminal.notices]


async def copied(terminal, key):
    """Press `y` and a key; return what is in the clipboard and what was said."""
    before = len(terminal.notices)
    await terminal.press("y", key)
    await terminal.until(lambda: len(terminal.notices) > before)
    title, message = terminal.notices[-1]
    return terminal.app.clipboard, f"{title} {message}".strip()


@pytest.mark.thorough
async def test_everything_of_a_delivery_is_copied(opened, session):
    session.deliver(body=BODY)
    session.targets = (Target(url="http://localhost:3000/hooks"),)
    async with opened() as terminal:
        await terminal.press("enter", "right", "down", "down")

        assert await copied(terminal, "b") == (BODY.decode(), f"Copied the body, {len(BODY)} bytes.")
        headers, _ = await copied(terminal, "h")
        assert "X-Shopify-Topic: orders/updated\n" in headers
        assert await copied(terminal, "u") == ("http://localhost:4000/", "Copied the address, 22 bytes.")
        curl, said = await copied(terminal, "c")
        assert "'http://localhost:3000/hooks'" in curl
        assert f"X-Shopify-Hmac-Sha256: {session.inbox.delivery(1).hmac}" in curl
        assert said.startswith("Copied the curl command")
        assert await copied(terminal, "p") == ("email", "Copied the path, 5 bytes.")
        assert await copied(terminal, "v") == ("mira.sol@example.com", "Copied the value, 20 bytes.")


async def test_curl_sends_to_the_receiver_without_a_target_and_to_a_variable_without_either(opened, session):
    session.deliver(body=BODY, path="/webhooks?x=1")
    async with opened() as terminal:
        assert "'http://localhost:4000/webhooks?x=1'" in (await copied(terminal, "c"))[0]
        session.address = ""
        assert '"${TARGET:-http://localhost:3000}"' in (await copied(terminal, "c"))[0]


async def test_the_menu_names_what_can_be_copied_and_esc_leaves_it(opened, session, order):
    session.deliver(order())
    for size in ((60, 20), (140, 40)):
        async with opened(size) as terminal:
            await terminal.press("y")
            await terminal.shows("copy body", "475 bytes", "copy as curl", "Esc leaves")
            await terminal.press("escape")
            await terminal.hides("copy body")
            assert terminal.notices == []


async def test_what_cannot_be_copied_is_said(opened, session):
    session.address = ""
    session.deliver(body=b"\xff\x00")
    session.deliver(body=b"")
    session.deliver(body=b'{"big": "' + b"x" * 750_000 + b'"}')
    async with opened() as terminal:
        assert "too large for a clipboard: 732.4 KiB. Save it to a file with w." in " ".join(
            (await copied(terminal, "b"))[1].split()
        )
        assert "There is no address" in (await copied(terminal, "u"))[1]
        await terminal.press("down")
        assert "the body is empty" in (await copied(terminal, "b"))[1]
        assert "no path under the cursor" in (await copied(terminal, "p"))[1]
        await terminal.press("down")
        clipboard, said = await copied(terminal, "b")
        assert "is not text" in said
        assert clipboard == ""


async def test_a_terminal_that_refuses_is_said_with_a_way_out(opened, session, order, monkeypatch):
    session.deliver(order())
    monkeypatch.setenv("TERM_PROGRAM", "Apple_Terminal")
    async with opened() as terminal:
        _, said = await copied(terminal, "b")
        assert (
            "If the clipboard is unchanged, Apple's Terminal does not allow it. w saves it to a file." in said
        )


@pytest.mark.thorough
async def test_while_masked_everything_is_masked_and_signed_with_the_test_secret(opened, session, place):
    session.deliver(body=BODY)
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        await terminal.press("enter", "right", "down", "down")
        body, _ = await copied(terminal, "b")
        curl, _ = await copied(terminal, "c")
        value, _ = await copied(terminal, "v")
        await terminal.press("w", "b")
        await terminal.shows("Masked, and signed again with the test secret devhook-test-secret.")
        await terminal.press("enter")
        await terminal.until((place / "orders-updated-1.json").exists)
        await terminal.press("w", "r", "enter")
        await terminal.until((place / "delivery-1.jsonl").exists)

    saved = [file.read_text() for file in place.iterdir()]
    for text in (body, curl, value, *saved):
        assert "mira.sol" not in text
    assert body.encode() == (place / "orders-updated-1.json").read_bytes()
    hmac = curl.partition("X-Shopify-Hmac-Sha256: ")[2].partition("'")[0]
    assert check([TEST_SECRET], body.encode(), hmac).signature is Signature.VALID


@pytest.mark.thorough
async def test_the_body_is_saved_byte_for_byte_and_nothing_is_overwritten_unasked(opened, session, place):
    session.deliver(body=bytes(range(256)))
    (place / "orders-updated-1.bin").write_text("mine")
    (place / "sub").mkdir()
    async with opened() as terminal:
        await terminal.press("w", "b")
        await terminal.shows("Save the body", "orders-updated-1.bin", f"in {place}", "personal data")
        await terminal.press("enter")
        await terminal.shows("already")
        assert (place / "orders-updated-1.bin").read_text() == "mine"
        await terminal.press("enter")
        await terminal.until(lambda: (place / "orders-updated-1.bin").read_bytes() == bytes(range(256)))
        await terminal.until(lambda: told(terminal))
        assert told(terminal)[-1] == f"Saved the body to {place}/orders-updated-1.bin, 256 bytes."

        for name, complaint in (
            ("nowhere/x", "There is no folder"),
            ("/dev/null", "not a regular file"),
            ("~nobody-here/x", "There is no user ~nobody-here"),
            ("x" * 300, "File name too long"),
        ):
            await terminal.press("w", "b", "ctrl+u", *name, "enter")
            await terminal.shows(complaint)
            await terminal.press("escape")
            await terminal.until(lambda: not isinstance(terminal.app.screen, SaveScreen))

        # A folder, and a name in it.
        await terminal.press("w", "b", "ctrl+u", *"sub", "enter")
        await terminal.until((place / "sub" / "orders-updated-1.bin").exists)
    assert stat.S_IMODE((place / "orders-updated-1.bin").stat().st_mode) == 0o600


async def test_a_folder_that_was_removed_is_said(opened, session, place):
    session.deliver(body=BODY)
    async with opened() as terminal:
        place.rmdir()
        await terminal.press("w", "b")
        await terminal.until(lambda: terminal.notices)
        assert "No file can be written: No such file or directory." in terminal.notices[0]


async def test_a_recording_is_saved_and_can_be_imported(opened, session, place, tmp_path):
    session.deliver(body=BODY)
    async with opened() as terminal:
        await terminal.press("w", "r")
        await terminal.shows("Save 1 delivery", "delivery-1.jsonl")
        await terminal.press("enter")
        await terminal.until(lambda: told(terminal))
        # The suffix selects the format.
        await terminal.press("w", "r", "ctrl+u", *"again.sh", "enter")
        await terminal.until((place / "again.sh").exists)

    assert (place / "again.sh").read_text().startswith("printf %b ")
    with Inbox.open(tmp_path / "other") as other:
        (number,) = import_files(other, [place / "delivery-1.jsonl"], (), session.inbox.row(1).received_at)
        assert other.delivery(number) == session.inbox.delivery(1)


async def test_without_a_delivery_each_key_says_so_and_without_a_terminal_nothing_is_opened(
    opened, session, order, monkeypatch
):
    monkeypatch.setenv("PAGER", "cat")
    async with opened() as terminal:
        await terminal.press("y", "w", "o")
        assert told(terminal) == ["There is no delivery yet."] * 3

        session.deliver(order())
        await terminal.shows("Deliveries 1")
        await terminal.press("o", "b")
        await terminal.until(lambda: len(terminal.notices) > 3)
        assert "in a browser" in terminal.notices[-1][0]


@pytest.mark.thorough
async def test_the_palette_finds_them_by_their_words(opened, session, order):
    session.deliver(order())
    async with opened() as terminal:
        for words, shown in (
            ("copy body", "Copy body"),
            ("copy as curl", "Copy as curl"),
            ("save body", "Save body"),
            ("open body in editor", "Open body in editor"),
            ("unfold the value", "Fold"),
        ):
            await terminal.press("ctrl+p")
            await terminal.type(words)
            await terminal.shows(shown)
            await terminal.press("escape")
        await terminal.press("ctrl+p")
        await terminal.type("find")
        await terminal.shows("Find text in the tab")
        await terminal.press("enter")
        await terminal.type("first")
        await terminal.shows("1 of 1")
