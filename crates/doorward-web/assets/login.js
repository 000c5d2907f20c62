// @ts-check
// Makes the password readable on request. Without this file the button stays hidden and
// everything else works.
"use strict";
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
