// @ts-check
// Mia's way to an app behind `mod_auth_openidc` in Debian's Chromium, and out of it at Doorward, whose page
// tells the app in a frame of another site, without the app's cookies. Run by
// crates/doorward/tests/it/relying_parties/apache.rs, which starts everything else:
//
//   APP=https://127.0.0.1:8444/page BASE=https://localhost:8443 WHO=mia PASSWORD=... node relying_party.mjs
import assert from "node:assert/strict";
import process from "node:process";
import { launch, watch } from "./look.mjs";

const { APP = "", BASE = "", WHO = "", PASSWORD = "" } = process.env;

const browser = await launch();
try {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const problems = watch(page);
  await page.goto(APP);
  await page.getByLabel("Username or email").fill(WHO);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password", { exact: true }).press("Enter");
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL(APP);
  const seen = JSON.parse((await page.locator("body").textContent()) ?? "");
  const headers = new Map(seen.headers.map(([key, value]) => [key.toLowerCase(), value]));
  assert.equal(headers.get("x-remote-user"), WHO);
  await page.goto(`${BASE}/flows/-/default/invalidation/`);
  const told = page.waitForResponse((response) => response.url().startsWith(new URL("/callback?logout=", APP).href));
  await page.getByRole("button", { name: /^sign out/i }).click();
  assert.equal((await told).status(), 200, "the app was told in a frame");
  // The app's cookie is still there, and worth nothing.
  assert.ok((await context.cookies(APP)).some(({ name }) => name === "mod_auth_openidc_session"));
  await page.waitForURL(`${BASE}/**`);
  await page.goto(APP);
  await page.getByLabel("Password", { exact: true }).waitFor();
  assert.equal(new URL(page.url()).origin, BASE);
  // The module signs out and lets nobody frame its empty answer, which Chromium writes down.
  const others = problems.filter((problem) => !/^console: Refused to display .* 'X-Frame-Options'/.test(problem));
  assert.deepEqual(others, []);
} finally {
  await browser.close();
}
console.log("relying party: in, and out of it by a frame");
