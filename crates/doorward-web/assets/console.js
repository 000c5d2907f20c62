// @ts-check
// The palette (Ctrl-K), "/" for the search field, copying, and authentik's old links. Without this
// file the search is a page, code is selected by hand, and everything else works.
"use strict";
(() => {
  // authentik's addresses are behind a #, which never reaches a server.
  if (location.pathname === "/if/admin/" && location.hash.startsWith("#/")) {
    location.replace("/if/admin/old/?to=" + encodeURIComponent(location.hash.slice(1)));
    return;
  }
  const palette = document.getElementById("palette");
  const field = document.getElementById("palette-q");
  const hits = document.getElementById("palette-hits");
  const seek = document.getElementById("seek");
  if (!(palette instanceof HTMLDialogElement) || !(field instanceof HTMLInputElement) || !hits) return;
  let asked = 0;
  const open = () => {
    if (!palette.open) palette.showModal();
    field.select();
    if (!hits.childElementCount) find();
  };
  const find = async () => {
    const mine = ++asked;
    const answer = await fetch("/if/admin/search/?format=json&q=" + encodeURIComponent(field.value));
    if (!answer.ok) return;
    const found = await answer.json();
    if (mine === asked) hits.replaceChildren(...found.hits.map(line));
  };
  /** @param {{url: string, title: string, what: string}} hit */
  const line = (hit) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const what = document.createElement("span");
    link.href = hit.url;
    link.textContent = hit.title;
    what.className = "name";
    what.textContent = hit.what;
    link.append(what);
    item.append(link);
    return item;
  };
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input,textarea,select");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    } else if (event.key === "/" && !typing && seek instanceof HTMLInputElement) {
      event.preventDefault();
      seek.focus();
    }
  });
  field.addEventListener("input", find);
  palette.addEventListener("keydown", (event) => {
    const links = [...hits.querySelectorAll("a")];
    const at = links.findIndex((link) => link === document.activeElement);
    if (event.key === "ArrowDown") (links[at + 1] ?? links[0])?.focus();
    else if (event.key === "ArrowUp") (links[at - 1] ?? field).focus();
    else if (event.key === "Enter" && document.activeElement === field) links[0]?.click();
    else return;
    event.preventDefault();
  });
  for (const button of document.querySelectorAll("button[data-copies]")) {
    if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copies ?? "")?.textContent ?? "";
      await navigator.clipboard.writeText(text);
      button.textContent = button.dataset.done ?? "";
    });
  }
  // The line that follows the first request of an application: asked while the page is looked at.
  const seen = document.querySelector("[data-seen]");
  const said = seen?.querySelector("[data-seen-text]");
  if (seen instanceof HTMLElement && said) {
    const ask = async () => {
      const answer = document.hidden ? null : await fetch(seen.dataset.seen ?? "").catch(() => null);
      const now = answer?.ok ? await answer.json() : null;
      if (now && now.sentence !== said.textContent) {
        // Where it stands is drawn by the server.
        location.reload();
        return;
      }
      setTimeout(ask, 2000);
    };
    if (seen.dataset.state !== "in" && !document.querySelector("meta[http-equiv=refresh]")) setTimeout(ask, 2000);
  }
})();
