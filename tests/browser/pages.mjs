// @ts-check
// Walks through pages in Debian's Chromium as they are served, and looks at each with `look.mjs`. Run by
// crates/doorward/tests/it/pages.rs, which starts everything else and writes the way:
//
//   PAGES='[{"name": "login", "open": "https://…", "status": 200, "heading": "Sign in"}, …]' node pages.mjs
//
// A step opens an address (or stays where the step before ended), fills in fields by their labels, and
// presses a button or follows a link. `as` names who looks: each has a browser of their own, one that runs no scripts if the
// name ends so. PICTURES names a folder for a picture of every view.
import assert from "node:assert/strict";
import process from "node:process";
import { launch, look, watch } from "./look.mjs";

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} [as]
 * @property {string} [open]
 * @property {Record<string, string>} [fill]
 * @property {string} [press] a button
 * @property {string} [follow] a link
 * @property {boolean} [forget] whether the browser loses its cookies before the button is pressed
 * @property {boolean} [stays] on a page that would go on by itself
 * @property {number} [tries] how often the form may be sent until the status is the expected one
 * @property {string} [awaits] a button of the page that the opened one leads to by itself
 * @property {number} status
 * @property {string} [heading] of ours; an app's page has another
 * @property {string} [focus] the label of the field that has the focus
 * @property {boolean} [unseen] a step on the way, not looked at
 */

const DEADLINE_MS = 30_000;
/** @type {Step[]} */
const steps = JSON.parse(process.env.PAGES ?? "[]");
assert.ok(steps.length > 0, "PAGES names the pages");
const pictures = process.env.PICTURES;

const browser = await launch();
/** @type {Map<string, {page: import("playwright-core").Page, problems: string[]}>} */
const people = new Map();
let findings = 0;
try {
  for (const step of steps) findings += report(step, await walk(step));
} finally {
  await browser.close();
}
console.log(`pages: ${steps.length} steps, ${findings} findings`);
process.exit(findings === 0 ? 0 : 1);

/** @param {Step} step @param {string[]} problems */
function report({ name }, problems) {
  for (const problem of problems) console.error(`${name}: ${problem}`);
  return problems.length;
}

/** @param {Step} step */
async function walk(step) {
  const { page, problems } = await person(step.as ?? "a stranger");
  const said = await take(page, step);
  const found = [...said, ...(step.unseen ? [] : await seen(page, step)), ...problems];
  problems.length = 0;
  return found;
}

/** @param {string} name */
async function person(name) {
  const known = people.get(name);
  if (known) return known;
  const javaScriptEnabled = !name.endsWith("without scripts");
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const made = { page, problems: watch(page) };
  people.set(name, made);
  return made;
}

/** Does what the step says. @param {import("playwright-core").Page} page @param {Step} step */
async function take(page, step) {
  let status = 0;
  await page.unroute("**/*", stay);
  if (step.stays) await page.route("**/*", stay);
  page.on("response", note);
  if (step.open) await page.goto(step.open, { waitUntil: "load" });
  // A page that goes on by itself has arrived where this button is.
  if (step.awaits) await page.getByRole("button", { name: step.awaits, exact: true }).waitFor();
  const target = clicked(page, step);
  if (target) status = 0;
  for (let tries = step.tries ?? 1; target && tries > 0 && status !== step.status; tries -= 1) {
    for (const [label, text] of Object.entries(step.fill ?? {})) {
      await page.getByLabel(label, { exact: true }).fill(text);
    }
    if (step.forget) await page.context().clearCookies();
    await Promise.all([
      page.waitForEvent("load"),
      target.click(),
    ]);
  }
  page.off("response", note);
  const problems = [];
  if (status !== step.status) problems.push(`answered with ${status}, not ${step.status}`);
  if (step.heading) problems.push(...(await headingProblems(page, step.heading)));
  return problems;

  /** @param {import("playwright-core").Response} response */
  function note(response) {
    if (response.request().isNavigationRequest()) status = response.status();
  }
}

/** What the step clicks on. @param {import("playwright-core").Page} page @param {Step} step */
function clicked(page, { press, follow }) {
  if (press) return page.getByRole("button", { name: press, exact: true });
  return follow ? page.getByRole("link", { name: follow, exact: true }) : undefined;
}

/** Takes away what leads a page on by itself, and what its frames would show.
 * @param {import("playwright-core").Route} route */
async function stay(route) {
  const request = route.request();
  if (request.resourceType() === "script") {
    await route.fulfill({ contentType: "text/javascript", body: "" });
  } else if (request.isNavigationRequest() && request.frame().parentFrame()) {
    await route.fulfill({ contentType: "text/html", body: "" });
  } else {
    await route.continue();
  }
}

/** @param {import("playwright-core").Page} page @param {string} wanted */
async function headingProblems(page, wanted) {
  const headings = (await page.locator("h1").allTextContents()).map((heading) => heading.trim());
  return headings.join() === wanted ? [] : [`${page.url()} says "${headings.join()}", not "${wanted}"`];
}

/** @param {import("playwright-core").Page} page @param {Step} step */
async function seen(page, step) {
  const problems = [];
  if (step.focus) {
    const wanted = await page.getByLabel(step.focus, { exact: true }).getAttribute("id");
    const { focused, described } = await settled(page, wanted);
    if (focused !== wanted) problems.push(`the focus is on "${focused}", not on "${wanted}"`);
    const mistake = step.status === 422 || step.status === 429;
    if (mistake && !described) problems.push(`nothing says at "${wanted}" what is wrong`);
  }
  const picture = (/** @type {string} */ view) => pictures && `${pictures}/${step.name}-${view}.png`;
  return [...problems, ...(await look(page, picture))];
}

/** A page takes its focus when it is first drawn, which may be after it was loaded.
 * @param {import("playwright-core").Page} page @param {string | null} wanted */
async function settled(page, wanted) {
  let seen = await page.evaluate(focus);
  for (let tries = 0; tries < 20 && seen.focused !== wanted; tries += 1) {
    await page.waitForTimeout(100);
    seen = await page.evaluate(focus);
  }
  return seen;
}

/** In the page: the field that has the focus, and what is read out with it. */
function focus() {
  const field = document.activeElement;
  const ids = field?.getAttribute("aria-describedby")?.split(" ") ?? [];
  const texts = ids.map((id) => document.getElementById(id)?.textContent ?? "");
  return { focused: field?.id ?? "", described: texts.join(" ").trim() };
}
