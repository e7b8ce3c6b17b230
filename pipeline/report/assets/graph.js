"use strict";
(() => {
  // What a task in the graph needs, and what needs it.
  function light(node) {
    const drawing = document.querySelector(".drawing");
    if (!drawing) { return; }
    drawing.classList.toggle("lit", node !== null);
    if (node === null) { return; }
    const at = node.id.slice(5), near = new Set([at, ...node.dataset.near.split(" ")]);
    for (const one of drawing.querySelectorAll(".node")) { one.classList.toggle("near", near.has(one.id.slice(5))); }
    for (const edge of drawing.querySelectorAll(".edges path")) {
      edge.classList.toggle("near", edge.dataset.a === at || edge.dataset.b === at);
    }
  }
  const nodeOf = (target) => target instanceof Element ? target.closest(".node") : null;
  document.addEventListener("pointerover", (event) => { light(nodeOf(event.target)); });
  document.addEventListener("focusin", (event) => { light(nodeOf(event.target)); });
})();
