// @ts-check
// A person's whole way in Debian's Chromium, with JavaScript and without: open the protected app, sign
// in with a typo first, be in, open a second tab, sign out. Run by crates/doorward/tests/it/chromium.rs,
// which starts everything else:
//
//   APP_URL=https://app.localhost:8443/ WHO=mia PASSWORD=... PICTURES=/tmp/x SECRETS=/tmp/y node journey.mjs
//
// Fails on anything unexpected: console errors, requests to other places, a policy violation, a login
// page of more than 20 KB or three requests. Writes every cookie and address that it got to SECRETS, to be
// searched for in the logs.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import process from "node:process";
import { launch, watch } from "./look.mjs";

const { APP_URL = "", WHO = "", PASSWORD = "", PICTURES = "", SECRETS = "" } = process.env;
const MOST_BYTES = 20 * 1024;
const MOST_REQUESTS = 3;
const DEADLINE_MS = 30_000;

const browser = await launch();
try {
  for (const javaScriptEnabled of [true, false]) {
    await journey(javaScriptEnabled);
    await backAgain(javaScriptEnabled);
    await backAndReloadAfterATypo(javaScriptEnabled);
  }
} finally {
  await browser.close();
}
console.log("journey: done with JavaScript on and off");

/** @param {boolean} javaScriptEnabled */
async function journey(javaScriptEnabled) {
  const name = javaScriptEnabled ? "with-javascript" : "without-javascript";
  const { context, page, problems } = await open(javaScriptEnabled);
  const picture = (/** @type {string} */ step) =>
    page.screenshot({ path: `${PICTURES}/${name}-${step}.png` });

  const wanted = new URL("page?a=1&b=2", APP_URL).href;
  const weight = weigh(page);
  const login = await page.goto(wanted, { waitUntil: "load" });
  assert.notEqual(new URL(page.url()).host, new URL(APP_URL).host, "led to the login page");
  const policy = (await login?.headerValue("content-security-policy")) ?? "";
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self' 'sha256-/);
  assert.doesNotMatch(policy, /unsafe/);
  const { bytes, requests } = await weight();
  assert.ok(bytes <= MOST_BYTES, `the login page weighs ${bytes} bytes`);
  assert.ok(requests <= MOST_REQUESTS, `the login page takes ${requests} requests`);
  await picture("1-login");

  await signIn(page, "not-the-password");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("Username or email").inputValue(), WHO, "the name stays");
  await picture("2-typo");

  await signIn(page, PASSWORD);
  await page.waitForURL(wanted);
  const seen = JSON.parse((await page.locator("body").textContent()) ?? "");
  const headers = new Map(seen.headers.map(([key, value]) => [key.toLowerCase(), value]));
  assert.equal(headers.get("x-authentik-username"), WHO);
  await picture("3-in");

  const second = await context.newPage();
  await second.goto(APP_URL);
  assert.equal(new URL(second.url()).host, new URL(APP_URL).host, "a second tab is in at once");
  await second.close();

  await page.goto(new URL("/outpost.goauthentik.io/sign_out", APP_URL).href);
  await picture("4-sign-out");
  await page.getByRole("button", { name: /sign out of everything|^sign out$/i }).click();
  await page.waitForLoadState();
  await picture("5-out");
  await page.goto(wanted);
  await page.getByLabel("Password", { exact: true }).waitFor();
  assert.notEqual(new URL(page.url()).host, new URL(APP_URL).host, "a stranger again");

  assert.deepEqual(problems, []);
  await context.close();
  console.log(`journey ${name}: in and out; the login page is ${bytes} bytes in ${requests} requests`);
}

/** The browser's back button after a sign-in: the person stays where they wanted to be.
 * @param {boolean} javaScriptEnabled */
async function backAgain(javaScriptEnabled) {
  const { context, page, problems } = await open(javaScriptEnabled);
  const wanted = new URL("page?back=1", APP_URL).href;
  await page.goto(wanted);
  await signIn(page, PASSWORD);
  await page.waitForURL(wanted);
  await page.goBack();
  assert.equal(page.url(), wanted, "led on, without another sign-in");
  assert.ok((await page.locator("body").textContent())?.includes(WHO));
  assert.deepEqual(problems, []);
  await context.close();
}

/** Neither button asks whether the wrong password is to be sent again; without JavaScript the browser does,
 * as it does after every form, and the way on is the same.
 * @param {boolean} javaScriptEnabled */
async function backAndReloadAfterATypo(javaScriptEnabled) {
  const { context, page, problems } = await open(javaScriptEnabled);
  const wanted = new URL("page?typo=1", APP_URL).href;
  await page.goto(wanted);
  await signIn(page, "not-the-password");
  await page.getByRole("alert").waitFor();
  if (javaScriptEnabled) {
    const sent = await sentAgain(page, () => page.reload());
    assert.deepEqual(sent, [], "nothing is sent again");
    assert.equal(await page.getByRole("alert").count(), 0, "a fresh card");
  }
  await signIn(page, PASSWORD);
  await page.waitForURL(wanted);
  if (javaScriptEnabled) {
    const sent = await sentAgain(page, () => page.goBack());
    assert.deepEqual(sent, [], "nothing is sent again");
    assert.equal(page.url(), wanted, "led on, without another sign-in");
  }
  assert.deepEqual(problems, []);
  await context.close();
}

/** The forms that are sent while `act` runs. @param {import("playwright-core").Page} page @param {() => Promise<unknown>} act */
async function sentAgain(page, act) {
  /** @type {string[]} */
  const sent = [];
  const note = (/** @type {import("playwright-core").Request} */ request) => {
    if (request.method() !== "GET") sent.push(request.url());
  };
  page.on("request", note);
  await act();
  page.off("request", note);
  return sent;
}

/** @param {import("playwright-core").Page} page @param {string} password */
async function signIn(page, password) {
  await page.getByLabel("Username or email").fill(WHO);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Password", { exact: true }).press("Enter");
  await page.waitForLoadState("load");
}

/** A browser of its own. @param {boolean} javaScriptEnabled */
async function open(javaScriptEnabled) {
  const context = await browser.newContext({ javaScriptEnabled, ignoreHTTPSErrors: true });
  context.setDefaultTimeout(DEADLINE_MS);
  context.on("response", tell);
  const page = await context.newPage();
  return { context, page, problems: watch(page) };
}

/** Writes down what lets somebody in. @param {import("playwright-core").Response} response */
async function tell(response) {
  const headers = await response.headersArray().catch(() => []);
  const cookies = headers.filter(({ name }) => name.toLowerCase() === "set-cookie");
  const lines = [`address ${response.url()}`, ...cookies.map(({ value }) => `cookie ${value.split("\n").join("\ncookie ")}`)];
  appendFileSync(SECRETS, `${lines.join("\n")}\n`);
}

/** Counts requests and bytes of the login host from now on. @param {import("playwright-core").Page} page */
function weigh(page) {
  /** @type {import("playwright-core").Request[]} */
  const finished = [];
  const note = (/** @type {import("playwright-core").Request} */ request) => finished.push(request);
  page.on("requestfinished", note);
  return async () => {
    page.off("requestfinished", note);
    const shown = new URL(page.url()).host;
    let bytes = 0;
    let requests = 0;
    for (const request of finished) {
      const status = (await request.response())?.status() ?? 0;
      if (new URL(request.url()).host !== shown || (status >= 300 && status < 400)) continue;
      const sizes = await request.sizes();
      bytes += sizes.responseBodySize + sizes.responseHeadersSize;
      requests += 1;
    }
    return { bytes, requests };
  };
}
