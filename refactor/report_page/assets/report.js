"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const tasks = all(".task");
  const isTyping = (target) => target.matches("input:not([type=checkbox]), select, textarea");

  // Theme: system, light, dark.
  const themes = ["system", "light", "dark"];
  const themeButton = byId("theme");
  const showTheme = (name) => { themeButton.querySelector("span").textContent = name; };
  showTheme(root.dataset.theme || "system");
  themeButton.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme || "system") + 1) % themes.length];
    if (next === "system") delete root.dataset.theme; else root.dataset.theme = next;
    showTheme(next);
    try {
      if (next === "system") localStorage.removeItem("refactor-report-theme");
      else localStorage.setItem("refactor-report-theme", next);
    } catch { /* not remembered */ }
  });

  // Filter. It is kept in the address, so that what is shown can be sent to somebody.
  const form = document.querySelector(".filters");
  const text = byId("text"), stage = byId("stage"), attention = byId("attention"), chips = byId("chips");
  const boxes = all("input[name=state]");
  const nodeOf = new Map(all("#drawing .node").map((node) => [node.getAttribute("href").slice(1), node]));
  const isShown = (task) => !task.hidden;
  const words = (value) => (value || "").split(/\s+/).filter(Boolean);
  // What the form has no field for: each is shown as a chip that removes it.
  const extra = { rule: "", answer: "", findings: "" };
  const said = { rule: (value) => value, answer: (value) => value.replace("-", ": "), findings: () => "with findings" };
  const filterOf = () => {
    const found = new URLSearchParams();
    const states = boxes.filter((box) => box.checked).map((box) => box.value);
    if (text.value.trim()) found.set("q", text.value.trim());
    if (states.length !== boxes.length) found.set("state", states.join(","));
    if (stage.value) found.set("stage", stage.value);
    if (attention.checked) found.set("attention", "1");
    for (const name in extra) if (extra[name]) found.set(name, extra[name]);
    return found;
  };
  const setFilter = (wanted) => {
    text.value = wanted.get("q") || "";
    const states = wanted.has("state") && wanted.get("state").split(",");
    for (const box of boxes) box.checked = !states || states.includes(box.value);
    stage.value = wanted.get("stage") || "";
    if (stage.selectedIndex < 0) stage.value = "";
    attention.checked = wanted.has("attention");
    for (const name in extra) extra[name] = wanted.get(name) || "";
  };
  const showChips = () => {
    chips.replaceChildren();
    for (const name in extra) {
      if (!extra[name]) continue;
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip";
      chip.textContent = `${said[name](extra[name])} ×`;
      chip.setAttribute("aria-label", `Remove the filter ${said[name](extra[name])}`);
      chip.addEventListener("click", () => { extra[name] = ""; applyFilter(); text.focus(); });
      chips.append(chip);
    }
  };
  const showTasks = () => {
    const parts = words(text.value.toLowerCase());
    const states = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const task of tasks) {
      const { state, stage: group, text: haystack, rules, answers } = task.dataset;
      const fits = states.has(state) && (!stage.value || group === stage.value)
        && (!attention.checked || "attention" in task.dataset) && (!extra.findings || "findings" in task.dataset)
        && (!extra.rule || words(rules).includes(extra.rule)) && (!extra.answer || words(answers).includes(extra.answer))
        && parts.every((word) => haystack.includes(word));
      task.hidden = !fits;
      nodeOf.get(task.id)?.classList.toggle("dim", !fits);
      count += fits;
    }
    for (const section of all("section.stage")) {
      const shown = all(".task", section).filter(isShown);
      section.hidden = !shown.length;
      for (const task of all(".task.last", section)) task.classList.remove("last");
      shown.at(-1)?.classList.add("last");
    }
    byId("shown").textContent = count === tasks.length ? `${count} tasks` : `${count} of ${tasks.length} tasks`;
    byId("nothing").hidden = count > 0 || !tasks.length;
    showChips();
  };
  const isFilter = (hash) => hash.includes("=");
  const remember = (push) => {
    const wanted = filterOf().toString();
    const hash = wanted ? `#${wanted}` : "#tasks";
    if (hash === location.hash || (!wanted && !isFilter(location.hash))) return;
    try { history[push ? "pushState" : "replaceState"](null, "", hash); } catch { /* not kept in the address */ }
  };
  const applyFilter = (push = false) => { showTasks(); remember(push); };
  const resetFilter = () => { setFilter(new URLSearchParams()); applyFilter(); };
  form.addEventListener("input", () => applyFilter());
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("reset").addEventListener("click", () => { resetFilter(); text.focus(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    setFilter(new URLSearchParams(link.dataset.filter));
    applyFilter(true);
    byId("tasks").scrollIntoView();
    byId("tasks").focus({ preventScroll: true });
  });
  const fromAddress = () => {
    if (!isFilter(location.hash)) return false;
    setFilter(new URLSearchParams(location.hash.slice(1)));
    showTasks();
    return true;
  };
  // A reloaded page can come back with the fields as they were left.
  if (!fromAddress()) showTasks();

  // What is jumped to must not lie under the filter.
  const measure = () => {
    const sticky = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
    root.style.setProperty("--sticky", `${sticky}px`);
  };
  addEventListener("resize", measure);
  measure();

  // Links to a task, or to a line of one, open it.
  const reveal = (hash, focus) => {
    const target = hash.length > 1 && !isFilter(hash) && byId(decodeURIComponent(hash.slice(1)));
    if (target && target.matches(".rule-group")) {
      target.open = true;
      target.scrollIntoView();
      if (focus) target.querySelector("summary").focus({ preventScroll: true });
    }
    const task = target && target.closest(".task");
    if (!task) return;
    if (task.hidden) { setFilter(new URLSearchParams()); showTasks(); }
    task.open = true;
    target.closest(".fold")?.classList.add("unfolded");
    const whole = target === task;
    const show = () => target.scrollIntoView({ block: whole ? "start" : "center" });
    show();
    if (whole && focus) task.querySelector("summary").focus({ preventScroll: true });
    // What lies above gets its real height only once it comes near the screen.
    requestAnimationFrame(() => { show(); requestAnimationFrame(show); });
  };
  addEventListener("hashchange", () => { if (!fromAddress()) reveal(location.hash, true); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal(location.hash, true);
  });
  if (isFilter(location.hash)) byId("tasks").scrollIntoView(); else reveal(location.hash, false);

  // Layout of the diffs; opening and closing.
  const layout = byId("layout");
  const toggleLayout = () => {
    layout.setAttribute("aria-pressed", String(root.classList.toggle("unified")));
  };
  layout.addEventListener("click", toggleLayout);
  const openAll = (open) => { for (const task of tasks.filter(isShown)) task.open = open; };
  byId("expand").addEventListener("click", () => openAll(true));
  byId("collapse").addEventListener("click", () => openAll(false));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.unfold");
    if (!button) return;
    const fold = button.closest("tbody").nextElementSibling;
    fold.classList.add("unfolded");
    fold.tabIndex = -1;
    fold.focus({ preventScroll: true });
  });

  // Steps: a button leads from one place of its step to the next.
  const flash = (block) => {
    block.scrollIntoView({ block: "center" });
    block.classList.add("flash");
    setTimeout(() => block.classList.remove("flash"), 900);
  };
  const reached = new WeakMap();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.step");
    if (!button) return;
    const blocks = all(`tbody.p${button.dataset.step}`, button.closest(".diff"));
    const next = ((reached.get(button) ?? -1) + 1) % blocks.length;
    reached.set(button, next);
    flash(blocks[next]);
  });
  let current = null;
  const walkSteps = (by) => {
    const task = tasks.find((one) => one.open && one.contains(document.activeElement)) || tasks.find((one) => one.open && isShown(one));
    if (!task) return;
    const blocks = all("tbody.added, tbody.removed", task);
    if (!blocks.length) return;
    const from = blocks.indexOf(current);
    current = blocks[from < 0 ? (by > 0 ? 0 : blocks.length - 1) : (from + by + blocks.length) % blocks.length];
    flash(current);
  };

  // Keyboard.
  const help = byId("help");
  byId("help-open").addEventListener("click", () => help.showModal());
  const walkTasks = (by) => {
    const shown = tasks.filter(isShown);
    if (!shown.length) return;
    const at = shown.findIndex((task) => task.contains(document.activeElement));
    const next = shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, at + by))];
    const summary = next.querySelector("summary");
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    "/": () => { text.focus(); text.select(); },
    j: () => walkTasks(1),
    k: () => walkTasks(-1),
    n: () => walkSteps(1),
    p: () => walkSteps(-1),
    g: () => {
      document.querySelector('.drawing:not([hidden]) .node[tabindex="0"]')?.focus();
      byId("canvas")?.scrollIntoView({ block: "nearest" });
    },
    u: toggleLayout,
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.key === "Escape" && event.target === text) {
      text.value = "";
      applyFilter();
      text.blur();
    } else if (!isTyping(event.target) && keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
})();
