"""The script runs in Node with modules in place of k6's own: k6 itself is not needed."""

import base64
import hashlib
import hmac
import json
import subprocess

import pytest

from devhook.recordings.k6 import write_k6
from devhook.recordings.masked import TEST_SECRET
from devhook.webhook.delivery import Signature
from tests.node_modules import NODE, node_environment

# What the script uses of k6's interfaces: https://grafana.com/docs/k6/latest/javascript-api/
MODULES = {
    "index.js": """
export const checked = [];
export function check(value, tests) {
  for (const [name, test] of Object.entries(tests)) checked.push([name, test(value)]);
}""",
    "crypto.js": """
import crypto from "node:crypto";
const bytes = (data) => (typeof data === "string" ? Buffer.from(data) : Buffer.from(data));
export const hmac = (name, secret, data, form) =>
  crypto.createHmac(name, secret).update(bytes(data)).digest(form);
export const randomBytes = (size) => new Uint8Array(crypto.randomBytes(size)).buffer;""",
    "data.js": """
export class SharedArray {
  constructor(name, make) { return JSON.parse(JSON.stringify(make())); }
}""",
    "encoding.js": """
export default { b64decode: (text) => new Uint8Array(Buffer.from(text, "base64")).buffer };""",
    "execution.js": """
export default { scenario: { iterationInTest: 0 } };""",
    "http.js": """
export const sent = [];
export default { post(url, body, parameters) {
  const bytes = typeof body === "string" ? Buffer.from(body) : Buffer.from(body);
  sent.push({ url, body: bytes.toString("base64"), ...parameters });
  return { status: Number(process.env.STATUS || 200) };
} };""",
}
RUN = """
globalThis.__ENV = process.env;
const { default: exec } = await import("k6/execution");
const { sent } = await import("k6/http");
const { checked } = await import("k6");
const script = await import("./load.js");
for (; exec.scenario.iterationInTest < Number(process.env.TIMES); exec.scenario.iterationInTest++) {
  script.default();
}
console.log(JSON.stringify({ sent, checked, options: script.options }));
"""


@pytest.fixture
def run(tmp_path):
    """Run the script: `run([deliveries], times, NAME="value")` returns what it did, or stderr."""
    folder = tmp_path / "node_modules" / "k6"
    folder.mkdir(parents=True)
    exports = {f"./{name.removesuffix('.js')}": f"./{name}" for name in MODULES} | {".": "./index.js"}
    (folder / "package.json").write_text(json.dumps({"name": "k6", "type": "module", "exports": exports}))
    for name, text in MODULES.items():
        (folder / name).write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "run.js").write_text(RUN)

    def run(deliveries, times, to=None, test_secret=None, **environment):
        (tmp_path / "load.js").write_text("\n".join(write_k6(deliveries, to, test_secret)) + "\n")
        done = subprocess.run(
            [NODE, tmp_path / "run.js"],
            env={"PATH": node_environment()["PATH"], "TIMES": str(times), **environment},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    return run


def signature(secret, body):
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def test_the_deliveries_are_signed_as_they_are_sent_with_the_secret_of_the_environment(run, delivered):
    odd = "é\u2028</script>`${1}".encode() + bytes(range(128, 256))
    deliveries = [delivered(1), delivered(2, body=odd), delivered(3, signature=Signature.INVALID)]

    done = run(deliveries, 4, SHOPIFY_API_SECRET="of the app", RATE="300", DURATION="5m")

    bodies = [base64.b64decode(each["body"]) for each in done["sent"]]
    assert bodies == [deliveries[number].delivery.body for number in (0, 1, 2, 0)]
    headers = [each["headers"] for each in done["sent"]]
    for number in (0, 1, 3):
        assert headers[number]["X-Shopify-Hmac-Sha256"] == signature("of the app", bodies[number])
    assert headers[2]["X-Shopify-Hmac-Sha256"] == signature("hush", bodies[2])
    assert len({each["x-shopify-webhook-id"] for each in headers}) == 4
    assert not {"Host", "Content-Length"} & headers[0].keys()
    assert {each["url"] for each in done["sent"]} == {"http://localhost:3000/webhooks?shop=1"}
    assert {(each["redirects"], each["timeout"]) for each in done["sent"]} == {(0, "5s")}
    # A forged one must be refused, and this app accepts all.
    assert [passed for _, passed in done["checked"]] == [True, True, False, True]
    scenario = done["options"]["scenarios"]["webhooks"]
    assert (scenario["executor"], scenario["rate"], scenario["duration"]) == (
        "constant-arrival-rate",
        300,
        "5m",
    )


def test_the_secret_is_never_in_the_file_unless_it_is_the_public_test_secret(run, delivered, tmp_path):
    refused = run([delivered()], 1)
    masked = run([delivered()], 1, test_secret=TEST_SECRET)

    assert "Set SHOPIFY_API_SECRET" in refused
    (sent,) = masked["sent"]
    assert sent["headers"]["X-Shopify-Hmac-Sha256"] == signature(
        TEST_SECRET.value.get_secret_value(), base64.b64decode(sent["body"])
    )


def test_the_address_is_chosen_when_it_is_written_or_when_it_runs(run, delivered):
    environment = {"SHOPIFY_API_SECRET": "x"}
    written = run([delivered()], 1, to="https://app.example/hooks", **environment)
    chosen = run([delivered()], 1, WEBHOOK_URL="https://other.example/", **environment)
    origin = run([delivered(path="/a?b")], 1, TARGET="http://10.0.0.1", **environment)

    assert [each["sent"][0]["url"] for each in (written, chosen, origin)] == [
        "https://app.example/hooks",
        "https://other.example/",
        "http://10.0.0.1/a?b",
    ]
