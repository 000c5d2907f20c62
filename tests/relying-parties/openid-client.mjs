// @ts-check
// An app with `openid-client`, a certified relying party. It checks signatures of ID tokens though they come
// over TLS, and it is told by AUTH how it proves itself: client_secret_basic, client_secret_post,
// private_key_jwt (its public key is at /keys) or none; with PAR it pushes its requests, with DPOP it binds its
// tokens to a key, and with REGISTER, a token that lets it, it registers itself. Run by
// crates/doorward/tests/it/relying_parties/.
import process from "node:process";
import * as oidc from "openid-client";
import { CLIENT_ID, CLIENT_SECRET, HOME, ISSUER, serve } from "./app.mjs";

const { AUTH = "client_secret_basic", SCOPE = "openid profile email", PAR, DPOP, REGISTER } = process.env;

const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
const proofs = /** @type {Record<string, () => oidc.ClientAuth>} */ ({
  client_secret_basic: () => oidc.ClientSecretBasic(CLIENT_SECRET),
  client_secret_post: () => oidc.ClientSecretPost(CLIENT_SECRET),
  private_key_jwt: () => oidc.PrivateKeyJwt({ key: keys.privateKey, kid: "of-the-app" }),
  none: () => oidc.None(),
});

/** @type {Promise<oidc.Configuration> | undefined} */
let found;
function discovered() {
  const execute = [oidc.enableNonRepudiationChecks];
  found ??= REGISTER
    ? oidc.dynamicClientRegistration(new URL(ISSUER), METADATA, undefined, { initialAccessToken: REGISTER, execute })
    : oidc.discovery(new URL(ISSUER), CLIENT_ID, {}, proofs[AUTH]?.(), { execute });
  return found;
}

const METADATA = {
  client_name: "An app that came by itself",
  redirect_uris: [`${HOME}/callback`],
  post_logout_redirect_uris: [`${HOME}/bye`],
  grant_types: ["authorization_code", "refresh_token"],
  scope: SCOPE,
};

const pair = await oidc.randomDPoPKeyPair("ES256");
/** @type {oidc.DPoPHandle | undefined} */
let handle;
/** The proofs of one key, if the app binds its tokens; the handle remembers the server's nonces. */
async function bound() {
  if (DPOP) handle ??= oidc.getDPoPHandle(await discovered(), pair);
  return { DPoP: handle };
}

/** What the library hands over is what it has validated. */
function keep(/** @type {import("./app.mjs").Session} */ session, /** @type {Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>} */ tokens) {
  const { access_token, refresh_token, id_token, scope, token_type, expires_in } = tokens;
  const before = session.get("tokens") ?? {};
  session.set("tokens", { ...before, access_token, id_token: id_token ?? before.id_token, refresh_token: refresh_token ?? before.refresh_token });
  return { claims: tokens.claims(), scope, token_type, expires_in };
}

/** @type {Awaited<ReturnType<typeof oidc.pollDeviceAuthorizationGrant>> | Promise<any>} */
let device;

serve({
  "/up": async () => ({ json: { client: (await discovered()).clientMetadata() } }),
  "/keys": async () => ({ json: { keys: [{ ...(await crypto.subtle.exportKey("jwk", keys.publicKey)), kid: "of-the-app", alg: "ES256", use: "sig" }] } }),
  "/login": async ({ url, begin }) => {
    const session = begin();
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    session.set("asked", { verifier, state, nonce });
    const build = PAR ? oidc.buildAuthorizationUrlWithPAR : oidc.buildAuthorizationUrl;
    const asked = {
      redirect_uri: `${HOME}/callback`,
      scope: SCOPE,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      ...Object.fromEntries(url.searchParams),
    };
    return { to: (await build(await discovered(), asked, await bound())).href };
  },
  "/callback": async ({ url, session }) => {
    const { verifier, state, nonce } = session.get("asked") ?? {};
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    const tokens = await oidc.authorizationCodeGrant(await discovered(), url, checks, undefined, await bound());
    session.set("person", keep(session, tokens));
    return { to: "/me" };
  },
  "/me": ({ session }) => (session.has("person") ? { json: session.get("person") } : { status: 401 }),
  "/tokens": ({ session }) => ({ json: session.get("tokens") }),
  "/userinfo": async ({ session }) => {
    const subject = session.get("person").claims.sub;
    return { json: await oidc.fetchUserInfo(await discovered(), session.get("tokens").access_token, subject, await bound()) };
  },
  "/refresh": async ({ session }) => {
    const tokens = await oidc.refreshTokenGrant(await discovered(), session.get("tokens").refresh_token, undefined, await bound());
    return { json: keep(session, tokens) };
  },
  "/introspect": async ({ session }) => ({ json: await oidc.tokenIntrospection(await discovered(), session.get("tokens").access_token) }),
  "/revoke": async ({ session, url }) => {
    await oidc.tokenRevocation(await discovered(), session.get("tokens")[url.searchParams.get("which") ?? ""]);
    return {};
  },
  "/machine": async () => {
    const config = await discovered();
    const { access_token, scope } = await oidc.clientCredentialsGrant(config, { scope: "profile" });
    return { json: { scope, introspected: await oidc.tokenIntrospection(config, access_token) } };
  },
  "/device": async () => {
    const config = await discovered();
    const begun = await oidc.initiateDeviceAuthorization(config, { scope: SCOPE });
    device = oidc.pollDeviceAuthorizationGrant(config, begun).catch((error) => error);
    return { json: begun };
  },
  "/device/in": async ({ begin }) => {
    const tokens = await device;
    if (tokens instanceof Error) throw tokens;
    const session = begin();
    session.set("person", keep(session, tokens));
    return { to: "/me" };
  },
  "/logout": async ({ session, url, begin }) => {
    const { id_token } = session.get("tokens") ?? {};
    begin();
    const bye = { post_logout_redirect_uri: `${HOME}/bye`, state: "of-the-app", ...(id_token && { id_token_hint: id_token }) };
    return { to: oidc.buildEndSessionUrl(await discovered(), { ...bye, ...Object.fromEntries(url.searchParams) }).href };
  },
  "/bye": ({ url }) => ({ json: { bye: url.searchParams.get("state") } }),
});
