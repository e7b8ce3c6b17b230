"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const canvas = byId("canvas");
  if (!canvas) return;

  const [least, most] = [0.2, 3];
  const numbers = (value) => value.split(" ").filter(Boolean);
  const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const centre = (node) => {
    const { x, y, width, height } = node.querySelector("rect");
    return [x.baseVal.value + width.baseVal.value / 2, y.baseVal.value + height.baseVal.value / 2];
  };

  class Graph {
    constructor(drawing) {
      this.drawing = drawing;
      this.box = drawing.viewBox.baseVal;
      this.nodes = all(".node", drawing);
      this.edges = all(".edges path", drawing);
      this.scale = 1;
      for (const node of this.nodes) {
        node.addEventListener("pointerenter", () => this.light(node));
        node.addEventListener("pointerleave", () => this.unlight());
        node.addEventListener("focus", () => { if (node.matches(":focus-visible")) this.light(node); });
        node.addEventListener("blur", () => this.unlight());
      }
      this.stop(this.nodes[0]);
      drawing.addEventListener("keydown", (event) => this.walk(event));
    }

    zoom(to) {
      const before = this.scale;
      const middle = [canvas.scrollLeft + canvas.clientWidth / 2, canvas.scrollTop + canvas.clientHeight / 2];
      this.scale = Math.min(most, Math.max(least, to));
      this.drawing.setAttribute("width", this.box.width * this.scale);
      this.drawing.setAttribute("height", this.box.height * this.scale);
      canvas.scrollLeft = middle[0] * this.scale / before - canvas.clientWidth / 2;
      canvas.scrollTop = middle[1] * this.scale / before - canvas.clientHeight / 2;
      byId("zoom-level").textContent = `${Math.round(this.scale * 100)} %`;
    }

    fitting() { return Math.min(1.25, (canvas.clientWidth - 2) / this.box.width); }

    show() {
      for (const drawing of all(".drawing")) drawing.toggleAttribute("hidden", drawing !== this.drawing);
      // Where fitting would make the names unreadable, the picture scrolls instead.
      this.zoom(Math.max(0.62, this.fitting()));
      canvas.scrollLeft = canvas.scrollTop = 0;
    }

    light(node) {
      const near = new Set([node.dataset.at, ...numbers(node.dataset.needs), ...numbers(node.dataset.for)]);
      for (const one of this.nodes) one.classList.toggle("near", near.has(one.dataset.at));
      for (const edge of this.edges) {
        edge.classList.toggle("near", edge.dataset.a === node.dataset.at || edge.dataset.b === node.dataset.at);
      }
      this.drawing.classList.add("lit");
    }

    unlight() { this.drawing.classList.remove("lit"); }

    // One stop of the tab key; the arrows move inside.
    stop(node) { for (const one of this.nodes) one.setAttribute("tabindex", one === node ? "0" : "-1"); }

    walk(event) {
      const way = ways[event.key], node = event.target.closest(".node");
      if (!way || !node) return;
      event.preventDefault();
      const [x, y] = centre(node);
      // The next row and there the nearest; to the sides in the same row.
      let best = null, nearest = Infinity;
      for (const other of this.nodes) {
        const [dx, dy] = [centre(other)[0] - x, centre(other)[1] - y];
        const along = dx * way[0] + dy * way[1], aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        if (along < 1 || (way[0] && aside > 1)) continue;
        const distance = way[0] ? along : along * this.box.width + aside;
        if (distance < nearest) [best, nearest] = [other, distance];
      }
      if (best) { this.stop(best); best.focus(); }
    }
  }

  const graphs = all(".drawing").map((drawing) => new Graph(drawing));
  let current = graphs[0];
  current.show();
  const actions = {
    in: () => current.zoom(current.scale * 1.25),
    out: () => current.zoom(current.scale / 1.25),
    fit: () => current.zoom(current.fitting()),
  };
  for (const button of all("[data-zoom]")) button.addEventListener("click", () => actions[button.dataset.zoom]());
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    current.zoom(current.scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  }, { passive: false });

  const byStage = byId("by-stage");
  byStage?.addEventListener("click", () => {
    current = graphs[current === graphs[0] ? 1 : 0];
    byStage.setAttribute("aria-pressed", String(current !== graphs[0]));
    current.show();
  });

  // The picture as a file of its own: what the page's style gives it is written into it.
  const styles = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity",
    "font-family", "font-size", "font-weight", "color"];
  const standalone = (drawing) => {
    const copy = drawing.cloneNode(true);
    const [from, to] = [all("*", drawing), all("*", copy)];
    from.forEach((element, at) => {
      const computed = getComputedStyle(element);
      for (const name of styles) {
        const value = computed.getPropertyValue(name);
        if (value) to[at].setAttribute(name, value);
      }
    });
    const symbols = document.querySelector("svg.symbols").cloneNode(true);
    const back = getComputedStyle(document.body).backgroundColor;
    for (const shape of all("*", symbols)) {
      for (const name of ["fill", "stroke"]) {
        if (shape.getAttribute(name) === "var(--back)") shape.setAttribute(name, back);
      }
    }
    copy.prepend(...symbols.children);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", current.box.width);
    copy.setAttribute("height", current.box.height);
    for (const name of ["class", "id", "hidden"]) copy.removeAttribute(name);
    return new XMLSerializer().serializeToString(copy);
  };
  byId("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([standalone(current.drawing)], { type: "image/svg+xml" }));
    link.download = current === graphs[0] ? "tasks.svg" : "stages.svg";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
})();
