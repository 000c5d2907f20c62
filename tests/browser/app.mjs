// @ts-check
// An authenticator app: set up from the page that shows its key, and its codes.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

export const STEP_S = 30;

/** Adds an app on the page of one's devices; its key, and the step whose code that has used up.
 * @param {import("playwright-core").Page} page */
export async function setUpApp(page) {
  await page.getByRole("link", { name: "Authenticator app" }).click();
  assert.equal(await page.locator("svg.qr").count(), 1, "a QR code, drawn by the server");
  const typed = (await page.locator("code.key").textContent()) ?? "";
  const secret = typed.replaceAll(" ", "");
  const step = Math.floor(Date.now() / 1000 / STEP_S);
  await page.getByLabel("Code from your app").fill(totp(secret, step));
  await page.getByRole("button", { name: "Confirm" }).click();
  return { step, secret };
}

/** RFC 6238 with SHA-1, 30 seconds and 6 digits. @param {string} base32 @param {number} step */
export function totp(base32, step) {
  const bits = [...base32].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
