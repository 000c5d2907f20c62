// @ts-check
// Looks at one open page the way people with different eyes, hands and screens would: axe (WCAG 2.2 A
// and AA, best practice, what "needs review" included), light and dark, 1280 and 320 pixels wide, text
// at twice its size, and the keyboard alone.
//
// axe runs in an isolated world, so that the page's own policy (trusted types included) stays as it is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SCHEMES = /** @type {const} */ (["light", "dark"]);
const WIDTHS = [1280, 320];
const HEIGHT = 720;

/** Debian's Chromium, without a word to anybody. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

/** Collects what no page may do. @param {import("playwright-core").Page} page */
export function watch(page) {
  /** @type {string[]} */
  const problems = [];
  page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    // Chromium writes a page's own status to the console; a 403 or 422 page is meant.
    const refusal = /status of [45]\d\d/.test(message.text());
    if (message.type() === "error" && !refusal) problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const own = protocol === "data:" || hostname === "127.0.0.1" || hostname.endsWith("localhost");
    if (!own) problems.push(`request to ${request.url()}`);
  });
  return problems;
}

/**
 * Everything that is wrong with the page that is open, in every view; a picture of each if asked for.
 * @param {import("playwright-core").Page} page
 * @param {(view: string) => string | undefined} picture
 */
export async function look(page, picture = () => undefined) {
  const problems = await keyboardProblems(page);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    problems.push(...(await sidewaysProblems(page, `at ${width} px`)));
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const view = `${colorScheme}-${width}`;
      const path = picture(view);
      if (path) await page.screenshot({ path, fullPage: true });
      problems.push(...(await axeProblems(page)).map((problem) => `${view} ${problem}`));
    }
  }
  problems.push(...(await largeTextProblems(page)));
  return problems;
}

/** @param {import("playwright-core").Page} page @param {string} when */
async function sidewaysProblems(page, when) {
  const { px, widest } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const right = (/** @type {Element} */ one) => one.getBoundingClientRect().right;
    const [first] = [...document.body.querySelectorAll("*")].sort((a, b) => right(b) - right(a));
    return { px: scrollWidth - clientWidth, widest: first?.outerHTML.slice(0, 120) };
  });
  return px > 0 ? [`scrolls sideways by ${px} px ${when}: ${widest}`] : [];
}

/** Twice the text, in the narrow view that is open last. @param {import("playwright-core").Page} page */
async function largeTextProblems(page) {
  const resize = (/** @type {string} */ size) =>
    page.evaluate((size) => { document.documentElement.style.fontSize = size; }, size);
  await resize("200%");
  const problems = await sidewaysProblems(page, `at ${WIDTHS.at(-1)} px with text at 200 %`);
  await resize("");
  return problems;
}

/** Tab reaches everything that can be used, and shows where it is. @param {import("playwright-core").Page} page */
async function keyboardProblems(page) {
  const usable = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href],button,input,select,textarea,summary,[tabindex]")];
    // What is folded away has rectangles and cannot be used.
    const visible = (/** @type {Element} */ one) => one.checkVisibility() && one.getClientRects().length > 0;
    const isStop = (/** @type {Element} */ one) =>
      (one instanceof HTMLElement || one instanceof SVGElement) && one.tabIndex >= 0;
    // Of a group of radio buttons Tab reaches the chosen one; arrows go on from there.
    const isOther = (/** @type {Element} */ one) =>
      one instanceof HTMLInputElement && one.type === "radio" && !one.checked
      && all.some((other) => other instanceof HTMLInputElement && other.form === one.form && other.name === one.name && other.checked);
    const stops = all.filter((one) => isStop(one) && visible(one) && !isOther(one));
    stops.forEach((one, at) => one.setAttribute("data-stop", String(at)));
    return stops.length;
  });
  const reached = new Set();
  const problems = [];
  // A field for a day or a time has a stop for each of its parts.
  const parts = 8 * (await page.locator("input[type=date],input[type=datetime-local]").count());
  for (let presses = 0; presses < usable + parts + 3; presses += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (stop === null || reached.has(stop.at)) continue;
    reached.add(stop.at);
    if (!stop.shown) problems.push(`keyboard: the focus is not to be seen on ${stop.html}`);
  }
  if (reached.size < usable) problems.push(`keyboard: ${reached.size} of ${usable} reached`);
  // What shows itself only while it has the focus would lie over the page that is looked at next.
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  return problems;
}

/** What has the focus, and whether a person sees it. @param {import("playwright-core").Page} page */
function focused(page) {
  return page.evaluate(() => {
    const one = document.activeElement;
    const at = one?.getAttribute("data-stop");
    if (!one || !at) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const { top, bottom } = one.getBoundingClientRect();
    const inside = bottom > 0 && top < innerHeight;
    const shown = inside && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    return { at, shown, html: one.outerHTML.slice(0, 200) };
  });
}

/** @param {import("playwright-core").Page} page */
async function axeProblems(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id,
    worldName: "axe",
  });
  const options = JSON.stringify({ runOnly: TAGS, resultTypes: ["violations", "incomplete"] });
  const expression = `${AXE};axe.run(document, ${options}).then((found) => JSON.stringify(
    [...found.violations, ...found.incomplete]))`;
  const answer = await session.send("Runtime.evaluate", {
    expression,
    contextId: executionContextId,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  if (answer.exceptionDetails) return [`axe did not run: ${answer.exceptionDetails.text}`];
  return JSON.parse(answer.result.value).map(describe);
}

/** @param {{id: string, help: string, nodes: {html: string}[]}} finding */
function describe({ id, help, nodes }) {
  return `${id}: ${help}\n${nodes.map(({ html }) => `      ${html.slice(0, 200)}`).join("\n")}`;
}
