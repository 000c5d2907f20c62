// @ts-check
// Typing in the search shows what matches at once, and Enter opens the first of it. Without this file
// the search is a form that lists what matches, and the first of that has the focus.
"use strict";
const search = document.getElementById("search");
if (search instanceof HTMLInputElement && !search.value) {
  /** @param {string} text */
  const plain = (text) => text.toLowerCase().trim();
  /** @type {NodeListOf<HTMLElement>} */
  const items = document.querySelectorAll("section li");
  const filter = () => {
    const wanted = plain(search.value);
    for (const item of items) {
      const heading = item.closest("section")?.querySelector("h2")?.textContent ?? "";
      const own = item.querySelector("a, h3")?.textContent ?? "";
      item.hidden = !plain(`${own} ${heading}`).includes(wanted);
    }
    for (const section of document.querySelectorAll("section")) {
      section.hidden = !section.querySelector("li:not([hidden])");
    }
  };
  search.addEventListener("input", filter);
  search.form?.addEventListener("submit", (event) => {
    const first = document.querySelector("section:not([hidden]) li:not([hidden]) a.tile");
    if (!search.value.trim() || !(first instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    first.click();
  });
}
