"""Writes the body of `orders/*`: the 93 keys of the documented 2026-07 order, in wire order.

https://shopify.dev/docs/api/webhooks/latest
"""

from typing import Any, Final

from devhook.simulator.orders import taxes
from devhook.simulator.orders.catalogue import DiscountKind
from devhook.simulator.orders.customer_body import address_body, customer_body
from devhook.simulator.orders.state import OrderState
from devhook.simulator.orders.values import ZERO, gid, ruby_float

# `number` starts at 1 for the shop's first order, `order_number` here.
FIRST_NUMBER: Final = 1001


def order_body(order: OrderState) -> dict[str, Any]:
    """Return the current body, which shares no objects with the order."""
    return (
        {
            "id": order.id,
            "admin_graphql_api_id": gid("Order", order.id),
        }
        | dict(sorted((_plain(order) | _sums(order) | _visit(order)).items()))
        | _nested(order)
    )


def _plain(order: OrderState) -> dict[str, Any]:
    catalogue, customer = order.catalogue, order.basket.customer
    return {
        "app_id": catalogue.app_id,
        "buyer_accepts_marketing": customer.accepts_marketing,
        "cancel_reason": "customer" if order.cancelled_at else None,
        "cancelled_at": catalogue.time(order.cancelled_at) if order.cancelled_at else None,
        "closed_at": None,
        "confirmed": True,
        "contact_email": customer.email,
        "created_at": catalogue.time(order.created_at),
        "customer_locale": customer.locale,
        "device_id": None,
        "discount_codes": _codes(order),
        "duties_included": False,
        "email": customer.email,
        "estimated_taxes": False,
        "financial_status": order.financial_status,
        "fulfillment_status": order.fulfillment_status,
        "location_id": None,
        "merchant_business_entity_id": catalogue.business_entity_id,
        "merchant_of_record_app_id": None,
        "name": order.name,
        "note": order.note,
        "note_attributes": [],
        "number": order.number - FIRST_NUMBER + 1,
        "order_number": order.number,
        "payment_gateway_names": [order.basket.payment.gateway],
        "phone": customer.phone,
        "po_number": None,
        "processed_at": catalogue.time(order.created_at),
        "reference": None,
        "source_identifier": None,
        "source_name": "web",
        "source_url": None,
        "tags": customer.tags,
        "tax_exempt": False,
        "tax_lines": taxes.order_bodies(order.ordered.taxes, catalogue.money),
        "taxes_included": catalogue.market(customer.address.country_code).taxes_included,
        "test": True,
        "total_weight": sum(line.article.variant.grams * line.quantity for line in order.lines),
        "updated_at": catalogue.time(order.updated_at),
        "user_id": None,
    }


def _sums(order: OrderState) -> dict[str, Any]:
    money = order.catalogue.money
    ordered, current = order.ordered, order.current
    written = {
        "current_subtotal_price": current.subtotal,
        "current_total_discounts": current.discounts,
        "current_total_price": current.price,
        "current_total_tax": current.tax,
        "subtotal_price": ordered.subtotal,
        "total_discounts": ordered.discounts,
        "total_line_items_price": ordered.goods,
        "total_price": ordered.price,
        "total_tax": ordered.tax,
    }
    only_sets = {
        "current_shipping_price_set": current.shipping,
        "total_cash_rounding_payment_adjustment_set": ZERO,
        "total_cash_rounding_refund_adjustment_set": ZERO,
        # Before its discount, unlike `ordered.shipping`.
        "total_shipping_price_set": order.shipping.rate.price if order.shipping else ZERO,
    }
    only_texts = {"total_outstanding": order.outstanding, "total_tip_received": ZERO}
    return (
        {key: money.text(amount) for key, amount in (written | only_texts).items()}
        | {f"{key}_set": money.money_set(amount) for key, amount in written.items()}
        | {key: money.money_set(amount) for key, amount in only_sets.items()}
        | {
            "currency": money.code,
            "current_total_additional_fees_set": None,
            "current_total_duties_set": None,
            "original_total_additional_fees_set": None,
            "original_total_duties_set": None,
            "presentment_currency": money.code,
        }
    )


def _visit(order: OrderState) -> dict[str, Any]:
    visit, catalogue = order.visit, order.catalogue
    return {
        "browser_ip": visit.browser_ip,
        "cart_token": visit.cart_token,
        "checkout_token": visit.checkout_token,
        "client_details": {
            "accept_language": order.basket.customer.locale,
            "browser_height": visit.browser_height,
            "browser_ip": visit.browser_ip,
            "browser_width": visit.browser_width,
            "session_hash": None,
            "user_agent": visit.user_agent,
        },
        "confirmation_number": visit.confirmation_number,
        "landing_site": visit.landing_site,
        "landing_site_ref": None,
        "order_status_url": (
            f"https://{catalogue.domain}/{catalogue.id}/orders/{visit.order_token}"
            f"/authenticate?key={visit.status_key}"
        ),
        "referring_site": visit.referring_site,
        "token": visit.order_token,
    }


def _nested(order: OrderState) -> dict[str, Any]:
    catalogue, customer = order.catalogue, order.basket.customer
    return {
        "billing_address": address_body(customer, catalogue),
        "customer": customer_body(customer, catalogue, catalogue.time(order.created_at)),
        "discount_applications": _applications(order),
        "fulfillments": [each.body_in_order() for each in order.fulfilments],
        "line_items": [line.body() for line in order.lines],
        "payment_terms": None,
        "refunds": [each.body_in_order() for each in order.refunds],
        "shipping_address": address_body(customer, catalogue) if order.shipping else None,
        "shipping_lines": [order.shipping.body()] if order.shipping else [],
        "returns": [],
        "line_item_groups": [],
    }


def _codes(order: OrderState) -> list[dict[str, Any]]:
    discount = order.basket.discount
    if discount is None:
        return []
    amount = order.catalogue.money.text(order.discounted)
    return [{"code": discount.code, "amount": amount, "type": discount.kind.value}]


def _applications(order: OrderState) -> list[dict[str, Any]]:
    discount = order.basket.discount
    if discount is None:
        return []
    shipping = discount.kind is DiscountKind.SHIPPING
    return [
        {
            "target_type": "shipping_line" if shipping else "line_item",
            "type": "discount_code",
            "value": str(ruby_float(discount.value)),
            "value_type": "fixed_amount" if discount.kind is DiscountKind.FIXED_AMOUNT else "percentage",
            "allocation_method": "each" if shipping else "across",
            "target_selection": "all",
            "code": discount.code,
        }
    ]
