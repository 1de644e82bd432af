"""Writes deliveries as a script for k6 that sends them at a constant arrival rate.

They are signed when they are sent, with the secret of the environment, and get new ids. The script uses only
what k6 itself has: https://grafana.com/docs/k6/latest/using-k6/scenarios/executors/constant-arrival-rate/
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from devhook.inbox.recorded import Recorded
from devhook.recordings.export_format import DEFAULT_TARGET, ExportFormat, path_of, sendable
from devhook.webhook.headers import readable
from devhook.webhook.signature import Secret

_HEAD: Final = """\
// Webhooks recorded by devhook, sent at a constant rate, however slowly the app answers.
//
//     SHOPIFY_API_SECRET=... k6 run -e RATE=300 -e DURATION=5m FILE
//
// TARGET or WEBHOOK_URL say where to: the origin, or the whole address.

import encoding from "k6/encoding";
import exec from "k6/execution";
import http from "k6/http";
import { check } from "k6";
import { SharedArray } from "k6/data";
import { hmac, randomBytes } from "k6/crypto";

const SECRET = __ENV.SHOPIFY_API_SECRET || @SECRET@;
const URL = __ENV.WEBHOOK_URL || @URL@;
const TARGET = __ENV.TARGET || @TARGET@;
const RATE = Number(__ENV.RATE || 10);

if (!SECRET) {
  throw new Error("Set SHOPIFY_API_SECRET to the secret that the app verifies with.");
}

// An answer may take 5 s, so there are at most 5 s of deliveries under way, and some more.
export const options = {
  discardResponseBodies: true,
  scenarios: {
    webhooks: {
      executor: "constant-arrival-rate",
      rate: RATE,
      timeUnit: "1s",
      duration: __ENV.DURATION || "1m",
      preAllocatedVUs: Math.max(1, Math.ceil(RATE)),
      maxVUs: Math.max(10, Math.ceil(RATE * 6)),
    },
  },
  thresholds: { checks: ["rate>0.999"], dropped_iterations: ["count<1"] },
};

// `sign` is false where the recorded signature was not valid: the app must reject such a delivery.
const deliveries = new SharedArray("deliveries", () => ["""

_TAIL: Final = """\
]);

function uuid() {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export default function () {
  const delivery = deliveries[exec.scenario.iterationInTest % deliveries.length];
  const body = delivery.base64 === undefined ? delivery.body : encoding.b64decode(delivery.base64, "std");
  const headers = { ...delivery.headers };
  const fresh = {
    "webhook-id": uuid,
    "event-id": uuid,
    "triggered-at": () => new Date().toISOString().replace("Z", "000000Z"),
  };
  if (delivery.sign) {
    fresh["hmac-sha256"] = () => hmac("sha256", SECRET, body, "base64");
  }
  for (const name of Object.keys(headers)) {
    const make = fresh[name.toLowerCase().replace(/^(x-)?shopify-/, "")];
    if (make !== undefined && /shopify-/i.test(name)) {
      headers[name] = make();
    }
  }
  const response = http.post(URL || TARGET + delivery.path, body, { headers, redirects: 0, timeout: "5s" });
  check(response, {
    "answered as Shopify expects": ({ status }) =>
      delivery.sign ? status >= 200 && status < 300 : status === 401,
  });
}"""


def write_k6(
    deliveries: Iterable[Recorded], to: str | None = None, test_secret: Secret | None = None
) -> Iterator[str]:
    """Yield the script by deliveries. Without `to` each goes to its own path at TARGET or localhost:3000."""
    secret = test_secret.value.get_secret_value() if test_secret else ""
    values = {"@SECRET@": secret, "@URL@": to or "", "@TARGET@": DEFAULT_TARGET}
    head = _HEAD
    for mark, value in values.items():
        head = head.replace(mark, json.dumps(value))
    yield head
    for each in deliveries:
        yield f"  {json.dumps(_delivery(each))},"
    yield _TAIL


def _delivery(each: Recorded) -> dict[str, Any]:
    delivery = each.delivery
    headers: dict[str, str] = {}
    for name, value in sendable(delivery):
        # An object has each name once, as k6 sends it.
        headers.setdefault(name, readable(value))
    if each.signature.trusted and not any(name.lower().endswith("shopify-hmac-sha256") for name in headers):
        headers["X-Shopify-Hmac-Sha256"] = ""
    written = {"path": path_of(delivery), "sign": each.signature.trusted, "headers": headers}
    try:
        return {**written, "body": delivery.body.decode()}
    except UnicodeDecodeError:
        return {**written, "base64": base64.b64encode(delivery.body).decode("ascii")}


K6: Final = ExportFormat(
    name="k6",
    summary="a script for k6 that sends the deliveries at a constant rate, signed as it runs",
    suffixes=(".js",),
    write=lambda deliveries, options: write_k6(deliveries, options.to, options.test_secret),
    takes_address=True,
)
