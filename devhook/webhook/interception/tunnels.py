"""Lists the answers of tunnels: ngrok, Cloudflare, localtunnel, the dev tunnels of VS Code, and others.

ngrok: https://ngrok.com/docs/errors
Cloudflare: https://developers.cloudflare.com/support/troubleshooting/http-status-codes
localtunnel: https://github.com/localtunnel/localtunnel/issues/598
Dev tunnels send vssaas-request-id with every answer, also with the app's:
https://github.com/microsoft/dev-tunnels/issues/456
"""

from typing import Final

from devhook.webhook.interception.interceptor import Interceptor, Sign

_REDIRECTS: Final = range(300, 400)
_DOWN: Final = (502, 503, 504)
_CLOUDFLARE: Final = {"server": r"^cloudflare"}
_DEV_TUNNELS: Final = {"vssaas-request-id": r"."}


def _ngrok(number: str) -> tuple[Sign, ...]:
    code = rf"\bERR_NGROK_{number}\b"
    return Sign(headers={"ngrok-error-code": code}), Sign(body=code)


TUNNELS: Final = (
    Interceptor(
        code="ngrok_offline",
        by="ngrok",
        signs=_ngrok("3200"),
        happened="no agent is connected to the address at the moment (ERR_NGROK_3200).",
        hint="Start the agent for the address again (ngrok http PORT), or use the address that it shows now.",
        in_text=True,
    ),
    Interceptor(
        code="ngrok_upstream",
        by="ngrok",
        signs=_ngrok("8012"),
        happened="the tunnel is open, but nothing listens where it leads to (ERR_NGROK_8012).",
        hint="Start {server}, or let the tunnel lead to its port: ngrok http PORT",
        in_text=True,
    ),
    Interceptor(
        code="ngrok_not_http",
        by="ngrok",
        signs=_ngrok("3004"),
        happened="what the tunnel leads to does not answer in HTTP (ERR_NGROK_3004).",
        hint="Check the port. If it is TLS: ngrok http https://localhost:PORT",
        in_text=True,
    ),
    Interceptor(
        code="ngrok_warning",
        by="ngrok",
        signs=_ngrok("6024"),
        happened="it shows its warning page for browsers (ERR_NGROK_6024).",
        hint=(
            "Shopify's deliveries do not get the page. Something on the way makes requests look like a "
            "browser's; the header ngrok-skip-browser-warning avoids the page."
        ),
        in_text=True,
    ),
    Interceptor(
        code="ngrok_limit",
        by="ngrok",
        signs=_ngrok(r"(?P<number>702|725|726|727|734)"),
        happened="a limit of the account is exceeded (ERR_NGROK_{number}).",
        hint="dashboard.ngrok.com/usage shows it. Any other tunnel works too: cloudflared tunnel --url …",
        in_text=True,
    ),
    Interceptor(
        code="ngrok",
        by="ngrok",
        signs=_ngrok(r"(?P<number>\d{1,6})"),
        happened="it rejects the request (ERR_NGROK_{number}).",
        hint="ngrok.com/docs/errors/err_ngrok_{number} explains it.",
        in_text=True,
    ),
    Interceptor(
        code="cloudflare_tunnel_down",
        by="Cloudflare",
        signs=(
            Sign(body=r"error(?: code)?:?\s*1033\b|Argo Tunnel error|Cloudflare Tunnel error"),
            Sign(statuses={530}, headers=_CLOUDFLARE),
        ),
        happened="no cloudflared is connected to the tunnel (error 1033).",
        hint=(
            "Start it again: cloudflared tunnel --url http://127.0.0.1:PORT. A quick tunnel has a new "
            "address each time."
        ),
        in_text=True,
    ),
    Interceptor(
        code="cloudflare_challenge",
        by="Cloudflare",
        signs=(
            Sign(headers={"cf-mitigated": r"challenge"}),
            Sign(
                statuses={403, 429, 503},
                headers=_CLOUDFLARE,
                body=r"Just a moment|Attention Required!|challenge-platform|Enable JavaScript and cookies",
            ),
        ),
        happened="it asks for a check that only a browser can pass.",
        hint="Add a rule that skips bot protection for the path of webhooks: Security, WAF, Custom rules.",
    ),
    Interceptor(
        code="cloudflare_access",
        by="Cloudflare Access",
        signs=(
            Sign(statuses=_REDIRECTS, headers={"location": r"cloudflareaccess\.com|/cdn-cgi/access/login"}),
        ),
        happened="it asks for a login.",
        hint="Add a policy with the action Bypass for the path of webhooks.",
    ),
    Interceptor(
        code="cloudflare_origin",
        by="Cloudflare",
        signs=(
            Sign(
                statuses={502, 504},
                headers=_CLOUDFLARE,
                body=r"\A\s*\Z|error code: 50[24]|origin service|bad gateway|gateway time-?out",
            ),
            Sign(statuses=range(520, 528), headers=_CLOUDFLARE),
        ),
        happened="it cannot reach {server} ({status}).",
        hint=(
            "Start {server}, and check the port that cloudflared leads to; with localhost it may try ::1, so "
            "write 127.0.0.1."
        ),
    ),
    Interceptor(
        code="cloudflare",
        by="Cloudflare",
        signs=(Sign(headers=_CLOUDFLARE, body=r"\berror(?: code)?:?\s*(?P<number>1\d{3})\b"),),
        happened="it rejects the request (error {number}).",
        hint="developers.cloudflare.com/support/troubleshooting explains error {number}.",
    ),
    Interceptor(
        code="localtunnel_password",
        by="localtunnel",
        signs=(
            Sign(statuses={401, 511}, body=r"localtunnel|loca\.lt|tunnel[- ]password|Tunnel website ahead"),
            Sign(statuses={511}),
        ),
        happened="it asks visitors for a password.",
        hint=(
            "Clients without a browser's User-Agent, such as Shopify's, do not get the page; the header "
            "bypass-tunnel-reminder avoids it."
        ),
    ),
    Interceptor(
        code="localtunnel_down",
        by="localtunnel",
        signs=(
            Sign(statuses=(408, *_DOWN), headers={"x-localtunnel-agent-ips": r"."}, body=r"\A.{0,60}\Z"),
            Sign(statuses=(404, *_DOWN), body=r"503\s*-\s*Tunnel Unavailable|Tunnel Unavailable"),
        ),
        happened="no client is connected to the address, or it cannot reach {server} ({status}).",
        hint="Start it again: npx localtunnel --port PORT --subdomain NAME",
    ),
    Interceptor(
        code="dev_tunnel_private",
        by="the dev tunnel of VS Code",
        signs=(
            Sign(statuses={401, 403}, headers={**_DEV_TUNNELS, "www-authenticate": r"tunnel"}),
            Sign(
                statuses=_REDIRECTS,
                headers={
                    "location": r"tunnels\.api\.visualstudio\.com/auth|devtunnels\.ms/(?:auth|login)|"
                    r"github\.dev/pf-signin|github\.com/codespaces/auth"
                },
            ),
        ),
        happened="the port is private.",
        hint="Make it public: Ports, Port Visibility, Public; or: devtunnel host -p PORT --allow-anonymous",
    ),
    Interceptor(
        code="dev_tunnel_down",
        by="the dev tunnel of VS Code",
        signs=(Sign(statuses={502, 504}, headers=_DEV_TUNNELS),),
        happened="nothing listens on the forwarded port ({status}).",
        hint="Start {server}, or forward its port: devtunnel host -p PORT --allow-anonymous",
    ),
    Interceptor(
        code="tunnel_down",
        by="the tunnel",
        signs=(
            Sign(
                statuses=(404, *_DOWN),
                body=r"no tunnel here :\(|tunnel (?:\S{1,200} )?(?:was )?not found|tunnel is not active|"
                r"could(?:n't| not) find (?:the|a) tunnel",
            ),
        ),
        happened="nothing is connected to the address ({status}).",
        hint="Start the tunnel again, and use the address that it shows.",
    ),
)
