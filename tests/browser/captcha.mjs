// @ts-check
// Pages with a captcha service on them, in Debian's Chromium: one with a box to click on, ones that show
// nothing, a wrong token, and a service that is away. Run by crates/doorward/tests/it/pages/captcha.rs,
// which serves `service.js` and decides about tokens:
//
//   BASE=http://127.0.0.1:9000 SERVICE=http://127.0.0.1:4000 NOBODY=http://127.0.0.1:4001 \
//     WHO=mia PASSWORD=... node captcha.mjs
//
// PICTURES names a folder for a picture of every view.
import assert from "node:assert/strict";
import process from "node:process";
import { launch, look, watch } from "./look.mjs";

const { BASE = "", SERVICE = "", NOBODY = "", WHO = "", PASSWORD = "", PICTURES } = process.env;
const DEADLINE_MS = 20_000;
const SILENT = "The service that keeps robots out does not answer.";
const AWAY = "The service that keeps robots out cannot be reached.";
const REFUSED = "Invalid captcha response.";

const browser = await launch();
try {
  await box();
  await unseen("unseen");
  await unseen("keyed");
  await card();
  await mistake("card-wrong", REFUSED);
  await mistake("card-silent", SILENT);
  await scriptIsAway();
} finally {
  await browser.close();
}
console.log("captcha: done");

/** Something to click on, and what is said to whoever does not. */
async function box() {
  const { page, problems, scripts } = await open("seen");
  assert.equal(scripts, `'self' ${SERVICE}`);
  await seen(page, "captcha-box");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("alert").getByText("Answer the question that keeps robots out").waitFor();
  await page.getByRole("button", { name: "I am a person" }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Continue" }).waitFor();
  await over(page, problems);
}

/** Nothing to click on: the page goes on by itself. @param {string} slug */
async function unseen(slug) {
  const { page, problems, scripts } = await open(slug);
  assert.equal(scripts, `'self' ${SERVICE}`);
  await page.getByRole("button", { name: "Continue" }).waitFor();
  await over(page, problems);
}

/** On the sign-in card the service is asked when the button is pressed; the next page has no script of its. */
async function card() {
  const { page, problems, scripts } = await open("card");
  assert.equal(scripts, `'self' ${SERVICE}`);
  await seen(page, "captcha-card");
  const library = page.waitForResponse((one) => one.url().endsWith("/if/user/") && one.ok());
  await signIn(page);
  await page.getByRole("heading", { name: "Applications", exact: true }).waitFor();
  assert.equal(scriptsOf(await library), "'self'");
  await over(page, problems);
}

/** Words that can be read, and the name that was typed. @param {string} slug @param {string} words */
async function mistake(slug, words) {
  const { page, problems } = await open(slug);
  await signIn(page);
  await page.getByRole("alert").getByText(words).waitFor();
  assert.equal(await page.getByLabel("Username or email").inputValue(), WHO);
  assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "");
  await seen(page, slug);
  await over(page, problems);
}

/** The script itself does not come: the page says so at once, and what is typed stays. */
async function scriptIsAway() {
  const { page, problems, scripts } = await open("card-away");
  assert.equal(scripts, `'self' ${NOBODY}`);
  await page.getByRole("alert").filter({ hasText: AWAY }).waitFor();
  await signIn(page);
  assert.equal(await page.getByLabel("Username or email").inputValue(), WHO);
  assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), PASSWORD);
  assert.match(page.url(), /card-away/);
  await page.getByLabel("Password", { exact: true }).fill("");
  await seen(page, "card-away");
  const others = problems.filter((one) => !one.includes("net::ERR_CONNECTION_REFUSED"));
  await over(page, others);
}

/** @param {import("playwright-core").Page} page */
async function signIn(page) {
  await page.getByLabel("Username or email").fill(WHO);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** A flow's first page in a browser of its own. @param {string} slug */
async function open(slug) {
  const context = await browser.newContext();
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const problems = watch(page);
  const answer = await page.goto(`${BASE}/if/flow/${slug}/?next=/if/user/`);
  assert.equal(answer?.status(), 200, slug);
  return { page, problems, scripts: scriptsOf(answer) };
}

/** What the page's policy lets scripts come from. @param {import("playwright-core").Response | null} answer */
function scriptsOf(answer) {
  const policy = answer?.headers()["content-security-policy"] ?? "";
  return /script-src ([^;]*);/.exec(policy)?.[1];
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function seen(page, name) {
  const picture = (/** @type {string} */ view) => PICTURES && `${PICTURES}/${name}-${view}.png`;
  assert.deepEqual(await look(page, picture), [], name);
}

/** @param {import("playwright-core").Page} page @param {string[]} problems */
async function over(page, problems) {
  assert.deepEqual(problems, []);
  await page.context().close();
}
