// An app of @shopify/shopify-api on Node's own server, as its guide for webhooks says: a handler for each of
// the topics that come as arguments, and webhooks.process for every request.

import "@shopify/shopify-api/adapters/node";
import { ApiVersion, DeliveryMethod, InvalidWebhookError, shopifyApi } from "@shopify/shopify-api";

import { serve, settings, taken } from "./serving.mjs";

const [newest] = Object.values(ApiVersion).slice(-1);
const shopify = shopifyApi({
  ...settings,
  apiVersion: newest,
  hostName: "app.example.com",
  isEmbeddedApp: true,
});

for (const topic of process.argv.slice(2)) {
  shopify.webhooks.addHandlers({
    [topic]: {
      deliveryMethod: DeliveryMethod.Http,
      callbackUrl: "/webhooks",
      callback: async (given, shop, body, webhookId, apiVersion) => {
        taken.push({ topic: given, shop, webhookId, apiVersion, payload: body });
      },
    },
  });
}

serve(async (request, response, body) => {
  try {
    await shopify.webhooks.process({
      rawBody: body.toString(),
      rawRequest: request,
      rawResponse: response,
    });
  } catch (error) {
    // It has answered already.
    if (!(error instanceof InvalidWebhookError)) throw error;
  }
});
