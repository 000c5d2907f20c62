// @ts-check
// Asks a captcha service's script for a token where the service shows nothing to click on, and says so
// where that script is not there. A box to click on is drawn by the service itself, which finds it by
// its class. Without this file the page says that it needs scripts.
"use strict";
const box = document.querySelector("[data-captcha]");
const form = box?.closest("form");
if (box instanceof HTMLElement && form) begin(box, form);

/** @param {HTMLElement} box @param {HTMLFormElement} form */
function begin(box, form) {
  const { captcha = "", sitekey = "", script = "", alone } = box.dataset;
  const service = /** @type {any} */ (window)[captcha];
  const said = form.querySelector("[data-said-captcha]");
  const field = form.querySelector("input[data-token]");
  const isUnseen = field instanceof HTMLInputElement;
  let isAsked = false;
  form.addEventListener("submit", (event) => {
    if (service && (!isUnseen || field.value)) return;
    event.preventDefault();
    ask();
  });
  if (!service || (isUnseen && alone !== undefined)) ask();

  function ask() {
    if (!service) return failed();
    if (isAsked) return;
    isAsked = true;
    if (said instanceof HTMLElement) said.hidden = true;
    // Only Google's script is there before it can be used; of the others, one refuses to be asked.
    if (captcha === "grecaptcha") service.ready(execute);
    else execute();
  }

  /** Asks as each service documents it, and takes the token from wherever it comes. */
  function execute() {
    const told = { sitekey, callback: done, "error-callback": failed };
    try {
      if (captcha === "turnstile") return service.render(box, told);
      // A script that was loaded for one key (reCAPTCHA v3) is asked by that key, else by a box of ours.
      const loadedFor = new URL(script).searchParams.get("render") ?? "explicit";
      const asked = loadedFor === "explicit" ? service.render(box, { ...told, size: "invisible" }) : loadedFor;
      const answer = captcha === "grecaptcha" ? service.execute(asked, { action: "submit" }) : service.execute(asked);
      Promise.resolve(answer).then(done, failed);
    } catch {
      failed();
    }
  }

  /** @param {unknown} token */
  function done(token) {
    if (typeof token !== "string" || !token || !isUnseen || field.value) return;
    field.value = token;
    form.requestSubmit();
  }

  function failed() {
    isAsked = false;
    if (said instanceof HTMLElement) said.hidden = false;
  }
}
