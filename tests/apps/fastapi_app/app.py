"""An app on FastAPI that keeps the newest version of each order. FAULT plants a mistake."""

import base64
import hashlib
import hmac
import json
import os

from fastapi import FastAPI, Request, Response

SECRET = os.environ.get("SHOPIFY_API_SECRET", "")
FAULT = os.environ.get("FAULT", "")


def create_app():
    app = FastAPI()
    seen = set()
    orders = {}

    @app.post("/webhooks")
    async def webhooks(request: Request):
        body = await request.body()
        digest = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
        claimed = request.headers.get("X-Shopify-Hmac-Sha256", "")
        if FAULT != "trusts" and not (body and hmac.compare_digest(digest.encode(), claimed.encode())):
            return Response(status_code=401)
        webhook_id = request.headers.get("X-Shopify-Webhook-Id", "")
        if not request.headers.get("X-Shopify-Topic", "").startswith("orders/"):
            return Response()
        if webhook_id in seen and FAULT != "repeats":
            return Response()
        seen.add(webhook_id)
        order = json.loads(body)
        stored = orders.setdefault(str(order["id"]), {"updated_at": "", "deliveries": 0})
        stored["deliveries"] += 1
        updated_at = order.get("updated_at") or ""
        if updated_at >= stored["updated_at"] or FAULT == "overwrites":
            stored["updated_at"] = updated_at
            stored["financial_status"] = order.get("financial_status")
        return Response()

    @app.get("/orders")
    async def list_orders():
        return orders

    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(create_app(), port=int(os.environ.get("PORT", "3000")), log_level="warning")
