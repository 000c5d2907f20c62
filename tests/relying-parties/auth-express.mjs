// @ts-check
// An Express app with Auth.js and its built-in provider for authentik, told nothing but what its
// documentation says: client id, client secret, issuer. Run by crates/doorward/tests/it/relying_parties/.
import { randomUUID } from "node:crypto";
import process from "node:process";
import { ExpressAuth, getSession } from "@auth/express";
import Authentik from "@auth/express/providers/authentik";
import express from "express";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;

/** @type {import("@auth/express").ExpressAuthConfig} */
const config = {
  providers: [Authentik({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, issuer: ISSUER })],
  secret: randomUUID(),
  trustHost: true,
  basePath: "/auth",
  callbacks: {
    jwt: ({ token, profile, account }) => ({ ...token, ...(profile && { profile, scope: account?.scope }) }),
    session: ({ session, token }) => ({ ...session, profile: token.profile, scope: token.scope }),
  },
};

const app = express();
app.set("trust proxy", true);
app.get("/up", (_, response) => response.json({}));
app.use(/^\/auth\/(.*)/, ExpressAuth(config));
app.get("/", (_, response) => response.redirect(303, "/me"));
app.get("/me", async (request, response) => {
  const session = await getSession(request, config);
  response.status(session ? 200 : 401).json(session ?? {});
});
app.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
