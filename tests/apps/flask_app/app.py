"""An app on Flask that keeps the newest version of each order. FAULT plants a mistake."""

import base64
import hashlib
import hmac
import json
import os

from flask import Flask, abort, request

SECRET = os.environ.get("SHOPIFY_API_SECRET", "")
FAULT = os.environ.get("FAULT", "")


def create_app():
    app = Flask("orders")
    seen = set()
    orders = {}

    @app.post("/webhooks")
    def webhooks():
        body = request.get_data()
        digest = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
        claimed = request.headers.get("X-Shopify-Hmac-Sha256", "")
        if FAULT != "trusts" and not (body and hmac.compare_digest(digest.encode(), claimed.encode())):
            abort(401)
        webhook_id = request.headers.get("X-Shopify-Webhook-Id", "")
        if not request.headers.get("X-Shopify-Topic", "").startswith("orders/"):
            return ""
        if webhook_id in seen and FAULT != "repeats":
            return ""
        seen.add(webhook_id)
        order = json.loads(body)
        stored = orders.setdefault(str(order["id"]), {"updated_at": "", "deliveries": 0})
        stored["deliveries"] += 1
        updated_at = order.get("updated_at") or ""
        if updated_at >= stored["updated_at"] or FAULT == "overwrites":
            stored["updated_at"] = updated_at
            stored["financial_status"] = order.get("financial_status")
        return ""

    @app.get("/orders")
    def list_orders():
        return orders

    return app


if __name__ == "__main__":
    create_app().run(port=int(os.environ.get("PORT", "3000")), threaded=True)
