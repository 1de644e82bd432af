// An app of Shopify's React Router package: authenticate.webhook, which throws the answer when it refuses.

import "@shopify/shopify-app-react-router/adapters/node";
import { ApiVersion, shopifyApp } from "@shopify/shopify-app-react-router/server";

import { serve, settings, taken } from "./serving.mjs";

const [newest] = Object.values(ApiVersion).slice(-1);
const app = shopifyApp({
  ...settings,
  apiVersion: newest,
  appUrl: "https://app.example.com",
  // Nobody has installed the app: a webhook is answered all the same.
  sessionStorage: {
    storeSession: async () => true,
    loadSession: async () => undefined,
    deleteSession: async () => true,
    deleteSessions: async () => true,
    findSessionsByShop: async () => [],
  },
});

serve(async (request, response, body) => {
  try {
    const { topic, shop, webhookId, apiVersion } = await app.authenticate.webhook(
      new Request("https://app.example.com/webhooks", {
        method: request.method,
        headers: request.headers,
        body,
      }),
    );
    taken.push({ topic, shop, webhookId, apiVersion, payload: body.toString() });
    response.end();
  } catch (refusal) {
    if (!(refusal instanceof Response)) throw refusal;
    response.writeHead(refusal.status);
    response.end();
  }
});
