"""Answers that something in front of an app gave, as reports quote them, and answers of apps themselves."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.webhook.answer import Answer
from devhook.webhook.interception.interceptor import AnswerHead
from devhook.webhook.interception.recognition import INTERCEPTORS, interception_of, interceptions_in

HTML = {"content-type": "text/html; charset=utf-8"}
CLOUDFLARE = {"server": "cloudflare", **HTML}
APP = "https://app.example/webhooks"
NGINX = (
    "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr><center>nginx/1.25</center>"
)

FRONT = [
    (404, {"ngrok-error-code": "ERR_NGROK_3200", **HTML}, "<html>offline</html>", "ngrok_offline", "ngrok"),
    (404, HTML, "<p>Tunnel a1b2.ngrok.io not found</p> ERR_NGROK_3200", "ngrok_offline", "ngrok"),
    (502, {"ngrok-error-code": "ERR_NGROK_8012"}, "", "ngrok_upstream", "ngrok"),
    (502, HTML, "<html>ERR_NGROK_3004</html>", "ngrok_not_http", "ngrok"),
    (200, {"ngrok-error-code": "ERR_NGROK_6024", **HTML}, "<html></html>", "ngrok_warning", "ngrok"),
    (403, HTML, "<html>ERR_NGROK_725</html>", "ngrok_limit", "ngrok"),
    (403, {"ngrok-error-code": "ERR_NGROK_8008"}, "", "ngrok", "ngrok"),
    (530, CLOUDFLARE, "error code: 1033", "cloudflare_tunnel_down", "Cloudflare"),
    (530, CLOUDFLARE, "<title>Cloudflare Tunnel error</title>", "cloudflare_tunnel_down", "Cloudflare"),
    (502, CLOUDFLARE, "<h2>Unable to reach the origin service</h2>", "cloudflare_origin", "Cloudflare"),
    (502, CLOUDFLARE, "error code: 502", "cloudflare_origin", "Cloudflare"),
    (521, CLOUDFLARE, "error code: 521", "cloudflare_origin", "Cloudflare"),
    (403, {**CLOUDFLARE, "cf-mitigated": "challenge"}, "", "cloudflare_challenge", "Cloudflare"),
    (503, CLOUDFLARE, "<title>Just a moment...</title>", "cloudflare_challenge", "Cloudflare"),
    (403, CLOUDFLARE, "error code: 1020", "cloudflare", "Cloudflare"),
    (
        302,
        {"location": "https://a.cloudflareaccess.com/cdn-cgi/access/login/x"},
        "",
        "cloudflare_access",
        None,
    ),
    (511, HTML, "<h1>Tunnel website ahead!</h1>", "localtunnel_password", "localtunnel"),
    (503, HTML, "503 - Tunnel Unavailable", "localtunnel_down", "localtunnel"),
    (408, {"x-localtunnel-agent-ips": "[]"}, "", "localtunnel_down", "localtunnel"),
    (
        302,
        {"location": "https://global.rel.tunnels.api.visualstudio.com/auth/github"},
        "",
        "dev_tunnel_private",
        None,
    ),
    (401, {"vssaas-request-id": "1", "www-authenticate": "tunnel"}, "", "dev_tunnel_private", None),
    (502, {"vssaas-request-id": "1"}, "Bad Gateway", "dev_tunnel_down", None),
    (503, {}, "no tunnel here :(", "tunnel_down", "the tunnel"),
    (
        403,
        {},
        'Blocked request. This host ("a.example") is not allowed.',
        "vite_host",
        "Vite's development server",
    ),
    (403, HTML, "Invalid Host header", "webpack_host", "webpack-dev-server"),
    (200, HTML, "Invalid Host header", "webpack_host", "webpack-dev-server"),
    (400, HTML, "<title>DisallowedHost at /</title>", "django_host", "Django"),
    (400, HTML, "<h1>Bad Request (400)</h1>", "django_host", "Django"),
    (403, HTML, "<header><h1>Blocked host: a.example</h1></header>", "rails_host", "Rails"),
    (403, HTML, "<h1>Blocked hosts: a.example</h1>", "rails_host", "Rails"),
    (413, HTML, NGINX.format("413 Request Entity Too Large"), "nginx_body_size", "nginx"),
    (502, HTML, NGINX.format("502 Bad Gateway"), "nginx_upstream", "nginx"),
    (503, HTML, "<iframe src='//www.herokucdn.com/error-pages/application-error.html'>", "platform", None),
    (502, {"x-railway-fallback": "true"}, "Application failed to respond", "platform", None),
    (502, {}, "", "proxy_upstream", "a proxy or a tunnel"),
    (502, {}, "Bad Gateway", "proxy_upstream", "a proxy or a tunnel"),
    (504, HTML, "<html><h1>504 Gateway Time-out</h1></html>", "proxy_upstream", "a proxy or a tunnel"),
    (503, {"server": "Caddy"}, "", "proxy_upstream", "a proxy or a tunnel"),
]
FRAMEWORKS = [
    (403, HTML, "<h1>Forbidden</h1><p>CSRF verification failed. Request aborted.</p>", "csrf"),
    (422, HTML, "ActionController::InvalidAuthenticityToken in WebhooksController#create", "csrf"),
    (419, HTML, "<title>Page Expired</title>", "csrf"),
    (403, {}, "Cross-site POST form submissions are forbidden", "csrf"),
    (404, HTML, "<pre>Cannot POST /webhooks</pre>", "no_post_route"),
    (
        405,
        {},
        'You made a POST request to "/webhooks" but did not provide an `action` for route',
        "no_post_route",
    ),
    (404, HTML, "<h1>No route matches [POST] &quot;/webhooks&quot;</h1>", "no_post_route"),
    (405, HTML, "The POST method is not supported for route webhooks.", "no_post_route"),
    (404, {"x-powered-by": "Next.js"}, "This page could not be found", "no_post_route"),
    (200, {"x-powered-by": "Next.js", **HTML}, "<script src='/_next/static/a.js'></script>", "page"),
    (302, {"location": "/users/sign_in"}, "", "login"),
    (302, {"location": "https://app.example/auth/login?shop=a"}, "", "login"),
    (200, HTML, "<form><input name=a type='password'></form>", "login"),
    (308, {"location": "/webhooks/"}, "", "redirect"),
]
OWN = [
    (200, {}, ""),
    (200, {"content-type": "application/json"}, '{"error code": 1033, "page": "ERR_NGROK_3200"}'),
    (200, HTML, "<html>ok</html>"),
    (200, {"server": "cloudflare"}, "ok"),
    (400, {"content-type": "application/json"}, '{"error": "Bad Request"}'),
    (401, {}, ""),
    (401, {"vssaas-request-id": "1"}, ""),
    (401, HTML, "<h1>Unauthorized</h1>"),
    (401, {"server": "cloudflare"}, "bad signature"),
    (403, {"server": "nginx"}, "Forbidden"),
    (404, {}, "Not Found"),
    (404, {"server": "cloudflare"}, "No such shop"),
    (405, {}, ""),
    (413, {"server": "nginx"}, "PayloadTooLargeError: request entity too large"),
    (422, {}, '{"message":"invalid"}'),
    (429, {"server": "cloudflare"}, "slow down"),
    (500, HTML, "<h1>Internal Server Error</h1>"),
    (500, {"server": "cloudflare"}, "TypeError: x is undefined"),
    (503, {}, "busy"),
    (503, {"x-localtunnel-agent-ips": "[]"}, "The queue of the app is full. " * 9),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "text", "code", "by"), FRONT)
def test_what_answers_in_front_of_an_app_is_named(status, headers, text, code, by):
    found = interception_of(AnswerHead(status, headers, text, APP))

    assert found.code == code
    assert by in {None, found.by}
    assert " answered, not the app: " in found.message
    assert not found.of_app
    assert found.hint


@pytest.mark.parametrize(("status", "headers", "text", "code"), FRAMEWORKS)
def test_what_a_framework_answers_before_the_handler_of_webhooks_is_named(status, headers, text, code):
    found = interception_of(AnswerHead(status, headers, text, APP))

    assert (found.code, found.of_app) == (code, True)
    assert " answered, not the handler of webhooks: " in found.message


@pytest.mark.parametrize(("status", "headers", "text"), OWN)
def test_what_the_app_answers_itself_is_not_taken_for_anything_else(status, headers, text):
    assert interception_of(AnswerHead(status, headers, text, APP)) is None


def test_a_redirect_of_the_same_host_to_https_is_told_from_others():
    there = {"location": "https://app.example/webhooks"}

    assert interception_of(AnswerHead(301, there, "", "http://app.example/webhooks")).code == "https_redirect"
    assert interception_of(AnswerHead(301, there, "", "http://other.example/webhooks")).code == "redirect"
    assert interception_of(AnswerHead(301, there, "", "http://[bad")).code == "redirect"


def test_every_interceptor_is_tested_and_each_sentence_is_whole():
    tested = {each[3] for each in [*FRONT, *FRAMEWORKS]} | {"https_redirect"}

    assert {each.code for each in INTERCEPTORS} == tested
    for status, headers, text, *_ in [*FRONT, *FRAMEWORKS]:
        for server in ("the app", "devhook"):
            found = interception_of(AnswerHead(status, headers, text), server)
            for sentence in (found.message, found.hint):
                assert "{" not in sentence
                assert "  " not in sentence
            assert found.message.endswith(".")


def test_a_compressed_page_is_read_and_the_answer_names_what_gave_it():
    page = gzip.compress(b"<html>ERR_NGROK_3200</html>")
    answer = Answer(
        status=404,
        headers=(("Content-Encoding", "gzip"), ("Content-Type", "text/html")),
        body=page,
        seconds=0.1,
    )

    assert answer.interception().code == "ngrok_offline"
    assert answer.as_json()["intercepted_by"] == "ngrok"
    assert Answer(status=200, seconds=0.1).as_json()["intercepted_by"] is None
    assert Answer(seconds=0.1, error="No answer").interception() is None


def test_the_pages_are_found_in_what_a_person_pastes():
    log = "12:00 web | Blocked hosts: a.ngrok.app\n12:01 curl | ERR_NGROK_8012\n12:02 Error 1033 Ray ID: 9"

    assert [each.code for each in interceptions_in(log)] == [
        "ngrok_upstream",
        "cloudflare_tunnel_down",
        "rails_host",
    ]
    assert interceptions_in("Cannot POST /webhooks, 502 Bad Gateway, order 1033") == []


@given(
    st.none() | st.integers(100, 999),
    st.dictionaries(st.sampled_from(["location", "server", "content-type", "ngrok-error-code"]), st.text()),
    st.text(),
    st.text(),
)
def test_any_answer_is_read_without_a_failure(status, headers, text, url):
    interception_of(AnswerHead(status, headers, text, url))
    interceptions_in(text)
