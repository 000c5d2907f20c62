// @ts-check
// What people sign in with beside the password, in Debian's Chromium. Without JavaScript: an
// authenticator app and recovery codes, set up and used. With JavaScript and a virtual authenticator:
// a passkey, made, used from the first page without a click, used as a second factor, removed, told to the
// browser as one that it can forget; and every page on the way looked at. Run by crates/doorward/tests/it/devices.rs:
//
//   BASE=https://auth.localhost:8443 CODER=mia KEYHOLDER=dan PASSWORD=... node devices.mjs
//
// PICTURES names a folder for a picture of every view.
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { STEP_S, setUpApp, totp } from "./app.mjs";
import { launch, look, watch } from "./look.mjs";

const { BASE = "", CODER = "", KEYHOLDER = "", PASSWORD = "", PICTURES } = process.env;
const DEVICES = `${BASE}/if/user/devices/`;
const DEADLINE_MS = 30_000;

/** @typedef {{name: string, details: Record<string, unknown>}} Signal */

const browser = await launch();
try {
  await codesWithoutJavaScript();
  await passkeys();
} finally {
  await browser.close();
}
console.log("devices: done");

async function codesWithoutJavaScript() {
  const { context, page, problems } = await open(false);
  await signIn(page, CODER);
  await page.waitForURL(DEVICES);
  const { step, secret } = await setUpApp(page);
  await page.waitForURL(DEVICES);
  await page.getByRole("link", { name: "Recovery codes" }).click();
  const codes = await page.locator("ol.codes code").allTextContents();
  assert.equal(codes.length, 6);
  await page.getByRole("button", { name: "I have them" }).click();
  await page.waitForURL(DEVICES);
  await page.getByText("6 left").waitFor();

  const code = (/** @type {number} */ step) => totp(secret, step);
  await inWith(context, page, async () => {
    await page.getByLabel("Code from your app").fill(code(step));
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByRole("alert").waitFor();
    // The code that set the app up is used; the next one counts already.
    const next = code(Math.max(step + 1, Math.floor(Date.now() / 1000 / STEP_S)));
    await page.getByLabel("Code from your app").fill(` ${next.slice(0, 3)} ${next.slice(3)}`);
    await page.getByRole("button", { name: "Continue", exact: true }).click();
  });
  const recovery = async () => {
    await page.getByText("Use a recovery code").click();
    await page.getByLabel("Recovery code").fill((codes[0] ?? "").toUpperCase());
    await page.getByRole("button", { name: "Continue with this code" }).click();
  };
  await inWith(context, page, recovery);
  await page.getByText("5 left").waitFor();
  await context.clearCookies();
  await signIn(page, CODER);
  await recovery();
  await page.getByRole("alert").waitFor();
  await page.goto(DEVICES);
  assert.ok(page.url() !== DEVICES, "the same code again is no way in");
  assert.deepEqual(problems, []);
  await context.close();
}

/** Signs in anew, and proves what `prove` does.
 * @param {import("playwright-core").BrowserContext} context @param {import("playwright-core").Page} page
 * @param {() => Promise<void>} prove */
async function inWith(context, page, prove) {
  await context.clearCookies();
  await signIn(page, CODER);
  await page.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
  await page.goto(DEVICES);
  assert.ok(page.url() !== DEVICES, "half a sign-in is none");
  await signIn(page, CODER);
  await prove();
  await page.waitForURL(DEVICES);
}

async function passkeys() {
  const { context, page, problems } = await open(true);
  const signals = await watchSignals(context);
  const authenticator = await virtualAuthenticator(page);
  await signIn(page, KEYHOLDER);
  await page.waitForURL(DEVICES);
  await seen(page, "devices-none");
  await page.getByRole("link", { name: "Passkey" }).click();
  await page.getByRole("button", { name: "Create a passkey" }).waitFor();
  await seen(page, "set-up-passkey");
  await page.getByRole("button", { name: "Create a passkey" }).click();
  await page.waitForURL(DEVICES);
  assert.equal((await authenticator.credentials()).length, 1);
  await seen(page, "devices-one");

  await context.clearCookies();
  await page.goto(DEVICES);
  await page.waitForURL(DEVICES);
  await page.getByText("Last used just now").waitFor();

  await page.getByRole("link", { name: "Authenticator app" }).click();
  await seen(page, "set-up-app");
  await page.goto(DEVICES);
  await page.getByRole("link", { name: "Recovery codes" }).click();
  await seen(page, "set-up-codes");
  await page.getByRole("button", { name: "I have them" }).click();
  await page.waitForURL(DEVICES);

  await authenticator.present(false);
  await context.clearCookies();
  await signIn(page, KEYHOLDER);
  await page.getByRole("button", { name: "Use a passkey" }).waitFor();
  await seen(page, "prove-device", "Use a recovery code");
  await authenticator.present(true);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.waitForURL(DEVICES);

  const [credential] = await authenticator.credentials();
  const id = Buffer.from(credential?.credentialId ?? "", "base64").toString("base64url");
  const accepted = (/** @type {string[]} */ ids) => ({ allAcceptedCredentialIds: ids });
  await told(signals, "signalAllAcceptedCredentials", accepted([id]));

  await page.getByLabel("Name of Passkey").fill("My laptop");
  await page.getByRole("button", { name: "Rename Passkey" }).click();
  await page.getByText("The name is saved.").waitFor();
  await page.getByRole("button", { name: "Remove My laptop" }).click();
  await page.getByText("It is removed").waitFor();
  assert.equal(await page.getByText("My laptop").count(), 0);
  await told(signals, "signalAllAcceptedCredentials", accepted([]));

  // The device still has it: it is tried by itself, refused, and then the browser may forget it.
  await context.clearCookies();
  await page.goto(DEVICES);
  await page.getByRole("alert").waitFor();
  await authenticator.present(false);
  await told(signals, "signalUnknownCredential", { credentialId: id });
  assert.deepEqual(problems, []);
  await context.close();
}

/** Waits until the last signal of a name says this of this host.
 * @param {Signal[]} signals @param {string} name @param {object} details */
async function told(signals, name, details) {
  const wanted = { rpId: new URL(BASE).hostname, ...details };
  const last = () => {
    const { userId: _, ...said } = signals.findLast((one) => one.name === name)?.details ?? {};
    return said;
  };
  const until = Date.now() + DEADLINE_MS;
  while (!isDeepStrictEqual(last(), wanted) && Date.now() < until) await setTimeout(20);
  assert.deepEqual(last(), wanted, name);
}

/** What pages tell the browser about passkeys, in place of the browser, which would forget them.
 * @param {import("playwright-core").BrowserContext} context */
async function watchSignals(context) {
  /** @type {Signal[]} */
  const signals = [];
  await context.exposeBinding("signaled", (_, name, details) => signals.push({ name, details }));
  await context.addInitScript(() => {
    const [Key, signaled] = [/** @type {any} */ (window).PublicKeyCredential, /** @type {any} */ (window).signaled];
    for (const name of ["signalUnknownCredential", "signalAllAcceptedCredentials"]) {
      if (Key) Key[name] = async (/** @type {unknown} */ details) => signaled(name, details);
    }
  });
  return signals;
}

/** One that is in the device, keeps passkeys and always verifies whoever it is asked for.
 * @param {import("playwright-core").Page} page */
async function virtualAuthenticator(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    present: (/** @type {boolean} */ enabled) =>
      session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
  };
}

/** @param {import("playwright-core").Page} page @param {string} who */
async function signIn(page, who) {
  await page.goto(DEVICES);
  await page.getByLabel("Username or email").fill(who);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password", { exact: true }).press("Enter");
  await page.waitForLoadState("load");
}

/** Looks at the page in a tab of its own: looking takes the virtual authenticator away.
 * @param {import("playwright-core").Page} page @param {string} name @param {string} [opened] what is opened first */
async function seen(page, name, opened) {
  const picture = (/** @type {string} */ view) => PICTURES && `${PICTURES}/${name}-${view}.png`;
  const tab = await page.context().newPage();
  const problems = watch(tab);
  await tab.goto(page.url());
  if (opened) await tab.getByText(opened, { exact: true }).click();
  assert.deepEqual([...(await look(tab, picture)), ...problems], [], name);
  await tab.close();
  await page.bringToFront();
}

/** A browser of its own. @param {boolean} javaScriptEnabled */
async function open(javaScriptEnabled) {
  const context = await browser.newContext({ javaScriptEnabled, ignoreHTTPSErrors: true });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  return { context, page, problems: watch(page) };
}
