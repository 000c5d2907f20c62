// A captcha service's script, in reCAPTCHA's words, as far as pages of ours ask it. Served by
// crates/doorward/tests/it/pages/captcha.rs as `/<token>/api.js`; every token it gives is that word.
// A box for people is drawn where the class asks for one; else a token comes to the callback of a box
// that is not seen (v2), or as a promise where the script was loaded for its key (v3).
"use strict";
{
  const { pathname, searchParams } = new URL(document.currentScript.src);
  const [, token] = pathname.split("/");
  const KEY = "a-site-key";
  const BOX = 7;
  let callback;
  const later = (then, ...values) => setTimeout(then, 20, ...values);

  window.grecaptcha = {
    ready: later,
    render(box, asked) {
      if (!box.isConnected || asked.sitekey !== KEY || asked.size !== "invisible") throw new Error("not so");
      callback = asked.callback;
      return BOX;
    },
    execute(which, { action }) {
      if (!/^\w+$/.test(action)) throw new Error("no action");
      if (searchParams.get("render") === KEY && which === KEY) return Promise.resolve(token);
      if (which !== BOX) throw new Error("nothing was rendered");
      later(callback, token);
      return Promise.resolve(null);
    },
  };

  for (const box of document.querySelectorAll(".g-recaptcha")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn alt" });
    button.textContent = "I am a person";
    button.addEventListener("click", () => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "g-recaptcha-response", value: token });
      button.replaceWith(field, "Thank you.");
    });
    box.append(button);
  }
}
