// @ts-check
// What is asked before an application opens, in Debian's Chromium without JavaScript: consent, once;
// and an authenticator app once more, which whoever has none is told in words. Run by
// crates/doorward/tests/it/before_opening.rs:
//
//   BASE=https://auth.localhost:8443 ASKING=https://wiki.localhost:8443/ STEP_UP=https://vault.localhost:8443/ \
//     WHO=mia PASSWORD=... node before_opening.mjs
//
// PICTURES names a folder for a picture of every page.
import assert from "node:assert/strict";
import process from "node:process";
import { STEP_S, setUpApp, totp } from "./app.mjs";
import { launch, watch } from "./look.mjs";

const { BASE = "", ASKING = "", STEP_UP = "", WHO = "", PASSWORD = "", PICTURES } = process.env;
const DEADLINE_MS = 30_000;

const browser = await launch();
try {
  const context = await browser.newContext({ javaScriptEnabled: false, ignoreHTTPSErrors: true });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const problems = watch(page);
  await consent(page);
  await stepUp(page);
  assert.deepEqual(problems, []);
} finally {
  await browser.close();
}
console.log("before opening: done");

/** @param {import("playwright-core").Page} page */
async function consent(page) {
  await page.goto(ASKING);
  await signIn(page);
  await page.getByRole("heading", { name: "Opening App wiki" }).waitFor();
  await page.getByText("Your email address").waitFor();
  await picture(page, "consent");
  await page.getByRole("link", { name: "Do not allow" }).click();
  await page.waitForURL(`${BASE}/if/user/`);
  await page.goto(ASKING);
  await page.getByRole("button", { name: "Allow" }).click();
  await isIn(page, ASKING);
  // Signed in anew, and not asked again.
  await page.context().clearCookies();
  await page.goto(ASKING);
  await signIn(page);
  await isIn(page, ASKING);
}

/** @param {import("playwright-core").Page} page */
async function stepUp(page) {
  await page.goto(STEP_UP);
  await page.getByRole("heading", { name: "You need a second way to confirm that it is you" }).waitFor();
  await picture(page, "refused");
  const devices = `${BASE}/if/user/devices/`;
  await page.goto(devices);
  const { step, secret } = await setUpApp(page);
  await page.waitForURL(devices);
  await page.goto(STEP_UP);
  await page.getByText("to continue to App vault").waitFor();
  await picture(page, "step-up");
  const enter = async (/** @type {string} */ code) => {
    await page.getByLabel("Code from your app").fill(code);
    await page.getByRole("button", { name: "Continue", exact: true }).click();
  };
  await enter(totp(secret, step));
  await page.getByRole("alert").waitFor();
  await enter(totp(secret, Math.max(step + 1, Math.floor(Date.now() / 1000 / STEP_S))));
  await isIn(page, STEP_UP);
  // The other application was opened before and asks for nothing of the kind.
  await page.goto(ASKING);
  await isIn(page, ASKING);
}

/** @param {import("playwright-core").Page} page @param {string} url */
async function isIn(page, url) {
  await page.waitForURL(url);
  const seen = JSON.parse((await page.locator("body").textContent()) ?? "");
  const headers = new Map(seen.headers.map(([key, value]) => [key.toLowerCase(), value]));
  assert.equal(headers.get("x-authentik-username"), WHO);
}

/** @param {import("playwright-core").Page} page */
async function signIn(page) {
  await page.getByLabel("Username or email").fill(WHO);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password", { exact: true }).press("Enter");
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function picture(page, name) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/before-${name}.png`, fullPage: true });
}
