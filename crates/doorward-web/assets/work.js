// @ts-check
// Does a small piece of work that costs a robot more than a person: it looks for a number that makes
// the SHA-256 (FIPS 180-4) of "<challenge>.<number>" begin with so many zero bits. Without this file the
// page says how long to wait instead.
"use strict";
// The fractions of the square roots of 8 primes, and of the cube roots of 64.
const squares = primes(8).map((prime) => fraction(Math.sqrt(prime)));
const cubes = primes(64).map((prime) => fraction(Math.cbrt(prime)));
const field = document.querySelector("input[data-work]");
if (field instanceof HTMLInputElement && field.form) begin(field, field.form);

/** @param {HTMLInputElement} field @param {HTMLFormElement} form */
function begin(field, form) {
  const { work = "", bits = "0", alone } = field.dataset;
  const said = form.querySelector("[data-said-work]");
  let isDone = false;
  let isWanted = alone !== undefined;
  form.addEventListener("submit", (event) => {
    if (isDone) return;
    event.preventDefault();
    isWanted = true;
    if (said instanceof HTMLElement) said.hidden = false;
  });
  if (isWanted && said instanceof HTMLElement) said.hidden = false;
  search(work, Number(bits), 0);

  /** A slice at a time, so that the page stays alive. @param {string} challenge @param {number} bits @param {number} from */
  function search(challenge, bits, from) {
    for (let number = from; number < from + 4096; number += 1) {
      if (Math.clz32(first(`${challenge}.${number}`)) >= bits) return finish(String(number));
    }
    setTimeout(search, 0, challenge, bits, from + 4096);
  }

  /** @param {string} solution */
  function finish(solution) {
    field.value = solution;
    isDone = true;
    if (isWanted) form.requestSubmit();
  }
}

/** The first 32 bits of the hash of a text of at most 55 ASCII characters. @param {string} text */
function first(text) {
  const words = new Uint32Array(64);
  for (let at = 0; at < text.length; at += 1) words[at >> 2] |= text.charCodeAt(at) << (24 - (at % 4) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  words[15] = text.length * 8;
  for (let at = 16; at < 64; at += 1) {
    const [before, last] = [words[at - 15], words[at - 2]];
    const low = turned(before, 7) ^ turned(before, 18) ^ (before >>> 3);
    const high = turned(last, 17) ^ turned(last, 19) ^ (last >>> 10);
    words[at] = words[at - 16] + low + words[at - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = squares;
  for (let at = 0; at < 64; at += 1) {
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const next = (h + high + ((e & f) ^ (~e & g)) + cubes[at] + words[at]) | 0;
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    [h, g, f, e, d, c, b] = [g, f, e, (d + next) | 0, c, b, a];
    a = (next + low + ((b & c) ^ (b & d) ^ (c & d))) | 0;
  }
  return (a + squares[0]) >>> 0;
}

/** @param {number} word @param {number} by */
function turned(word, by) {
  return (word >>> by) | (word << (32 - by));
}

/** @param {number} number */
function fraction(number) {
  return Math.floor((number - Math.floor(number)) * 2 ** 32);
}

/** @param {number} count */
function primes(count) {
  /** @type {number[]} */
  const found = [];
  for (let one = 2; found.length < count; one += 1) {
    if (found.every((prime) => one % prime !== 0)) found.push(one);
  }
  return found;
}
