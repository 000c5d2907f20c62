// @ts-check
// Opens each page in Debian's Chromium, light and dark, 1280 and 320 pixels wide, and fails on any
// axe violation (WCAG 2.2 A and AA, best practice), on a page that scrolls sideways, on console
// errors and on reports of the content security policy.
//
//   node axe.mjs [--cookie NAME=VALUE]... [--needs-review] URL...
//
// axe runs in an isolated world, so that the page's own policy (trusted types included) stays as
// it is. Exit status: 0 clean, 1 findings, 2 no URL.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const VIEWS = ["light", "dark"].flatMap((colorScheme) =>
  [1280, 320].map((width) => ({ colorScheme, width })),
);

const { urls, cookies, needsReview } = readArguments(process.argv.slice(2));
if (urls.length === 0) {
  console.error("usage: node axe.mjs [--cookie NAME=VALUE]... [--needs-review] URL...");
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
let findings = 0;
try {
  for (const view of VIEWS) findings += await checkView(view);
} finally {
  await browser.close();
}
console.log(`axe: ${urls.length} pages x ${VIEWS.length} views, ${findings} findings`);
process.exit(findings === 0 ? 0 : 1);

/** @param {string[]} words */
function readArguments(words) {
  const read = { urls: /** @type {string[]} */ ([]), cookies: /** @type {string[]} */ ([]), needsReview: false };
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === "--cookie") read.cookies.push(words[(at += 1)] ?? "");
    else if (words[at] === "--needs-review") read.needsReview = true;
    else read.urls.push(words[at]);
  }
  return read;
}

/** @param {{colorScheme: string, width: number}} view */
async function checkView({ colorScheme, width }) {
  const context = await browser.newContext({
    colorScheme: /** @type {"light" | "dark"} */ (colorScheme),
    viewport: { width, height: 720 },
    ignoreHTTPSErrors: true,
  });
  await context.addCookies(
    cookies.flatMap((cookie) => {
      const [name, ...value] = cookie.split("=");
      return urls.map((url) => ({ name, value: value.join("="), url }));
    }),
  );
  let found = 0;
  for (const url of urls) {
    for (const problem of await checkPage(context, url)) {
      console.error(`${colorScheme} ${width} ${url}\n    ${problem}`);
      found += 1;
    }
  }
  await context.close();
  return found;
}

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} url
 */
async function checkPage(context, url) {
  const page = await context.newPage();
  /** @type {string[]} */
  const problems = [];
  page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    // Chromium writes the status of the page itself to the console; a 403 or 422 page is meant.
    const ofThePage = message.location().url === page.url() && /status of [45]\d\d/.test(message.text());
    if (message.type() === "error" && !ofThePage) problems.push(`console: ${message.text()}`);
  });
  await page.goto(url, { waitUntil: "load" });
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (sideways > 0) problems.push(`scrolls sideways by ${sideways} px`);
  problems.push(...(await runAxe(context, page)));
  await page.close();
  return problems;
}

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {import("playwright-core").Page} page
 */
async function runAxe(context, page) {
  const session = await context.newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", {
    frameId: frameTree.frame.id,
    worldName: "axe",
  });
  const options = JSON.stringify({
    runOnly: TAGS,
    resultTypes: ["violations", "incomplete"],
  });
  const expression = `${AXE};axe.run(document, ${options}).then((found) => JSON.stringify({
    violations: found.violations, incomplete: found.incomplete }))`;
  const answer = await session.send("Runtime.evaluate", {
    expression,
    contextId: executionContextId,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  if (answer.exceptionDetails) return [`axe did not run: ${answer.exceptionDetails.text}`];
  const { violations, incomplete } = JSON.parse(answer.result.value);
  return [...violations.map(describe), ...(needsReview ? incomplete.map(describe) : [])];
}

/** @param {{id: string, help: string, nodes: {html: string}[]}} finding */
function describe({ id, help, nodes }) {
  return `${id}: ${help}\n${nodes.map(({ html }) => `      ${html.slice(0, 200)}`).join("\n")}`;
}
