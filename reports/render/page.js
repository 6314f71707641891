"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  const rows = [...document.querySelectorAll(".row")];
  const sections = [...document.querySelectorAll(".gate")];
  const buttons = [...document.querySelectorAll("[data-show]")];
  const folds = [...document.querySelectorAll(".fold")];
  const input = document.getElementById("text");
  const slash = document.getElementById("slash");
  const shown = document.querySelector(".shown");
  const unfolded = new Set();
  let verdict = "";
  let texts = null;
  let asked = 0;

  const fold = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
  };

  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filtering = Boolean(verdict || words.length);
    // The texts are read once, when somebody filters: 5,000 of them cost more than the first paint.
    if (words.length && !texts) {
      texts = rows.map((row) => `${row.closest(".gate").querySelector("h3 bdi").textContent} ${row.textContent}`.toLowerCase());
    }
    let count = 0;
    rows.forEach((row, index) => {
      const fits = (!verdict || row.dataset.verdict === verdict) && words.every((word) => texts[index].includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      count += fits;
    });
    folds.forEach((button) => fold(button, filtering || unfolded.has(button)));
    sections.forEach((section) => {
      section.hidden = filtering && !section.querySelector(".row:not([hidden])");
      const passed = section.querySelector(".passed");
      if (passed) passed.hidden = !passed.querySelector(".row:not([hidden])");
    });
    const all = rows.length.toLocaleString("en");
    const some = count.toLocaleString("en");
    shown.textContent = !filtering ? `${all} judgements` : count ? `${some} of ${all} judgements` : `None of ${all} judgements. Escape clears the filter.`;
  };

  const soon = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(apply);
  };

  const show = (wanted) => {
    verdict = wanted;
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.show === wanted)));
    apply();
  };

  buttons.forEach((button) => button.addEventListener("click", () => show(button.dataset.show)));
  folds.forEach((button) => button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    if (open) unfolded.add(button); else unfolded.delete(button);
    fold(button, open);
  }));
  input.addEventListener("input", soon);
  document.querySelector(".filter").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search], textarea, select");
    if (event.key === "/" && slash.checked && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (event.key === "Escape" && (typing || verdict || input.value)) {
      input.value = "";
      show("");
    }
  });
  // Paper shows everything that the filter leaves, unfolded; afterwards the page is as it was.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll(".row[data-verdict]:not([data-verdict=PASS]) details:not([open])")];
    closed.forEach((details) => { details.open = true; });
  });
  window.addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
  apply();
})();
