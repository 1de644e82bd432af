// Reads a body from stdin, and prints what programs in Node sign by mistake, in hexadecimal, by the mistake's name.
const raw = require("fs").readFileSync(0);
const text = raw.toString();
const d = JSON.parse(text);
const hex = (value, encoding) => Buffer.from(value, encoding).toString("hex");
const cut = raw.indexOf(Buffer.from("😀")) + 2;
let body = ""; for (const chunk of [raw.subarray(0, cut), raw.subarray(cut)]) body += chunk;
const camel = v => Array.isArray(v) ? v.map(camel) : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k.replace(/_([a-z])/g, (_, c) => c.toUpperCase()), camel(x)])) : v;
const out = {
  "node-latin1": [hex(text, "latin1")], "seven-bits": [hex(raw.toString("ascii"))], "split-character": [hex(body)],
  "latin-1": [hex(raw.toString("latin1"))],
  "json-of-a-buffer": [hex(JSON.stringify(raw)), hex(String(new Uint8Array(raw))), hex(JSON.stringify(new Uint8Array(raw))),
    hex(require("util").inspect(raw))],
  "rewritten": [hex(JSON.stringify(d)), hex(JSON.stringify(d).replace("/", "\\/").replace("&", "\\u0026")), hex(JSON.stringify(d).split("/").join("\\/").split("&").join("\\u0026")), hex(JSON.stringify(d).replace(/[\u007f-\uffff]/g, c => "\\u" + ("0000" + c.charCodeAt(0).toString(16)).slice(-4)))],
  "keys-filtered": [hex(JSON.stringify(d, Object.keys(d).sort()))],
  "keys-renamed": [hex(JSON.stringify(camel(d)))],
  "json-string": [hex(JSON.stringify(text))], "wrapped": [hex(JSON.stringify({body: text}))],
  "no-body": [hex(String(d))], "base64-body": [hex(raw.toString("base64"))], "hexadecimal-body": [hex(raw.toString("hex"))],
  "white-space-removed": [hex(text.replace(/\s/g, ""))],
  "form-encoded": [
    hex(encodeURIComponent(text)),
    hex(require("querystring").stringify(d)),
    hex(String(new URLSearchParams(d))),
  ],
  "encoding": [hex(text, "utf16le")],
};
console.log(JSON.stringify(out));
