// @ts-check
// Makes the password readable on request, and keeps the browser from offering to send a form
// again. Without this file the button stays hidden and everything else works.
"use strict";
// The sign-in card may be the answer to a form, after a wrong try. From here on, reload and back
// ask for the card, not whether the password is to be sent once more.
if (document.querySelector("input[name=component]")) history.replaceState(null, "", location.href);
for (const button of document.querySelectorAll("button[data-shows]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const field = document.getElementById(button.dataset.shows ?? "");
  if (!(field instanceof HTMLInputElement)) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
  });
  field.form?.addEventListener("submit", () => {
    field.type = "password";
  });
}
