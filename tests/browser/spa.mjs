// @ts-check
// A page with `oidc-client-ts` signs Mia in, in Debian's Chromium: code and PKCE asked from another origin
// (CORS), renewed, signed out. Run by crates/doorward/tests/it/relying_parties/spa.rs, which starts
// everything else:
//
//   APP=http://127.0.0.1:8000 WHO=mia PASSWORD=... node spa.mjs
//
// Writes what the library holds to its output, one JSON text a line.
import assert from "node:assert/strict";
import process from "node:process";
import { launch, watch } from "./look.mjs";

const { APP = "", WHO = "", PASSWORD = "" } = process.env;

const browser = await launch();
try {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(`${APP}/`);
  await page.evaluate("manager.signinRedirect({ state: 'of the page' })").catch(() => {});
  await page.getByLabel("Username or email").fill(WHO);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password", { exact: true }).press("Enter");
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL(`${APP}/callback?*`);
  const user = await say(page, "manager.signinRedirectCallback()");
  assert.equal(user.state, "of the page");
  const renewed = await say(page, "manager.signinSilent()");
  assert.notEqual(renewed.access_token, user.access_token);
  // The same page at an origin that is not the app's is told nothing.
  const stranger = await context.newPage();
  await stranger.goto(`${APP.replace("127.0.0.1", "localhost")}/`);
  const refused = await stranger.evaluate("manager.metadataService.getMetadata().then(() => 'answered', () => 'refused')");
  assert.equal(refused, "refused");
  await stranger.close();
  await page.evaluate("manager.signoutRedirect({ state: 'bye' })").catch(() => {});
  await page.waitForURL(`${APP}/bye?*`);
  await page.evaluate("manager.signoutRedirectCallback()");
  assert.equal(await page.evaluate("manager.getUser()"), null);
  // Nobody is signed in to Doorward either.
  await page.evaluate("manager.signinRedirect()").catch(() => {});
  await page.getByLabel("Password", { exact: true }).waitFor();
  assert.deepEqual(problems, []);
} finally {
  await browser.close();
}

/** What the library answers, also told to the test. @param {import("playwright-core").Page} page @param {string} call */
async function say(page, call) {
  const text = await page.evaluate(`${call}.then((user) => JSON.stringify(user))`);
  console.log(text);
  return JSON.parse(String(text));
}
