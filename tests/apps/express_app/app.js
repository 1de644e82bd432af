// An app on Express that keeps the newest version of each order. FAULT plants a mistake.

const crypto = require("node:crypto");
const express = require("express");

const SECRET = process.env.SHOPIFY_API_SECRET ?? "";
const FAULT = process.env.FAULT ?? "";

const app = express();
const seen = new Set();
const orders = {};

// The signature is of the bytes as they came: express.json() would lose them.
app.post("/webhooks", express.raw({ type: () => true, limit: "6mb" }), (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const digest = crypto.createHmac("sha256", SECRET).update(body).digest("base64");
  const claimed = request.get("X-Shopify-Hmac-Sha256") ?? "";
  const equal =
    claimed.length === digest.length && crypto.timingSafeEqual(Buffer.from(claimed), Buffer.from(digest));
  if (FAULT !== "trusts" && !(body.length && equal)) return response.sendStatus(401);
  const webhookId = request.get("X-Shopify-Webhook-Id");
  if (!request.get("X-Shopify-Topic")?.startsWith("orders/")) return response.sendStatus(200);
  if (seen.has(webhookId) && FAULT !== "repeats") return response.sendStatus(200);
  seen.add(webhookId);
  const order = JSON.parse(body);
  const stored = (orders[order.id] ??= { updated_at: "", deliveries: 0 });
  stored.deliveries += 1;
  const updatedAt = order.updated_at ?? "";
  if (updatedAt >= stored.updated_at || FAULT === "overwrites") {
    stored.updated_at = updatedAt;
    stored.financial_status = order.financial_status;
  }
  return response.sendStatus(200);
});

app.get("/orders", (_request, response) => response.json(orders));
// What is stored goes: a test begins without orders.
app.delete("/orders", (_request, response) => {
  seen.clear();
  for (const id of Object.keys(orders)) delete orders[id];
  response.sendStatus(204);
});

app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
