// Draws what the main process says. Texts are set as texts: nothing that comes from outside becomes markup.
/* global textsOf */
"use strict";

const at = (id) => document.getElementById(id);
const bridge = window.license;

function draw(view) {
  const texts = textsOf(view.locale);
  document.documentElement.lang = texts.name;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];
  at("message").textContent = view.message;
  at("message").dataset.valid = String(view.valid);
  fill("days", view.daysLeft === null ? null : String(Math.max(view.daysLeft, 0)));
  const end = view.graceEndsAt ?? view.expiresAt;
  fill("ends", end === null ? null : new Date(end * 1000).toLocaleDateString(texts.name, { dateStyle: "long" }));
  at("renew").hidden = !view.canRenew;
  at("enter").hidden = view.valid;
  const { trouble } = view;
  at("trouble").hidden = trouble === null;
  at("trouble").textContent = trouble === null ? "" : texts[trouble.code] ?? trouble.detail ?? trouble.code;
}

function fill(id, text) {
  at(id).hidden = text === null;
  at(id).querySelector("dd").textContent = text ?? "";
}

/** One thing at a time: whoever presses twice does not ask twice. */
async function during(work) {
  const buttons = [...document.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  try {
    draw(await work());
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

at("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  void during(() => bridge.activate(at("key").value));
});
at("renew").addEventListener("click", () => during(() => bridge.renew()));
at("save").addEventListener("click", () => {
  if (at("key").reportValidity()) void during(() => bridge.saveRequest(at("key").value));
});
at("take").addEventListener("click", () => during(() => bridge.takeAnswer()));

const look = async () => draw(await bridge.view());

bridge.onChange(draw);
// Days pass without a change of state: look again when somebody looks.
window.addEventListener("focus", () => void look());
void look();
