"use strict";
(() => {
  const root = document.documentElement;

  // A page opened from a disk may have no storage, or one that throws when touched.
  const remembered = {
    get() { try { return localStorage.getItem("pipeline-report-theme"); } catch { return null; } },
    set(value) { try { localStorage.setItem("pipeline-report-theme", value); } catch { /* kept for this visit only */ } },
  };
  const themes = ["system", "light", "dark"];
  const themeButton = document.getElementById("theme");
  function useTheme(theme) {
    if (theme === "system") { delete root.dataset.theme; } else { root.dataset.theme = theme; }
    themeButton.textContent = `Theme: ${theme}`;
  }
  let theme = themes.includes(remembered.get()) ? remembered.get() : "system";
  useTheme(theme);
  themeButton.hidden = false;
  themeButton.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    remembered.set(theme);
    useTheme(theme);
  });

  const find = document.getElementById("find");
  const state = document.getElementById("state");
  const found = document.getElementById("found");
  const rows = [...document.querySelectorAll("#task-table tbody tr")];
  const items = [...document.querySelectorAll("#details > details")];
  function matches(item) {
    return item.dataset.name.includes(find.value.trim().toLowerCase()) && (!state.value || item.dataset.state === state.value);
  }
  function filter() {
    for (const item of [...rows, ...items]) { item.hidden = !matches(item); }
    const shown = rows.filter((row) => !row.hidden).length;
    found.textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  }
  document.getElementById("tools").hidden = false;
  find.addEventListener("input", filter);
  state.addEventListener("change", filter);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      find.focus();
      find.select();
    } else if (event.key === "Escape" && event.target === find) {
      find.value = "";
      filter();
    }
  });

  // A link to a task opens it, whatever the filter hides.
  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (!(target instanceof HTMLDetailsElement)) { return; }
    if (target.hidden) {
      find.value = "";
      state.value = "";
      filter();
    }
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", openTarget);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href^='#task-']");
    // The same link twice changes no hash.
    if (link && link.hash === location.hash) { openTarget(); }
  });
  openTarget();

  const numeric = /^-?[0-9.]+(e[+-]?[0-9]+)?$/i;
  function keyOf(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.key ?? cell.textContent.trim();
    return numeric.test(text) ? Number(text) : text;
  }
  function compare(a, b) {
    if (typeof a === typeof b) { return a < b ? -1 : a > b ? 1 : 0; }
    return typeof a === "number" ? -1 : 1;
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const first = head.classList.contains("number") ? "descending" : "ascending";
        const direction = before ? (before === "ascending" ? "descending" : "ascending") : first;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", direction);
        const sign = direction === "ascending" ? 1 : -1;
        const body = table.tBodies[0];
        const sorted = [...body.rows].map((row) => [keyOf(row, column), row]);
        sorted.sort((a, b) => sign * compare(a[0], b[0]));
        body.append(...sorted.map((pair) => pair[1]));
      });
    });
  }
})();
