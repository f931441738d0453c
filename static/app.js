// What pages do beyond HTML, where script is allowed. Without it every page works, too: live
// figures are then as old as the page.
"use strict";

// Live parts: <div data-live="/pools/events" hx-get="…" hx-trigger="live">. Each event has the
// part load itself; where events do not come through, it is loaded every few seconds.
const POLL_MS = 10000;
for (const part of document.querySelectorAll("[data-live]")) {
  const reload = () => part.dispatchEvent(new CustomEvent("live"));
  let polling = null;
  const poll = () => { polling ??= setInterval(reload, POLL_MS); };
  if (!("EventSource" in window)) { poll(); continue; }
  const events = new EventSource(part.dataset.live);
  events.addEventListener("open", () => { clearInterval(polling); polling = null; });
  events.addEventListener("pools", reload);
  events.addEventListener("error", poll);
}

// Files are dropped onto their field.
for (const field of document.querySelectorAll("input[type=file]")) {
  const over = (on) => (event) => { event.preventDefault(); field.classList.toggle("over", on); };
  field.addEventListener("dragover", over(true));
  field.addEventListener("dragleave", over(false));
  field.addEventListener("drop", (event) => {
    over(false)(event);
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// Shortcuts: <button data-key="r">. Never while somebody types.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("button, a, summary")) target.click(); else target.focus();
});

// Steps: j and k go to the next and to the last <… data-step tabindex="-1">.
document.addEventListener("keydown", (event) => {
  const way = { j: 1, k: -1 }[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const steps = [...document.querySelectorAll("[data-step]")];
  const at = steps.indexOf(event.target.closest("[data-step]"));
  const next = at < 0 && way < 0 ? steps.length - 1 : at + way;
  steps[next]?.focus();
});

// What cannot be undone is asked for once more: <form data-ask="…">.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset?.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});

// <button data-print> prints, <button data-copy="#id"> copies a text.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) { window.print(); return; }
  const source = document.querySelector(button.dataset.copy);
  if (source) navigator.clipboard?.writeText(source.textContent.trim());
});
