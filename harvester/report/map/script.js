"use strict";
// Draws the data of this page and nothing else. Every text goes in as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const KINDS = {
    cites: "cites",
    references: "share references",
    cocited: "cited together",
    authors: "same author",
  };
  const BEND = { cites: 0, references: 0.12, cocited: -0.12, authors: 0.22 }; // so that edges of several kinds lie side by side
  const LARGEST = 12; // times what is shown at first
  const STEP = 1.4; // of a press of plus or minus
  const ALWAYS = 6; // of the most related and of the most cited works, named whatever the room

  const el = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
  const draw = (name, attributes = {}, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  function fill(element, attributes, children = []) {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }
  const many = (n, one, more) => `${n.toLocaleString("en")} ${n === 1 ? one : more}`;

  // --- the elements of the graph ---

  const graph = byId("graph"), view = byId("view"), card = byId("card");
  const nodes = data.nodes.map((row, place) => ({ ...row, place, edges: [], dx: 0, dy: 0 }));
  const edges = data.edges.map(([kind, a, b, common, drawn]) => ({ kind, a: nodes[a], b: nodes[b], common, drawn }));
  byId("edges").style.setProperty("--faint", Math.max(0.24, Math.min(0.6, 280 / edges.filter((edge) => edge.drawn).length)));
  const shown = new Set(Object.keys(KINDS).filter((kind) => data.there[kind]));

  for (const edge of edges) {
    edge.a.edges.push(edge);
    edge.b.edges.push(edge);
    edge.element = draw("path", { class: `edge ${edge.kind}${edge.drawn ? "" : " more"}` }, draw("title", {}, told(edge)));
    byId("edges").append(edge.element);
  }
  for (const node of nodes) {
    const shape = [draw("circle", { class: "ring" }), draw("circle", { class: `dot ${node.shade}` })];
    const classes = ["node", node.seed && "seed", node.count === null && "unknown", !node.href && "plain"];
    node.element = draw(node.href ? "a" : "g", { class: classes.filter(Boolean).join(" "), tabindex: 0 }, ...shape);
    if (node.href) fill(node.element, { href: node.href, target: "_blank", rel: "noopener noreferrer" });
    else node.element.setAttribute("role", "img");
    node.element.setAttribute("aria-label", [node.title, node.authors, node.year, cited(node), node.href ? `opens ${node.href}` : "no DOI"].filter(Boolean).join("; "));
    byId("nodes").append(node.element);
    node.text = draw("text", { class: node.seed ? "label seed" : "label" }, node.label);
    node.leader = draw("line", { class: "leader" });
    byId("labels").append(node.leader, node.text);
  }

  function told({ kind, a, b, common }) {
    const what = {
      references: `share ${many(common, "reference", "references")}`,
      cocited: `cited together by ${many(common, "work", "works")}`,
      authors: many(common, "author in common", "authors in common"),
    };
    return kind === "cites" ? `${a.label} cites ${b.label}` : `${a.label} and ${b.label}: ${what[kind]}`;
  }

  function cited(node) {
    return node.count === null ? "citations unknown" : many(node.count, "citation", "citations");
  }

  // --- places ---

  let width = 0, height = 0, scale = 1, left = 0, top = 0; // of the view, in pixels; scale 1 shows all

  function resize() {
    const box = graph.getBoundingClientRect();
    if (!box.width || !box.height || (box.width === width && box.height === height)) return;
    [width, height] = [box.width, box.height];
    graph.setAttribute("viewBox", `0 0 ${width} ${height}`);
    [scale, left, top] = [1, 0, 0];
    sizes();
    for (const node of nodes) node.length = node.text.getComputedTextLength();
    redraw();
  }

  function radius(size) { // at scale 1
    const room = Math.sqrt((width * height) / Math.max(nodes.length, 12)); // the side of a node's share of the page
    const least = Math.max(3, Math.min(5, room * 0.09)), most = Math.max(8, Math.min(26, room * 0.4));
    return Math.sqrt(least ** 2 + (most ** 2 - least ** 2) * size);
  }

  function place(node) {
    const [aside, above] = [Math.min(64, width * 0.09), 26];
    const [across, down] = height > width ? [node.y, node.x / data.wide] : [node.x / data.wide, node.y];
    node.px = (aside + across * (width - 2 * aside)) * scale + node.dx * scale;
    node.py = (above + down * (height - 2 * above)) * scale + node.dy * scale;
    node.r = radius(node.size) * scale ** 0.35;
  }

  function pan() {
    view.setAttribute("transform", `translate(${left.toFixed(1)} ${top.toFixed(1)})`);
  }

  function redraw() {
    nodes.forEach(place);
    nodes.forEach(drawNode);
    edges.forEach(drawEdge);
    name();
    pan();
  }

  function drawNode(node) {
    node.element.setAttribute("transform", `translate(${node.px.toFixed(1)} ${node.py.toFixed(1)})`);
    node.element.firstChild.setAttribute("r", (node.r + 3.5).toFixed(1));
    node.element.lastChild.setAttribute("r", node.r.toFixed(1));
  }

  function drawEdge({ kind, a, b, element }) {
    const [dx, dy] = [b.px - a.px, b.py - a.py], long = Math.hypot(dx, dy) || 1;
    const [cx, cy] = [(a.px + b.px) / 2 - dy * BEND[kind], (a.py + b.py) / 2 + dx * BEND[kind]];
    const end = Math.max(0, long - b.r - 1) / long; // an arrow ends at the rim
    const [x, y] = kind === "cites" ? [a.px + dx * end, a.py + dy * end] : [b.px, b.py];
    element.setAttribute("d", `M${a.px.toFixed(1)} ${a.py.toFixed(1)}Q${cx.toFixed(1)} ${cy.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`);
  }

  // --- names: the most important first, each where it covers nothing, else none ---

  const cites = nodes.filter((node) => node.count !== null).sort((a, b) => b.count - a.count || a.place - b.place);
  const always = new Set([...nodes.filter((node) => node.seed), ...nodes.slice(0, ALWAYS), ...cites.slice(0, ALWAYS)]);
  const byWeight = [...new Set([...always, ...nodes.flatMap((node, n) => [node, cites[n] ?? node])])]; // the two orders in turn
  const HALF = 7; // half a name's height

  function spots(node, far) {
    const out = node.r + (node === chosen || node.seed || sought.has(node) ? 7 : 4) + far, w = node.length, slant = out * 0.72;
    return [
      [out, -HALF], [-out - w, -HALF], [-w / 2, out - 2], [-w / 2, -out - 2 * HALF + 2],
      [slant, slant - 5], [slant, -slant - 2 * HALF + 5], [-slant - w, slant - 5], [-slant - w, -slant - 2 * HALF + 5],
    ].map(([x, y]) => ({ x: node.px + x, y: node.py + y, w, h: 2 * HALF }));
  }

  function name() {
    const only = chosen ? [chosen, ...near(chosen)] : sought.size ? byWeight.filter((node) => sought.has(node)) : byWeight;
    const taken = new Grid(), room = Math.max(12, (width * height * scale ** 2) / 7000);
    for (const node of chosen || sought.size ? only : nodes) taken.add({ x: node.px - node.r, y: node.py - node.r, w: 2 * node.r, h: 2 * node.r, seed: node.seed });
    let named = 0;
    for (const node of nodes) hideName(node);
    for (const node of only) {
      const must = node === chosen || node.seed || (!chosen && always.has(node));
      if (!must && named >= room) continue;
      const found = freeSpot(node, taken, must);
      if (found) {
        taken.add({ ...found, name: true });
        showName(node, found);
        named += 1;
      }
    }
  }

  function freeSpot(node, taken, must) {
    const inside = (s) => s.x >= 2 && s.y >= 2 && s.x + s.w <= width * scale - 2 && s.y + s.h <= height * scale - 2;
    for (const far of must ? [0, 10, 20, 30, 45, 60, 80] : [0]) {
      const spot = spots(node, far).find((one) => inside(one) && taken.over(one).length === 0);
      if (spot) return { ...spot, far };
    }
    if (!must) return null;
    const over = [0, 14, 28, 44, 64] // other nodes, never names, and a node asked about only where all else is worse
      .flatMap((far) => spots(node, far).map((one) => ({ ...one, far, under: taken.over(one) })))
      .filter((one) => inside(one) && !one.under.some((other) => other.name))
      .map((one) => ({ ...one, cost: one.far / 30 + one.under.reduce((sum, other) => sum + (other.seed ? 9 : 1), 0) }));
    return over.sort((one, other) => one.cost - other.cost)[0] ?? null;
  }

  function hideName(node) {
    node.text.setAttribute("visibility", "hidden");
    node.leader.setAttribute("visibility", "hidden");
  }

  function showName(node, { x, y, w, h, far }) {
    fill(node.text, { x: x.toFixed(1), y: (y + h - 3.5).toFixed(1), visibility: "visible" });
    if (!far) return;
    const [ex, ey] = [Math.max(x, Math.min(node.px, x + w)), Math.max(y, Math.min(node.py, y + h))];
    const part = node.r / (Math.hypot(ex - node.px, ey - node.py) || 1);
    fill(node.leader, { x1: node.px + (ex - node.px) * part, y1: node.py + (ey - node.py) * part, x2: ex, y2: ey, visibility: "visible" });
  }

  class Grid { // rectangles by the squares they touch
    constructor() { this.squares = new Map(); }
    * keys({ x, y, w, h }) {
      for (let i = Math.floor(x / 48); i <= Math.floor((x + w) / 48); i += 1)
        for (let j = Math.floor(y / 48); j <= Math.floor((y + h) / 48); j += 1) yield i * 100003 + j;
    }
    add(box) {
      for (const key of this.keys(box)) this.squares.set(key, [...(this.squares.get(key) ?? []), box]);
    }
    over(box) {
      const apart = (o) => o.x >= box.x + box.w + 2 || box.x >= o.x + o.w + 2 || o.y >= box.y + box.h || box.y >= o.y + o.h;
      return [...new Set([...this.keys(box)].flatMap((key) => this.squares.get(key) ?? []))].filter((other) => !apart(other));
    }
  }

  // --- the work that is looked at ---

  let chosen = null, kept = false; // kept: stays until something else is chosen
  let sought = new Set();

  const seen = (edge) => shown.has(edge.kind);
  function near(node) {
    return [...new Set(node.edges.filter(seen).flatMap((edge) => [edge.a, edge.b]))].filter((one) => one !== node);
  }

  function choose(node, keep = false) {
    if (node === chosen && keep === kept) return;
    [chosen, kept] = [node, keep];
    const around = new Set(node ? [node, ...near(node)] : []);
    graph.classList.toggle("chosen", node !== null);
    for (const one of nodes) {
      one.element.classList.toggle("near", around.has(one));
      one.element.classList.toggle("active", one === node);
    }
    for (const edge of edges) edge.element.classList.toggle("near", edge.a === node || edge.b === node);
    name();
    card.hidden = node === null;
    if (node) card.replaceChildren(...described(node));
    if (!node) return;
    card.classList.toggle("right", node.px + left < width / 2); // never over what it tells of
    card.classList.toggle("top", node.py + top > height / 2);
  }

  function described(node) {
    const line = (text, attributes = {}) => (text ? el("p", attributes, text) : null);
    const counts = node.counts.map(([source, n, day]) => `${source} ${n.toLocaleString("en")} (seen ${day})`).join(", ");
    const bound = Object.entries(KINDS)
      .map(([kind, words]) => [words, node.edges.filter((edge) => edge.kind === kind && seen(edge)).length])
      .filter(([, n]) => n)
      .map(([words, n]) => `${words} ${n}`);
    return [
      el("h3", { dir: "auto" }, node.title),
      line(node.retracted ? "Retracted" : "", { class: "retracted" }),
      line(node.authors, { dir: "auto" }),
      line([node.year ?? "year unknown", node.venue].filter(Boolean).join(" · "), { class: "faint", dir: "auto" }),
      line(counts ? `Citations: ${counts}` : "Citations: no source gives a count"),
      node.href
        ? el("p", {}, el("a", { href: node.href, target: "_blank", rel: "noopener noreferrer" }, node.doi))
        : line("No DOI is held, so it opens nothing", { class: "faint" }),
      node.seed ? line("Asked about") : el("ul", {}, ...node.reasons.map((reason) => el("li", { dir: "auto" }, reason))),
      line(bound.length ? `Edges shown: ${bound.join(", ")}` : "", { class: "faint" }),
    ].filter(Boolean);
  }

  // --- hands: pointer, wheel, keys ---

  let drag = null; // what is being moved: the map or a node
  let dragged = false; // the click that ends a drag opens nothing
  let touch = false;
  const touches = new Map();

  function zoom(by, x = width / 2, y = height / 2) {
    const next = Math.min(LARGEST, Math.max(1, scale * by));
    left = x - ((x - left) * next) / scale;
    top = y - ((y - top) * next) / scale;
    scale = next;
    if (scale === 1) [left, top] = [0, 0];
    redraw();
  }

  const nodeOf = (target) => nodes.find((node) => node.element === target.closest?.(".node")) ?? null;
  const at = (event) => {
    const box = graph.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  graph.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...at(event));
  }, { passive: false });

  graph.addEventListener("pointerdown", (event) => {
    touch = event.pointerType === "touch";
    dragged = false;
    touches.set(event.pointerId, at(event));
    if (event.button) return;
    drag = { node: nodeOf(event.target), from: at(event), last: at(event), far: false };
  });

  window.addEventListener("pointermove", (event) => {
    const now = at(event);
    if (touches.size === 2 && touches.has(event.pointerId)) return pinch(event.pointerId, now);
    if (!drag) return undefined;
    if (!drag.far && Math.hypot(now[0] - drag.from[0], now[1] - drag.from[1]) < 5) return undefined;
    drag.far = true;
    graph.classList.add("moving");
    const [dx, dy] = [now[0] - drag.last[0], now[1] - drag.last[1]];
    drag.last = now;
    if (!drag.node) {
      [left, top] = [left + dx, top + dy];
      return pan();
    }
    drag.node.dx += dx / scale;
    drag.node.dy += dy / scale;
    place(drag.node);
    drawNode(drag.node);
    drag.node.edges.forEach(drawEdge);
    return name();
  });

  function pinch(pointer, now) {
    const [other] = [...touches].filter(([id]) => id !== pointer).map(([, point]) => point);
    const before = touches.get(pointer), apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
    touches.set(pointer, now);
    drag = null;
    zoom(apart(now, other) / apart(before, other), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  }

  for (const ending of ["pointerup", "pointercancel"]) {
    window.addEventListener(ending, (event) => {
      touches.delete(event.pointerId);
      dragged = Boolean(drag?.far);
      drag = null;
      graph.classList.remove("moving");
    });
  }

  graph.addEventListener("dragstart", (event) => event.preventDefault()); // of a link, by the browser
  graph.addEventListener("click", (event) => {
    const node = nodeOf(event.target);
    const first = touch && node !== null && !(kept && chosen === node); // a finger looks before it opens
    if (dragged || first) event.preventDefault();
    if (dragged) {
      dragged = false;
      return;
    }
    choose(node, node !== null);
  });
  graph.addEventListener("pointerover", (event) => {
    const node = nodeOf(event.target);
    if (event.pointerType !== "touch" && !drag && (node || !kept)) choose(node);
  });
  graph.addEventListener("pointerleave", () => {
    if (!drag && !kept) choose(null);
  });
  graph.addEventListener("focusin", (event) => {
    const node = nodeOf(event.target);
    if (!node || !node.element.matches(":focus-visible")) return;
    bring(node);
    choose(node, true);
  });

  function bring(node) {
    const [x, y] = [node.px + left, node.py + top];
    if (x < 0 || y < 0 || x > width || y > height) [left, top] = [width / 2 - node.px, height / 2 - node.py];
    pan();
  }

  const KEYS = {
    "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), 0: () => zoom(0),
    ArrowLeft: () => { left += 60; pan(); }, ArrowRight: () => { left -= 60; pan(); },
    ArrowUp: () => { top += 60; pan(); }, ArrowDown: () => { top -= 60; pan(); },
  };
  graph.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    choose(null);
    byId("find").value = "";
    seek();
  });
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => zoom({ in: STEP, out: 1 / STEP, all: 0 }[button.dataset.zoom]));

  // --- search ---

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  for (const node of nodes) node.hay = folded([node.title, node.authors, node.venue, node.year, node.doi].filter(Boolean).join(" "));
  let next = 0;

  function seek() {
    const words = folded(byId("find").value).split(/\s+/).filter(Boolean);
    sought = new Set(words.length ? nodes.filter((node) => words.every((word) => node.hay.includes(word))) : []);
    next = 0;
    graph.classList.toggle("sought", words.length > 0);
    for (const node of nodes) node.element.classList.toggle("match", sought.has(node));
    byId("found").textContent = words.length ? `${sought.size} of ${nodes.length}` : "";
    name();
  }
  byId("find").addEventListener("input", seek);
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const found = [...sought];
    if (!found.length) return;
    bring(found[next % found.length]);
    choose(found[next % found.length], true);
    next += 1;
  });

  // --- legend ---

  function dot(r, of = "") {
    const side = 2 * r + 10, middle = { cx: side / 2, cy: side / 2 };
    const parts = [draw("circle", { class: "ring", ...middle, r: r + 3.5 }), draw("circle", { class: "dot yx", ...middle, r })];
    return draw("svg", { width: side, height: side, class: of, "aria-hidden": "true" }, ...parts);
  }

  function sizes() {
    const samples = data.sizes.map(({ count, size }) => [count.toLocaleString("en"), size, ""]);
    samples.push(["unknown", 0, "unknown"], ["asked about", 0.1, "seed"]);
    byId("sizes").replaceChildren(...samples.map(([words, size, of]) => el("div", {}, dot(radius(size), of), words)));
  }

  function legend() {
    const years = byId("years"), { low, high, earlier, unknown } = data.years;
    if (low !== null) {
      for (let n = 0; n < 9; n += 1)
        years.append(draw("svg", { viewBox: "0 0 10 14", preserveAspectRatio: "none", "aria-hidden": "true" }, draw("rect", { class: `y${n}`, width: 10, height: 14 })));
      years.append(el("span", {}, earlier ? `to ${low}` : `${low}`), el("span", {}, high - low > 3 ? `${Math.round((low + high) / 2)}` : ""), el("span", {}, `${high}`));
    }
    if (unknown) years.append(el("div", { class: "none" }, dot(6), `unknown (${unknown})`));
    for (const [kind, words] of Object.entries(KINDS)) if (data.there[kind]) byId("kinds").append(toggle(kind, words));
  }

  function toggle(kind, words) {
    const box = el("input", { type: "checkbox", name: kind });
    box.checked = true;
    box.addEventListener("change", () => {
      if (box.checked) shown.add(kind);
      else shown.delete(kind);
      for (const edge of edges) if (edge.kind === kind) edge.element.setAttribute("visibility", box.checked ? "visible" : "hidden");
      const [before, keep] = [chosen, kept];
      choose(null);
      if (before) choose(before, keep);
    });
    const drawn = edges.filter((edge) => edge.kind === kind && edge.drawn).length, all = data.there[kind];
    const sample = draw("svg", { width: 44, height: 10, "aria-hidden": "true" }, draw("line", { class: kind, x1: 2, y1: 5, x2: kind === "cites" ? 41 : 42, y2: 5, ...(kind === "cites" && { "marker-end": "url(#arrow)" }) }));
    const counted = drawn < all ? `${drawn.toLocaleString("en")} of ${all.toLocaleString("en")}` : drawn.toLocaleString("en");
    return el("label", {}, box, sample, el("span", {}, `${words} `, el("small", {}, `(${counted})`)));
  }

  // --- table ---

  const body = document.querySelector("tbody");
  const rows = [...body.rows];
  rows.forEach((row, place) => {
    for (const [event, node] of [["pointerenter", nodes[place]], ["pointerleave", null]])
      row.addEventListener(event, () => { if (!kept) choose(node); });
  });
  for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => sort(button.closest("th")));

  function sort(head) {
    const column = head.cellIndex, down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[column].dataset.value ?? folded(row.cells[column].textContent);
    const numeric = head.classList.contains("number");
    const compare = (a, b) => (numeric ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b)));
    body.append(...[...rows].sort((a, b) => (down ? compare(b, a) : compare(a, b))));
  }

  legend();
  if (matchMedia("(max-width: 760px)").matches) byId("legend").open = false;
  new ResizeObserver(resize).observe(graph);
  window.addEventListener("beforeprint", () => choose(null));
  resize();
})();
