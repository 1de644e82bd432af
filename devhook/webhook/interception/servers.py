"""Lists the answers of development servers and proxies, and those of frameworks before the app's own code.

Vite: https://vite.dev/config/server-options#server-allowedhosts
webpack-dev-server: https://webpack.js.org/configuration/dev-server/#devserverallowedhosts
Django: https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts
Rails: https://guides.rubyonrails.org/configuring.html#actiondispatch-hostauthorization
"""

from typing import Final

from devhook.webhook.interception.interceptor import Interceptor, Sign

_REDIRECTS: Final = range(300, 400)
_DOWN: Final = (502, 503, 504)

DEVELOPMENT_SERVERS: Final = (
    Interceptor(
        code="vite_host",
        by="Vite's development server",
        signs=(
            Sign(body=r"Blocked request\. This host(?: \(?\"(?P<host>[^\"]{1,200})\"\)?)? is not allowed"),
        ),
        names={"host": "the public host"},
        happened="it does not serve {host}.",
        hint=(
            "Add the host to server.allowedHosts in vite.config.js ('.ngrok-free.app' allows every name "
            "below it), and start the development server again."
        ),
        in_text=True,
    ),
    Interceptor(
        code="webpack_host",
        by="webpack-dev-server",
        signs=(Sign(body=r"\A\s*Invalid Host(?:/Origin)? header\b"),),
        happened="it does not serve the public host.",
        hint=(
            "Set devServer.allowedHosts to the host or 'all' (Create React App: "
            "DANGEROUSLY_DISABLE_HOST_CHECK=true), and start the development server again."
        ),
        in_text=True,
    ),
    Interceptor(
        code="django_host",
        by="Django",
        signs=(
            Sign(body=r"Invalid HTTP_HOST header: (?:'|&#x27;|&#39;)(?P<host>[\w.:*-]{1,200})"),
            Sign(body=r"\bDisallowedHost\b|Invalid HTTP_HOST header"),
            Sign(statuses={400}, body=r"<h1>Bad Request \(400\)</h1>"),
        ),
        names={"host": "the public host"},
        happened="it does not serve {host}.",
        hint="Add the host to ALLOWED_HOSTS in settings.py ('.ngrok-free.app' allows every name below it).",
        in_text=True,
    ),
    Interceptor(
        code="rails_host",
        by="Rails",
        signs=(Sign(body=r"Blocked hosts?:\s*(?P<host>[\w.*:-]{1,200})?"),),
        names={"host": "the public host"},
        happened="its host authorization does not serve {host}.",
        hint='In config/environments/development.rb: config.hosts << "{host}" (or config.hosts.clear).',
        in_text=True,
    ),
    Interceptor(
        code="https_redirect",
        by="a redirect to https",
        signs=(Sign(to_https=True, headers={"location": r"\A(?P<location>.+)\Z"}),),
        happened="it leads to {location}, and Shopify follows no redirects.",
        hint=(
            "Use the address with https://. Behind a tunnel, let {server} trust X-Forwarded-Proto: "
            "app.set('trust proxy', 1), SECURE_PROXY_SSL_HEADER in Django, config.assume_ssl in Rails."
        ),
    ),
)

PROXIES: Final = (
    Interceptor(
        code="nginx_body_size",
        by="nginx",
        signs=(Sign(statuses={413}, body=r"<center>nginx"),),
        happened="it rejects bodies of this size.",
        hint="Set client_max_body_size 5m; in nginx.",
    ),
    Interceptor(
        code="nginx_upstream",
        by="nginx",
        signs=(
            Sign(statuses=_DOWN, body=r"<center>nginx"),
            Sign(statuses=_DOWN, headers={"server": r"^(?:nginx|openresty)"}, body=r"\A\s*\Z"),
        ),
        happened="it cannot reach {server} ({status}).",
        hint="Start {server}, and check the port in proxy_pass; nginx's error.log has the reason.",
    ),
    Interceptor(
        code="platform",
        by="the hosting platform",
        signs=(
            Sign(statuses=_DOWN, body=r"herokucdn\.com/error-pages|Application failed to respond"),
            Sign(statuses=(404, *_DOWN), headers={"x-railway-fallback": r"true"}),
            Sign(statuses=(401, 402, 403, 404, *_DOWN), headers={"x-vercel-error": r"."}),
            Sign(statuses={401, 403}, body=r"Vercel Authentication|vercel\.com/sso-api"),
        ),
        happened="it does not pass the request on to {server} ({status}).",
        hint="See the log of the deployment; a protected preview deployment needs a bypass for webhooks.",
    ),
    Interceptor(
        code="proxy_upstream",
        by="a proxy or a tunnel",
        signs=(
            Sign(
                statuses={502, 504},
                body=r"\A(?:\s|<[^<>]{0,300}>|50[24]|Bad Gateway|Gateway Time-?out|Error|[.:!-])*\Z",
            ),
            Sign(statuses=_DOWN, headers={"server": r"^(?:awselb|Caddy|envoy|HAProxy|traefik)"}),
            Sign(
                statuses=_DOWN,
                body=r"No server is available to handle this request|Proxy Error|upstream connect error",
            ),
        ),
        happened="it cannot reach {server} ({status}).",
        hint="Start {server}, and check that the tunnel or the proxy leads to its port.",
    ),
)

FRAMEWORKS: Final = (
    Interceptor(
        code="csrf",
        by="a protection against CSRF",
        signs=(
            Sign(
                statuses={400, 403, 419, 422},
                body=r"InvalidAuthenticityToken|CSRF (?:verification|token)|csrf_token",
            ),
            Sign(statuses={419}, body=r"Page (?:has )?Expired|page has expired"),
            Sign(statuses={403}, body=r"Cross-site POST form submissions are forbidden"),
        ),
        happened="it expects the token of a form.",
        hint=(
            "Exempt the route: skip_forgery_protection (Rails), csrf_exempt (Django), "
            "validateCsrfTokens(except: …) (Laravel). The signature protects it."
        ),
        of_app=True,
    ),
    Interceptor(
        code="no_post_route",
        by="the router of the framework",
        signs=(
            Sign(statuses={404}, body=r"Cannot POST (?P<path>/[^\s<]{0,200})"),
            Sign(
                statuses={404, 405, 500},
                body=r"did not provide an `?action`? for route|No route matches (?:URL|\[POST\])",
            ),
            Sign(statuses={405}, body=r"The POST method is not supported for"),
            Sign(
                statuses={404, 405},
                headers={"x-powered-by": r"Next\.js"},
                body=r"could not be found|Method Not Allowed|405",
            ),
            Sign(statuses={500}, body=r"URL via POST, but the URL doesn(?:'|&#x27;|&#39;)t end in a slash"),
        ),
        names={"path": "the path"},
        happened="it has no route for a POST to {path}.",
        hint=(
            "Compare the path with the app's routes: a slash at the end counts, and the route must take POST "
            "(in React Router and Next.js an action, or an exported POST)."
        ),
        of_app=True,
    ),
    Interceptor(
        code="page",
        by="a page of Next.js",
        signs=(
            Sign(
                statuses={200},
                headers={"x-powered-by": r"Next\.js", "content-type": r"text/html"},
                body=r"/_next/|__NEXT_DATA__",
            ),
        ),
        happened="the path is that of a page, which answers every request with 200.",
        hint=(
            "Use the path of the handler: pages/api/webhooks.js is /api/webhooks, app/webhooks/route.js "
            "/webhooks."
        ),
        of_app=True,
    ),
    Interceptor(
        code="login",
        by="a login",
        signs=(
            Sign(
                statuses=_REDIRECTS,
                headers={
                    "location": r"[/.](?:log[-_]?in|sign[-_]?in|sso|oauth2?|authorize)\b|/auth(?:/|\?|\Z)"
                },
            ),
            Sign(
                statuses={200, 401, 403},
                headers={"content-type": r"text/html"},
                body=r"<input[^>]{0,200}\btype\s*=\s*[\"']?password\b",
            ),
        ),
        happened="the route is only for users.",
        hint="Exempt the route of webhooks from the login: Shopify sends no session, only the signature.",
        of_app=True,
    ),
    Interceptor(
        code="redirect",
        by="a redirect",
        signs=(Sign(statuses=_REDIRECTS, headers={"location": r"\A(?P<location>.+)\Z"}),),
        happened="it leads to {location}, and Shopify follows no redirects.",
        hint=(
            "Answer at the address itself, without a redirect to another host, a login or a trailing slash; "
            "or give Shopify the address that the redirect leads to."
        ),
        of_app=True,
    ),
)
