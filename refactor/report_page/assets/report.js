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

  // Filter.
  const text = byId("text"), stage = byId("stage"), attention = byId("attention");
  const boxes = all("input[name=state]");
  const nodes = all(".node");
  const nodeOf = new Map(nodes.map((node) => [node.getAttribute("href").slice(1), node]));
  const isShown = (task) => !task.hidden;
  const applyFilter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const task of tasks) {
      const { state, stage: group, text: haystack } = task.dataset;
      const fits = states.has(state) && (!stage.value || group === stage.value)
        && (!attention.checked || "attention" in task.dataset) && words.every((word) => haystack.includes(word));
      task.hidden = !fits;
      nodeOf.get(task.id)?.classList.toggle("dim", !fits);
      count += fits;
    }
    for (const section of all("section.stage")) section.hidden = !section.querySelector(".task:not([hidden])");
    byId("shown").textContent = count === tasks.length ? `${count} tasks` : `${count} of ${tasks.length} tasks`;
    byId("nothing").hidden = count > 0 || !tasks.length;
  };
  const resetFilter = () => {
    text.value = stage.value = "";
    attention.checked = false;
    for (const box of boxes) box.checked = true;
    applyFilter();
  };
  document.querySelector(".filters").addEventListener("input", applyFilter);
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  byId("reset").addEventListener("click", () => { resetFilter(); text.focus(); });
  for (const link of all(".stages a[data-stage]")) {
    link.addEventListener("click", () => { resetFilter(); stage.value = link.dataset.stage; applyFilter(); });
  }
  // A reloaded page can come back with the fields as they were left.
  applyFilter();

  // What is jumped to must not lie under the filter.
  const filters = document.querySelector(".filters");
  const measure = () => {
    const sticky = getComputedStyle(filters).position === "sticky" ? filters.offsetHeight : 0;
    root.style.setProperty("--sticky", `${sticky}px`);
  };
  addEventListener("resize", measure);
  measure();

  // Links to a task, or to a line of one, open it.
  const reveal = (hash, focus) => {
    const target = hash.length > 1 && byId(decodeURIComponent(hash.slice(1)));
    const task = target && target.closest(".task");
    if (!task) return;
    if (task.hidden) resetFilter();
    task.open = true;
    const whole = target === task;
    const show = () => target.scrollIntoView({ block: whole ? "start" : "center" });
    show();
    if (whole && focus) task.querySelector("summary").focus({ preventScroll: true });
    // What lies above gets its real height only once it comes near the screen.
    requestAnimationFrame(() => { show(); requestAnimationFrame(show); });
  };
  addEventListener("hashchange", () => reveal(location.hash, true));
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal(location.hash, true);
  });
  reveal(location.hash, false);

  // Layout of the diffs; opening and closing.
  const layout = byId("layout");
  const toggleLayout = () => {
    layout.setAttribute("aria-pressed", String(root.classList.toggle("unified")));
  };
  layout.addEventListener("click", toggleLayout);
  const openAll = (open) => { for (const task of tasks.filter(isShown)) task.open = open; };
  byId("expand").addEventListener("click", () => openAll(true));
  byId("collapse").addEventListener("click", () => openAll(false));

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

  // Graph.
  const canvas = byId("canvas"), drawing = byId("drawing");
  if (drawing) {
    const box = drawing.viewBox.baseVal;
    const [least, most] = [0.2, 3];
    let scale = 1;
    const zoom = (to) => {
      const before = scale;
      const middle = [canvas.scrollLeft + canvas.clientWidth / 2, canvas.scrollTop + canvas.clientHeight / 2];
      scale = Math.min(most, Math.max(least, to));
      drawing.setAttribute("width", box.width * scale);
      drawing.setAttribute("height", box.height * scale);
      canvas.scrollLeft = middle[0] * scale / before - canvas.clientWidth / 2;
      canvas.scrollTop = middle[1] * scale / before - canvas.clientHeight / 2;
      byId("zoom-level").textContent = `${Math.round(scale * 100)} %`;
    };
    const fitting = () => Math.min(1.25, (canvas.clientWidth - 2) / box.width);
    const actions = { in: () => zoom(scale * 1.25), out: () => zoom(scale / 1.25), fit: () => zoom(fitting()) };
    for (const button of all("[data-zoom]")) button.addEventListener("click", () => actions[button.dataset.zoom]());
    // Where fitting would make the names unreadable, the picture scrolls instead.
    zoom(Math.max(0.62, fitting()));
    canvas.scrollLeft = canvas.scrollTop = 0;
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
    }, { passive: false });

    const edges = all(".edges path");
    const numbers = (value) => value.split(" ").filter(Boolean);
    const light = (node) => {
      const near = new Set([node.dataset.at, ...numbers(node.dataset.needs), ...numbers(node.dataset.for)]);
      for (const one of nodes) one.classList.toggle("near", near.has(one.dataset.at));
      for (const edge of edges) {
        edge.classList.toggle("near", edge.dataset.a === node.dataset.at || edge.dataset.b === node.dataset.at);
      }
      drawing.classList.add("lit");
    };
    const unlight = () => drawing.classList.remove("lit");
    for (const node of nodes) {
      node.addEventListener("pointerenter", () => light(node));
      node.addEventListener("pointerleave", unlight);
      node.addEventListener("focus", () => { if (node.matches(":focus-visible")) light(node); });
      node.addEventListener("blur", unlight);
    }
    // One stop of the tab key; the arrows move inside.
    const stop = (node) => { for (const one of nodes) one.setAttribute("tabindex", one === node ? "0" : "-1"); };
    stop(nodes[0]);
    const centre = (node) => {
      const { x, y, width, height } = node.querySelector("rect");
      return [x.baseVal.value + width.baseVal.value / 2, y.baseVal.value + height.baseVal.value / 2];
    };
    const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    drawing.addEventListener("keydown", (event) => {
      const way = ways[event.key], node = event.target.closest(".node");
      if (!way || !node) return;
      event.preventDefault();
      const [x, y] = centre(node);
      // The next row and there the nearest; to the sides in the same row.
      let best = null, least = Infinity;
      for (const other of nodes) {
        const [dx, dy] = [centre(other)[0] - x, centre(other)[1] - y];
        const along = dx * way[0] + dy * way[1], aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        if (along < 1 || (way[0] && aside > 1)) continue;
        const distance = way[0] ? along : along * box.width + aside;
        if (distance < least) [best, least] = [other, distance];
      }
      if (best) { stop(best); best.focus(); }
    });
  }

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
    g: () => { document.querySelector('.node[tabindex="0"]')?.focus(); canvas?.scrollIntoView({ block: "nearest" }); },
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
