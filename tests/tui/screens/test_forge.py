import json
import re
import socketserver
import threading

import pytest
from textual.widgets import TextArea

from devhook.errors import InputError
from devhook.inbox.journal import sends
from devhook.receiver.targets import Target
from devhook.tui.screens.forge import ForgeScreen
from devhook.tui.screens.forge_headers import parsed
from devhook.tui.widgets.payload_area import PayloadArea
from devhook.tui.widgets.payload_tree import PayloadTree
from devhook.webhook.delivery import Origin, Signature
from devhook.webhook.payload import read_json
from devhook.webhook.signature import check


class Kept:
    def __init__(self):
        self.requests = []
        self.status = "200 OK"
        self.body = "taken [/]"


@pytest.fixture
def endpoint(session):
    """The developer's app: it records its requests, and the session forwards to it."""
    kept = Kept()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            lines = []
            while (line := self.rfile.readline().rstrip(b"\r\n")) != b"":
                lines.append(line.decode("latin-1"))
            headers = dict(line.split(": ", 1) for line in lines[1:])
            kept.requests.append((headers, self.rfile.read(int(headers["Content-Length"]))))
            self.wfile.write(
                f"HTTP/1.1 {kept.status}\r\nConnection: close\r\n"
                f"Content-Length: {len(kept.body)}\r\n\r\n{kept.body}".encode()
            )

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        kept.target = Target(url=f"http://127.0.0.1:{server.server_address[1]}/hooks")
        yield kept
        server.shutdown()
        thread.join()


@pytest.fixture
def forge(session, opened, endpoint, order):
    """The forge on one delivery, in a terminal."""

    class Opening:
        def __init__(self, document=None, size=(140, 40), **how):
            session.deliver(document or order(), **how)
            session.targets = (endpoint.target,)
            self.context = opened(size)

        async def __aenter__(self):
            self.terminal = await self.context.__aenter__()
            await self.terminal.shows("delivery 1")
            await self.terminal.press("e")
            await self.terminal.until(lambda: isinstance(self.terminal.app.screen, ForgeScreen))
            await self.terminal.shows("No changes")
            return self.terminal

        async def __aexit__(self, *failure):
            await self.context.__aexit__(*failure)

    return Opening


def rewrite(terminal, before, after):
    area = terminal.app.screen.query_one(PayloadArea)
    area.text = area.text.replace(before, after)


async def test_an_edited_delivery_is_signed_again_sent_and_answered(forge, session, endpoint):
    async with forge() as terminal:
        rewrite(terminal, '"pending"', '"voided"')
        await terminal.shows("1 change", '~ financial_status  "pending" → "voided"')
        await terminal.press("ctrl+s")
        await terminal.shows("✓ 200 in", "taken [/]")

    ((headers, body),) = endpoint.requests
    assert json.loads(body)["financial_status"] == "voided"
    assert check(session.secrets, body, headers["X-Shopify-Hmac-Sha256"]).signature is Signature.VALID
    assert headers["X-Shopify-Webhook-Id"] != "9f2c-0001"
    assert headers["X-Shopify-Topic"] == "orders/updated"
    (send,) = sends(session.inbox)
    assert (send.origin, send.delivery_id, send.answer.status) == (Origin.FORGED, 1, 200)


async def test_a_tunnel_that_answers_for_the_app_is_named(forge, endpoint):
    endpoint.body = "<html><p>ERR_NGROK_6024</p></html>"
    async with forge() as terminal:
        await terminal.press("ctrl+s")
        await terminal.shows("✗ 200 in", "ngrok answered")


@pytest.mark.thorough
async def test_the_keys_of_other_pages_are_typed_into_the_payload(forge):
    async with forge() as terminal:
        await terminal.press("ctrl+end", "up", "end")
        await terminal.type(" x")
        await terminal.shows("✗ This is not valid JSON.", "line")

        await terminal.press("ctrl+s")
        await terminal.until(lambda: any("not JSON" in "".join(each) for each in terminal.notices))

        await terminal.press("ctrl+r")
        await terminal.shows("No changes")


async def test_a_key_updates_the_amounts_that_depend_on_an_edit(forge):
    async with forge() as terminal:
        rewrite(terminal, '"id": 5500000001001', '"id": 5500000009999')
        await terminal.shows("1 change")
        await terminal.press("ctrl+o")

        await terminal.shows("2 changes", "updated_at")


async def test_a_tampered_delivery_is_sent_and_the_answer_is_judged(forge, endpoint):
    endpoint.status = "401 Unauthorized"
    async with forge() as terminal:
        await terminal.press("ctrl+t")
        await terminal.shows("Tamper", "401: one byte of the body altered after signing")
        await terminal.type("hex")
        await terminal.press("enter")
        await terminal.shows("· the signature in hexadecimal")
        await terminal.press("ctrl+s")

        await terminal.shows("✓ 401 in", "expected: 401")
    assert len(endpoint.requests[0][0]["X-Shopify-Hmac-Sha256"]) == 64


async def test_a_delivery_is_forged_from_a_topic(session, opened, endpoint):
    session.targets = (endpoint.target,)
    async with opened((80, 24)) as terminal:
        await terminal.press("c")
        await terminal.shows("Topic of the forged delivery")
        await terminal.type("customers/re")
        await terminal.press("enter")
        await terminal.shows(
            "Forge customers/redact from devhook's sample payload", "No changes", '"shop_id"'
        )
        await terminal.press("ctrl+s")
        await terminal.shows("✓ 200")

    ((headers, body),) = endpoint.requests
    assert headers["X-Shopify-Topic"] == "customers/redact"
    assert headers["X-Shopify-Shop-Domain"] == "harbour-lane.myshopify.com"
    assert read_json(body)["orders_to_redact"]


async def test_another_target_can_be_typed_only_on_this_machine(forge, endpoint):
    async with forge() as terminal:
        box = terminal.app.screen.query_one("#target")
        assert box.value == endpoint.target.url
        box.value = "https://example.com/hooks"
        await terminal.press("ctrl+s")
        await terminal.until(lambda: any("example.com" in "".join(each) for each in terminal.notices))

        box.value = "9"
        await terminal.press("ctrl+s")
        await terminal.shows("✗ Connection refused")
    assert endpoint.requests == []


async def test_edits_are_discarded_only_after_a_question(forge):
    async with forge() as terminal:
        rewrite(terminal, '"pending"', '"voided"')
        await terminal.shows("1 change")
        await terminal.press("escape")
        await terminal.shows("Leave the forge?")
        await terminal.press("n")
        await terminal.shows("1 change")

        await terminal.press("ctrl+s")
        await terminal.shows("✓ 200 in")
        await terminal.press("escape")
        await terminal.shows("Deliveries 1")


async def test_foreign_text_has_no_effect_in_the_editor(forge, order):
    document = order(note="a\x9b31m\u202eevil\u200b e\u0301\u0301\u0301\u0301\u0301 👶 \U000e0041")
    async with forge(document) as terminal:
        await terminal.shows("\\u009b31m\\u202eevil\\u200b")

        assert not {"\x9b", "\u202e", "\u200b", "\x1b", "\U000e0041"} & set(terminal.raw)
        terminal.app.screen.query_one(PayloadArea).insert("\x1b]52;c;aGk=\x07")
        await terminal.shows("\\u001b]52")
        assert "\x1b" not in terminal.raw


async def test_a_payload_that_cannot_be_read_is_not_opened(session, opened):
    session.deliver(body=b'{"id":')
    async with opened() as terminal:
        await terminal.shows("delivery 1")
        await terminal.press("e")

        await terminal.until(lambda: any("cannot be edited" in "".join(each) for each in terminal.notices))
        assert not isinstance(terminal.app.screen, ForgeScreen)


async def test_a_masked_forgery_contains_pseudonyms(forge):
    async with forge() as terminal:
        await terminal.shows("mira.sol@example.com")
        await terminal.press("ctrl+l")

        await terminal.hides("mira.sol@example.com")


async def test_without_a_secret_nothing_is_signed(forge, session, endpoint):
    session.secrets = ()
    async with forge() as terminal:
        await terminal.press("ctrl+s")

        await terminal.until(lambda: any("No secret" in "".join(each) for each in terminal.notices))
    assert endpoint.requests == []


async def test_the_payload_is_drawn_in_colours_that_follow_the_theme(forge):
    async with forge() as terminal:
        area = terminal.app.screen.query_one(PayloadArea)
        for theme in ("devhook-dark", "devhook-light"):
            terminal.app.theme = theme
            wanted = terminal.app.get_theme(theme).variables["text-success"]

            def colours():
                strips = terminal.app.screen._compositor.render_strips()
                return {segment.text.strip(): segment.style.color for strip in strips for segment in strip
                        if segment.style and segment.style.color}  # fmt: skip

            await terminal.until(
                lambda: colours()['"pending"'].get_truecolor().hex.lower() == wanted.lower()  # noqa: B023 - awaited here
            )
        assert area.theme == "devhook"


async def test_the_tree_moves_with_the_text_and_the_text_with_the_tree(forge):
    async with forge() as terminal:
        area, tree = terminal.app.screen.query_one(PayloadArea), terminal.app.screen.query_one(PayloadTree)
        lines = area.text.splitlines()
        status = next(number for number, line in enumerate(lines) if '"financial_status"' in line)
        area.move_cursor((status, 4))
        await terminal.until(lambda: tree.selected.name == "financial_status")

        await terminal.press("ctrl+e")
        await terminal.until(lambda: tree.has_focus)
        await terminal.press("down")
        await terminal.until(lambda: area.cursor_location[0] == status + 1)
        assert area.text.splitlines()[status + 1].lstrip().startswith(f'"{tree.selected.name}"')


@pytest.mark.thorough
async def test_a_value_is_edited_in_the_tree_as_json_or_as_text(forge):
    async with forge() as terminal:
        tree = terminal.app.screen.query_one(PayloadTree)
        await terminal.press("ctrl+e")
        await terminal.until(lambda: tree.has_focus)
        for name, typed, shown in (
            ("note", "Ring twice", '~ note  null → "Ring twice"'),
            ("total_price", '"1.00"', '"64.00" → "1.00"'),
        ):
            while tree.selected.name != name:
                await terminal.press("down")
            await terminal.press("enter", "end", "ctrl+u", *typed, "enter")
            await terminal.until(lambda: tree.has_focus)
            await terminal.press("ctrl+e", "ctrl+e")
            await terminal.press("ctrl+e")
            await terminal.until(lambda: tree.has_focus)
            assert typed.strip('"') in terminal.app.screen.query_one(PayloadArea).text, shown
        assert "2 changes" in terminal.text

        await terminal.press("enter", "escape")
        assert isinstance(terminal.app.screen, ForgeScreen)
        await terminal.press("home", "enter")
        await terminal.until(lambda: tree.line_count == 1)


@pytest.mark.thorough
async def test_headers_are_edited_removed_and_added_and_the_made_ones_are_made(forge, session, endpoint):
    async with forge() as terminal:
        await terminal.press("ctrl+e", "ctrl+e")
        area = terminal.app.screen.query_one("#headers-area", TextArea)
        await terminal.until(lambda: area.has_focus)
        assert "X-Shopify-Hmac-Sha256: (signed)" in area.text
        lines = [line for line in area.text.splitlines() if not line.startswith("X-Shopify-Test")]
        area.text = "\n".join([*lines, "X-Extra: grüße"]).replace("2026-10", "2027-01")
        await terminal.press("ctrl+s")
        await terminal.shows("✓ 200 in")

    ((headers, body),) = endpoint.requests
    assert headers["X-Shopify-API-Version"] == "2027-01"
    assert "X-Shopify-Test" not in headers
    assert headers["X-Extra"].encode("latin-1").decode() == "grüße"
    assert check(session.secrets, body, headers["X-Shopify-Hmac-Sha256"]).signature is Signature.VALID
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["X-Shopify-Webhook-Id"])
    assert headers["X-Shopify-Order-Id"] == "5500000001001"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no header", "no header is not a header."),
        ("Bad name: x", "Bad name: x is not a header."),
        ("Host: example.com", "devhook sets Host when it sends the request."),
        ("X-A: a\x07b", "The value of X-A cannot be sent."),
        ("\n".join(f"X-{number}: 1" for number in range(101)), "A delivery has at most 100 headers."),
    ],
)
def test_lines_that_are_no_headers_are_an_error(text, told):
    with pytest.raises(InputError, match=re.escape(told)):
        parsed(text)
