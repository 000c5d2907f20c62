// @ts-check
// An Express app with `express-openid-connect` as it is without settings: the ID token comes by a form of
// the browser's (form_post), and the app hears at /backchannel-logout of sessions that ended. Over TLS, which
// its cookies want. Run by crates/doorward/tests/it/relying_parties/.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import process from "node:process";
import express from "express";
import oidc from "express-openid-connect";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT, CERTIFICATE = "", KEY = "", RESPONSE_TYPE } = process.env;

/** What the library wants of a store: `express-session`'s three functions. */
const ended = new Map();
const store = {
  get: (/** @type {string} */ id, /** @type {Function} */ done) => done(null, ended.get(id)),
  set: (/** @type {string} */ id, /** @type {unknown} */ what, /** @type {Function} */ done) => done(null, ended.set(id, what)),
  destroy: (/** @type {string} */ id, /** @type {Function} */ done) => done(null, ended.delete(id)),
};

const app = express();
app.get("/up", (_, response) => response.json({}));
app.get("/bye", (request, response) => response.json({ bye: request.oidc?.isAuthenticated() ?? null }));
app.use(
  oidc.auth({
    issuerBaseURL: ISSUER,
    baseURL: `https://127.0.0.1:${PORT}`,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    secret: randomUUID(),
    authRequired: false,
    idpLogout: true,
    routes: { postLogoutRedirect: "/bye" },
    backchannelLogout: { store },
    ...(RESPONSE_TYPE && { authorizationParams: { response_type: RESPONSE_TYPE, scope: "openid profile email offline_access" } }),
  }),
);
app.get("/", (_, response) => response.redirect(303, "/me"));
app.get("/me", (request, response) => {
  if (!request.oidc.isAuthenticated()) return response.status(401).json({});
  const { idTokenClaims: claims, user, idToken: id_token, accessToken } = request.oidc;
  return response.json({ claims, user, id_token, access_token: accessToken?.access_token });
});
app.get("/userinfo", async (request, response) => response.json(await request.oidc.fetchUserInfo()));
app.get("/refresh", async (request, response) => {
  const { access_token } = (await request.oidc.accessToken?.refresh()) ?? {};
  response.json({ access_token });
});
app.use((/** @type {any} */ error, /** @type {any} */ _request, /** @type {any} */ response, /** @type {any} */ _next) => {
  response.status(502).json({ name: error.name, error: error.error, message: error.message, cause: String(error.cause ?? "") });
});

createServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, app).listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
