// @ts-check
// A page that is an app by itself, with `oidc-client-ts`: a public client, which asks Doorward's addresses
// from another origin. This serves the page and the library, and nothing else of it runs here. Driven in
// Chromium by tests/browser/spa.mjs.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";

const { ISSUER, CLIENT_ID, PORT } = process.env;
const library = createRequire(import.meta.url).resolve("oidc-client-ts").replace(/dist.*/, "dist/browser/oidc-client-ts.min.js");
const settings = JSON.stringify({
  authority: ISSUER,
  client_id: CLIENT_ID,
  redirect_uri: `http://127.0.0.1:${PORT}/callback`,
  post_logout_redirect_uri: `http://127.0.0.1:${PORT}/bye`,
  silent_redirect_uri: `http://127.0.0.1:${PORT}/silent`,
  scope: "openid profile email offline_access",
  loadUserInfo: true,
  automaticSilentRenew: false,
});
// What the page does is said by the test: here is only the library, with its settings.
const page = `<!doctype html><meta charset="utf-8"><title>An app</title><link rel="icon" href="data:,">
<script src="/library.js"></script><script>const manager = new oidc.UserManager(${settings});</script><h1>An app</h1>`;

createServer((request, response) => {
  const is_library = request.url === "/library.js";
  response.setHeader("Content-Type", is_library ? "text/javascript" : "text/html; charset=utf-8");
  response.end(is_library ? readFileSync(library) : page);
}).listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
