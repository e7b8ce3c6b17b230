"use strict";
// Before the first paint. Storage can be forbidden, as it is for files in some browsers; then nothing is remembered.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const kept = localStorage.getItem("refactor-report-theme");
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  } catch { /* nothing is remembered */ }
})();
