"use strict";
(() => {
  const root = document.documentElement, body = document.body;
  const byId = (id) => document.getElementById(id);

  const remembered = {
    get() { try { return localStorage.getItem("pipeline-theme"); } catch { return null; } },
    set(value) { try { localStorage.setItem("pipeline-theme", value); } catch { /* kept for this visit only */ } },
  };
  const themes = ["system", "light", "dark"], themeButton = byId("theme");
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

  // A button that was pressed is not pressed again while the answer is on its way.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") { return; }
    for (const button of event.target.querySelectorAll("button")) { setTimeout(() => { button.disabled = true; }); }
  });
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("form button:disabled")) { button.disabled = false; }
  });

  const find = byId("find"), state = byId("state");
  function filter() {
    if (!find) { return; }
    const rows = [...document.querySelectorAll("#task-table tbody tr")], wanted = find.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.dataset.name.includes(wanted) || (state.value !== "" && row.dataset.state !== state.value);
      shown += row.hidden ? 0 : 1;
    }
    byId("found").textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  }
  if (find) {
    byId("tools").hidden = false;
    find.addEventListener("input", filter);
    state.addEventListener("change", filter);
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) { return; }
      if (event.key === "/" && !event.target.closest("input, select, textarea")) {
        event.preventDefault();
        find.focus();
        find.select();
      } else if (event.key === "Escape" && event.target === find) {
        find.value = "";
        filter();
      }
    });
  }

  // Live parts: the page is asked for again, and what has another tag is put in its place, one part a frame.
  const live = /<!--live ([a-z]+) ([0-9a-f]+)-->([\s\S]*?)<!--\/live \1-->/g;
  const frame = () => new Promise((done) => { requestAnimationFrame(done); });
  const keyOf = (element, number) => element.id || `${element.querySelector("summary, a")?.textContent ?? ""}#${number}`;
  function replace(part, tag, html) {
    const details = (within) => [...within.querySelectorAll("details")];
    const open = new Map(details(part).map((one, number) => [keyOf(one, number), one.open]));
    const scrolled = [...part.querySelectorAll("[tabindex='0']")].map((one) => [one.scrollLeft, one.scrollTop]);
    const focused = part.contains(document.activeElement) ? [...part.querySelectorAll("a, button, summary, input, [tabindex]")].indexOf(document.activeElement) : -1;
    part.innerHTML = html;
    part.dataset.tag = tag;
    details(part).forEach((one, number) => { const was = open.get(keyOf(one, number)); if (was !== undefined) { one.open = was; } });
    // Only where somebody has scrolled: what is new would be laid out within the script for it.
    part.querySelectorAll("[tabindex='0']").forEach((one, number) => {
      const [left, top] = scrolled[number] ?? [0, 0];
      if (left || top) { [one.scrollLeft, one.scrollTop] = [left, top]; }
    });
    if (focused >= 0) { part.querySelectorAll("a, button, summary, input, [tabindex]")[focused]?.focus({ preventScroll: true }); }
    if (part.id === "live-tasks") { filter(); }
  }
  let asking = false, again = false, lastAsked = 0;
  const shortest = 1000;
  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    do {
      again = false;
      await new Promise((done) => { setTimeout(done, Math.max(0, lastAsked + shortest - Date.now())); });
      lastAsked = Date.now();
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.redirected || answer.status === 404) { location.reload(); return; }
        if (answer.ok) {
          for (const [, name, tag, html] of (await answer.text()).matchAll(live)) {
            const part = byId(`live-${name}`);
            if (part && part.dataset.tag !== tag) {
              await frame();
              replace(part, tag, html);
            }
          }
        }
      } catch { /* the server is away; the events will tell when it is back */ }
    } while (again);
    asking = false;
  }

  let source = null;
  function listen() {
    if (source || document.hidden) { return; }
    source = new EventSource(body.dataset.events);
    for (const kind of ["task", "call", "content", "plan", "reset"]) { source.addEventListener(kind, refresh); }
  }
  if (body.dataset.events) {
    listen();
    // That somebody is at work no more is written nowhere: not by a process that was killed.
    setInterval(() => { if (!document.hidden && document.querySelector("[data-at-work]")) { refresh(); } }, 3000);
    // Browsers open few connections to one server: a page that nobody sees needs none.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) { listen(); return; }
      source?.close();
      source = null;
    });
    window.addEventListener("pagehide", () => { source?.close(); source = null; });
    window.addEventListener("pageshow", listen);
  } else if (body.dataset.every) {
    setInterval(() => { if (!document.hidden) { refresh(); } }, 1000 * Number(body.dataset.every));
  }
})();
