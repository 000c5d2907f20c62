// @ts-check
// Lets the browser make or use a passkey, and sends what it says with the form around it. Without
// this file the button stays hidden, and every step that is not about a passkey works.
"use strict";
const Key = window.PublicKeyCredential;
const form = document.querySelector("form[data-options]");
if (form instanceof HTMLFormElement && Key?.parseRequestOptionsFromJSON) offer(form);
const known = document.querySelector("[data-accepted]");
// Passkeys that were removed here can go from the person's password manager, too.
if (known instanceof HTMLElement) Key?.signalAllAcceptedCredentials?.(JSON.parse(known.dataset.accepted ?? ""))?.catch(() => {});

/** @param {HTMLFormElement} form */
function offer(form) {
  const { options = "", unknown, ceremony } = form.dataset;
  const asked = JSON.parse(options);
  const answer = /** @type {HTMLInputElement} */ (form.querySelector("input[data-answer]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[data-passkey]"));
  const said = /** @type {HTMLElement} */ (form.querySelector("[data-said]"));
  let waiting = new AbortController();

  /** @param {boolean} conditional */
  async function ask(conditional) {
    waiting.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    said.textContent = "";
    try {
      const credential = ceremony === "create"
        ? await navigator.credentials.create({ publicKey: Key.parseCreationOptionsFromJSON(asked), signal })
        : await navigator.credentials.get({
            publicKey: Key.parseRequestOptionsFromJSON(asked), signal,
            mediation: conditional ? "conditional" : "optional",
          });
      answer.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      if (conditional || signal.aborted) return;
      const taken = error instanceof Error && error.name === "InvalidStateError";
      said.textContent = (taken ? said.dataset.taken : said.dataset.failed) ?? "";
    }
  }

  if (unknown) Key.signalUnknownCredential?.({ rpId: asked.rpId, credentialId: unknown })?.catch(() => {});
  button.hidden = false;
  button.addEventListener("click", () => ask(false));
  if (ceremony !== "autofill") return;
  Key.isConditionalMediationAvailable?.().then((can) => can && ask(true));
}
