// One server for both endpoints: it says its port on stdout and ends with its stdin. What is taken is told at
// /taken.

import http from "node:http";

export const settings = {
  apiKey: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  apiSecretKey: process.env.SHOPIFY_API_SECRET,
  scopes: ["read_orders"],
  logger: { level: 0, log: () => {} },
};

export const taken = [];

export function serve(answer) {
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    try {
      if (request.url === "/taken") response.end(JSON.stringify(taken));
      else await answer(request, response, Buffer.concat(parts));
    } catch (error) {
      response.writeHead(500);
      response.end(String(error.stack));
    }
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  process.stdin.on("end", () => process.exit(0)).resume();
}
