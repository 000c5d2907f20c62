// @ts-check
// Weighs pages as a person with a slow line and a slow machine gets them: bytes on the wire with their
// headers, requests, the largest paint and what moves while the page comes. Run by
// crates/doorward/tests/it/pages/weights.rs, which starts everything else and says what is too much:
//
//   SIGN_IN='{"url": "https://…", "who": "…", "password": "…"}'
//   PAGES='[{"name": "login", "url": "https://…", "first": true, "bytes": 20480, "requests": 3, "lcp_ms": 1200}]'
//
// A first page comes to a browser that keeps nothing yet; the others to one that has seen a page like it.
import assert from "node:assert/strict";
import process from "node:process";
import { launch } from "./look.mjs";

/** Lighthouse's "slow 4G", and a machine four times slower than this one. */
const LINE = { offline: false, latency: 150, downloadThroughput: 204_800, uploadThroughput: 93_750 };
const SLOWER = 4;
const ROUNDS = 3;

/**
 * @typedef {object} Limit
 * @property {string} name
 * @property {string} url
 * @property {boolean} first whether the browser keeps nothing yet
 * @property {boolean} stranger whether nobody has signed in
 * @property {number} bytes
 * @property {number} requests
 * @property {number} lcp_ms
 */
/** @type {Limit[]} */
const limits = JSON.parse(process.env.PAGES ?? "[]");
const { url, who, password } = JSON.parse(process.env.SIGN_IN ?? "{}");
assert.ok(limits.length > 0, "PAGES says what is weighed");

const browser = await launch();
let failures = 0;
try {
  for (const limit of limits) {
    const seen = [];
    for (let round = 0; round < ROUNDS; round += 1) seen.push(await weigh(limit));
    failures += tell(limit, seen);
  }
} finally {
  await browser.close();
}
process.exit(failures === 0 ? 0 : 1);

/** @param {Limit} limit @param {{bytes: number, requests: number, lcp: number, moved: number, what: string[]}[]} seen */
function tell(limit, seen) {
  const middle = (/** @type {number[]} */ all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  const bytes = middle(seen.map((one) => one.bytes));
  const requests = middle(seen.map((one) => one.requests));
  const lcp = middle(seen.map((one) => one.lcp));
  const moved = middle(seen.map((one) => one.moved));
  const said = `${limit.name}: ${bytes} bytes, ${requests} requests, largest paint ${Math.round(lcp)} ms, moved ${moved}`;
  console.log(said);
  const tooMuch = [
    bytes > limit.bytes && `more than ${limit.bytes} bytes`,
    requests > limit.requests && `more than ${limit.requests} requests`,
    lcp > limit.lcp_ms && `a paint after ${limit.lcp_ms} ms`,
    lcp === 0 && "no paint",
    moved > 0 && `something moved: ${seen.flatMap((one) => one.what).join(" ")}`,
  ].filter(Boolean);
  for (const what of tooMuch) console.error(`${limit.name}: ${what} (${said})`);
  return tooMuch.length;
}

/** @param {Limit} limit */
async function weigh(limit) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const page = await context.newPage();
    if (!limit.stranger) await signIn(page);
    if (limit.first && !limit.stranger) await forget(page);
    return await measured(page, limit.url);
  } finally {
    await context.close();
  }
}

/** @param {import("playwright-core").Page} page */
async function signIn(page) {
  await page.goto(url);
  await page.getByLabel("Username or email", { exact: true }).fill(who);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await Promise.all([page.waitForURL(url), page.getByRole("button", { name: "Sign in", exact: true }).click()]);
}

/** @param {import("playwright-core").Page} page */
async function forget(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.clearBrowserCache");
  await session.detach();
}

/** @param {import("playwright-core").Page} page @param {string} address */
async function measured(page, address) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", LINE);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  let bytes = 0;
  /** @type {Set<string>} */
  const kept = new Set();
  let requests = 0;
  session.on("Network.requestServedFromCache", ({ requestId }) => kept.add(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    bytes += encodedDataLength;
    if (encodedDataLength > 0 && !kept.has(requestId)) requests += 1;
  });
  await page.goto(address, { waitUntil: "networkidle" });
  const { lcp, moved, what } = await page.evaluate(paints);
  return { bytes, requests, lcp, moved, what };
}

/** In the page: when the largest thing was painted, and how much of the page moved. */
function paints() {
  return new Promise((resolve) => {
    const found = { lcp: 0, moved: 0, what: /** @type {string[]} */ ([]) };
    const observe = (/** @type {string} */ type, /** @type {(entry: any) => void} */ note) =>
      new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
    observe("largest-contentful-paint", (entry) => (found.lcp = entry.startTime));
    observe("layout-shift", (entry) => {
      if (entry.hadRecentInput) return;
      found.moved += entry.value;
      for (const { node } of entry.sources) found.what.push(node?.outerHTML?.slice(0, 120) ?? "");
    });
    setTimeout(() => resolve(found), 200);
  });
}
