// A stand-alone page where scripts run: its picture, the evidence of what is chosen, and tables to sort and filter.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  data.nodes = data.nodes.map((n) => ({ departments: "", iri: "", ...n, ...dressed(data.things[n.look]) }));
  data.edges = data.edges.map((e) => ({ ...e, ...dressed(data.links[e.look]), smooth: bent(e.bend) }));
  const at = (id) => document.getElementById(id);
  const picture = at("picture"), panel = at("panel"), body = at("panel-body"), heading = at("panel-heading");
  const calm = matchMedia("(prefers-reduced-motion: reduce)"), dark = matchMedia("(prefers-color-scheme: dark)");
  const rows = { node: byId("nodes"), edge: byId("edges") };
  const touching = data.nodes.map(() => []);
  for (const edge of data.edges) for (const end of new Set([edge.from, edge.to])) touching[end].push(edge.id);
  let layout = data.layouts[0], fixed = false, printing = false, picked = null, back = null, kept = { node: null, edge: null }, drawn = [], pointed = null;

  function dressed({ word, colour, shape, dashes, back }) {
    return { kind: word, back: back || word, colour, shape, dashes: dashes.length ? dashes : false };
  }
  function bent(bend) {
    return bend ? { enabled: true, type: bend[0], roundness: bend[1], forceDirection: "horizontal" } : false;
  }

  at("no-script").hidden = true;
  at("frame").hidden = false;
  document.querySelector(".tools").hidden = false;

  // ---- The picture

  const ink = () => dark.matches && !printing
    ? { page: "#14171a", text: "#f1f3f4", soft: "#b4bbc0", band: "#1f2429", edge: "#f1f3f4" }
    : { page: "#ffffff", text: "#0b0c0c", soft: "#505a5f", band: "#f3f5f6", edge: "#0b0c0c" };

  function nodeLook(node) {
    const faint = picked && !lit("node", node.id), colour = { background: node.colour, border: ink().edge };
    return {
      id: node.id, hidden: !isKept("node", node.id), opacity: faint ? 0.2 : 1, size: isPicked("node", node.id) ? data.size * 1.25 : data.size,
      color: { ...colour, highlight: colour, hover: colour },
    };
  }
  function edgeLook(edge) {
    const faint = picked && !lit("edge", edge.id);
    return {
      id: edge.id, hidden: !isKept("edge", edge.id), width: isPicked("edge", edge.id) ? edge.width + 3 : edge.width,
      color: { color: edge.colour, highlight: edge.colour, hover: ink().text, opacity: faint ? 0.12 : picked || data.edges.length < 300 ? 0.85 : 0.4 },
    };
  }
  const isKept = (what, id) => !kept[what] || kept[what].has(id);
  const isPicked = (what, id) => picked !== null && picked.what === what && picked.id === id;
  function lit(what, id) {
    if (isPicked(what, id)) return true;
    if (picked.what === "edge") return what === "node" && ends(picked.id).includes(id);
    return what === "edge" ? ends(id).includes(picked.id) : touching[picked.id].some((e) => ends(e).includes(id));
  }
  const ends = (id) => [data.edges[id].from, data.edges[id].to];
  const sentence = (edge) => `${data.nodes[edge.from].label} – ${edge.kind} – ${data.nodes[edge.to].label}`;

  const nodes = new vis.DataSet(data.nodes.map((n) => ({ ...nodeLook(n), x: n.x, y: n.y, shape: n.shape, title: `${n.label} (${n.kind})` })));
  const edges = new vis.DataSet(data.edges.map((e) => ({
    ...edgeLook(e), from: e.from, to: e.to, dashes: e.dashes, smooth: e.smooth, title: `${sentence(e)}: ${e.label}`,
  })));
  const network = new vis.Network(picture, { nodes, edges }, JSON.parse(data.options));
  picture.querySelector(".vis-network").removeAttribute("tabindex");

  function place(id) {
    const [x, y, side, lines] = layout.places[id];
    return { x, y, side, lines };
  }
  function redraw() {
    nodes.update(data.nodes.map(nodeLook));
    edges.update(data.edges.map(edgeLook));
    network.redraw();
  }

  network.on("beforeDrawing", (canvas) => {
    const colours = ink();
    canvas.save();
    canvas.setTransform(1, 0, 0, 1, 0, 0);
    canvas.fillStyle = colours.page;
    canvas.fillRect(0, 0, canvas.canvas.width, canvas.canvas.height);
    canvas.restore();
    for (const group of layout.groups) {
      canvas.fillStyle = colours.band;
      canvas.fillRect(group.x, group.y, group.width, group.height);
    }
  });

  // Labels are as large as can be read at any scale; those without room wait until there is some.
  network.on("afterDrawing", (canvas) => {
    const scale = network.getScale(), grow = Math.max(1, 11 / (data.font * scale)), colours = ink();
    const from = network.DOMtoCanvas({ x: 0, y: 0 }), to = network.DOMtoCanvas({ x: picture.clientWidth, y: picture.clientHeight });
    const taken = [];
    drawn = [];
    const inView = (b) => b[2] > from.x && b[0] < to.x && b[3] > from.y && b[1] < to.y;
    const clash = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
    const seen = data.nodes.filter((n) => isKept("node", n.id)).map((n) => ({ id: n.id, ...place(n.id) }))
      .filter((n) => inView([n.x - 300, n.y - 80, n.x + 300, n.y + 80]));
    const weight = (n) => (isPicked("node", n.id) ? 1e9 : 0) + (pointed === n.id ? 1e8 : 0) + (picked && lit("node", n.id) ? 1e6 : 0) + touching[n.id].length;
    const marks = seen.map((n) => [n.id, [n.x - data.size, n.y - data.size, n.x + data.size, n.y + data.size]]);
    canvas.textAlign = "left";
    canvas.textBaseline = "middle";
    canvas.font = `bold ${data.font}px arial, "Liberation Sans", sans-serif`;
    for (const group of scale * data.font >= 9 ? layout.groups : []) {
      const wide = Math.max(0, ...group.lines.map((l) => canvas.measureText(l).width));
      const box = [group.x + 8, group.y + 8, group.x + 16 + wide, group.y + 8 + group.lines.length * data.line];
      taken.push(box);
      canvas.fillStyle = colours.band;
      canvas.fillRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
      canvas.fillStyle = colours.soft;
      group.lines.forEach((line, n) => canvas.fillText(line, group.x + 12, group.y + 8 + (n + 0.5) * data.line));
    }
    canvas.font = `${data.font * grow}px arial, "Liberation Sans", sans-serif`;
    for (const node of seen.sort((a, b) => weight(b) - weight(a) || a.id - b.id)) {
      const line = data.line * grow, high = node.lines.length * line;
      const wide = Math.max(...node.lines.map((l) => canvas.measureText(l).width)), gap = data.size + 6;
      const choices = {
        left: [node.x - gap - wide, node.y - high / 2], right: [node.x + gap, node.y - high / 2],
        below: [node.x - wide / 2, node.y + data.size + 4], above: [node.x - wide / 2, node.y - data.size - 4 - high],
      };
      const sides = grow > 1.05 ? [...new Set([node.side, "right", "left", "below", "above"])] : [node.side];
      const must = isPicked("node", node.id) || pointed === node.id;
      for (const side of must ? sides.concat(node.side) : sides) {
        const [x, y] = choices[side], box = [x - 2, y, x + wide + 2, y + high];
        const whole = grow <= 1.05 || (box[0] >= from.x && box[2] <= to.x && box[1] >= from.y && box[3] <= to.y);
        if ((!whole || taken.some((b) => clash(b, box)) || marks.some(([id, b]) => id !== node.id && clash(b, box))) && !(must && side === node.side)) continue;
        taken.push(box);
        drawn.push({ id: node.id, box });
        const faint = picked && !lit("node", node.id);
        canvas.globalAlpha = faint ? 0.6 : 0.94;
        canvas.fillStyle = layout.groups.length ? colours.band : colours.page;
        canvas.fillRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
        canvas.globalAlpha = faint ? 0.35 : 1;
        canvas.fillStyle = colours.text;
        canvas.textBaseline = "middle";
        canvas.textAlign = side === "left" ? "right" : side === "right" ? "left" : "center";
        const tx = side === "left" ? x + wide : side === "right" ? x : node.x;
        node.lines.forEach((l, n) => canvas.fillText(l, tx, y + (n + 0.5) * line));
        break;
      }
    }
    canvas.globalAlpha = 1;
    if (picked) {
      const [one, other] = (picked.what === "node" ? [picked.id, picked.id] : ends(picked.id)).map(place);
      const where = network.canvasToDOM({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
      picture.dataset.at = `${Math.round(where.x)},${Math.round(where.y)}`;
    }
    document.documentElement.dataset.ready = "true";
  });

  function move(view) {
    const still = calm.matches || printing;
    network.moveTo({ ...view, animation: still ? false : { duration: 250, easingFunction: "easeInOutQuad" } });
  }
  const wide = () => layout.bounds[2] - layout.bounds[0], high = () => layout.bounds[3] - layout.bounds[1];
  const middle = () => ({ x: (layout.bounds[0] + layout.bounds[2]) / 2, y: (layout.bounds[1] + layout.bounds[3]) / 2 });
  const whole = () => Math.min(1.2, picture.clientWidth / wide(), picture.clientHeight / high());

  // On a narrow screen the picture is as high as it takes and stays put, so that a finger scrolls the page.
  function settle(still) {
    fixed = still && layout === data.layouts[1];
    picture.classList.toggle("fixed", fixed);
    network.setOptions({ interaction: { dragView: !fixed } });
  }
  function room() {
    const next = data.layouts[picture.clientWidth < 600 ? 1 : 0] || data.layouts[0];
    if (next !== layout) {
      layout = next;
      nodes.update(data.nodes.map((n) => ({ id: n.id, x: place(n.id).x, y: place(n.id).y })));
    }
    const most = layout === data.layouts[1] ? 1e5 : picture.clientWidth < 600 ? innerHeight * 0.65 : 1100;
    at("frame").hidden = !data.nodes.length;
    picture.style.height = `${Math.round(Math.min(most, Math.max(300, high() * Math.min(1.2, picture.clientWidth / wide()))))}px`;
    network.redraw();
    network.moveTo({ position: middle(), scale: whole(), animation: false });
    settle(true);
  }
  let widthNow = 0;
  new ResizeObserver(() => {
    if (picture.clientWidth !== widthNow) {
      widthNow = picture.clientWidth;
      room();
    }
  }).observe(picture);
  at("nearer").onclick = () => { settle(false); move({ scale: network.getScale() * 1.4 }); };
  at("farther").onclick = () => { settle(false); move({ scale: network.getScale() / 1.4 }); };
  at("whole").onclick = () => {
    pick(null);
    settle(true);
    move({ position: middle(), scale: whole() });
  };
  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  }, { capture: true });

  // The camera takes in what is chosen and all that it is linked with, with room for the labels.
  function look(what, id) {
    if (fixed) return;
    const near = what === "edge" ? ends(id) : [id, ...touching[id].flatMap(ends)];
    const xs = near.map((n) => place(n).x), ys = near.map((n) => place(n).y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const fits = Math.min(picture.clientWidth / (right - left + 480), picture.clientHeight / (bottom - top + 160));
    const scale = Math.max(Math.min(1.2, fits), whole()), b = layout.bounds, centre = middle();
    const within = (at, low, high, half, mid) => (high - low <= 2 * half ? mid : Math.min(Math.max(at, low + half), high - half));
    const x = within((left + right) / 2, b[0], b[2], picture.clientWidth / scale / 2, centre.x);
    const y = within((top + bottom) / 2, b[1], b[3], picture.clientHeight / scale / 2, centre.y);
    move({ position: { x, y }, scale });
  }

  network.on("hoverNode", (event) => { pointed = event.node; picture.style.cursor = "pointer"; });
  network.on("blurNode", () => { pointed = null; picture.style.cursor = ""; });
  network.on("hoverEdge", () => { picture.style.cursor = "pointer"; });
  network.on("blurEdge", () => { picture.style.cursor = ""; });
  network.on("click", (event) => {
    const { x, y } = event.pointer.canvas;
    const label = drawn.find(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]);
    if (event.nodes.length) choose("node", event.nodes[0]);
    else if (label) choose("node", label.id);
    else if (event.edges.length) choose("edge", event.edges[0]);
    else { pick(null); empty(); }
  });
  function choose(what, id) {
    pick({ what, id });
    show(what, id);
    if (getComputedStyle(panel).position !== "sticky") panel.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }

  // ---- What is chosen and what it rests on

  function pick(next) {
    for (const row of document.querySelectorAll("tr.picked")) row.classList.remove("picked");
    picked = next;
    if (next) rows[next.what].get(next.id).classList.add("picked");
    network.unselectAll();
    redraw();
  }

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }
  function empty() {
    panel.classList.add("empty");
    heading.textContent = "Evidence";
    body.replaceChildren(element("p", "Choose a mark or a line in the picture, or press Enter on a row of the tables."));
  }
  function show(what, id, opener) {
    panel.classList.remove("empty");
    body.replaceChildren();
    back = opener || null;
    if (what === "node") showNode(data.nodes[id]);
    else showEdge(data.edges[id]);
    if (back) {
      const button = element("button", "Back to the table", "plain back");
      button.type = "button";
      button.onclick = () => back.focus();
      body.append(button);
      heading.focus();
    }
    panel.scrollTop = 0;
  }
  function showNode(node) {
    heading.textContent = node.label;
    body.append(element("p", node.departments ? `${node.kind} of ${node.departments}` : node.kind));
    const ways = new Map();
    for (const id of touching[node.id]) {
      const edge = data.edges[id], kind = edge.from === node.id ? edge.kind : edge.back;
      ways.set(kind, [...(ways.get(kind) || []), edge]);
    }
    if (!ways.size) body.append(element("p", "It has no link in this picture."));
    for (const [kind, found] of ways) {
      body.append(element("h3", `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}: ${found.length}`));
      const list = element("ul", undefined, "links");
      for (const edge of found) {
        const other = data.nodes[edge.from === node.id ? edge.to : edge.from], item = element("li"), button = element("button", other.label, "text");
        button.type = "button";
        button.onclick = () => { choose("edge", edge.id); look("edge", edge.id); heading.focus(); };
        item.append(button);
        if (edge.label && edge.label !== edge.kind) item.append(element("div", edge.label, "quiet"));
        list.append(item);
      }
      body.append(list);
    }
    if (node.iri) {
      const address = element("p", "Its address: ", "quiet");
      address.append(element("bdi", node.iri));
      body.append(address);
    }
  }
  function showEdge(edge) {
    heading.textContent = sentence(edge);
    body.append(element("p", edge.label));
    body.append(element("h3", edge.items.length ? `What it rests on: ${edge.items.length}` : "Nothing more is known of this link."));
    const list = element("ol", undefined, "items");
    for (const number of edge.items) {
      const [[name, text], ...more] = Object.entries(data.items[number]), item = element("li"), facts = element("dl");
      if (name !== "Finding") item.append(element("p", name, "quiet"));
      item.append(element("p", text));
      for (const [key, value] of more) {
        const pair = element("div");
        pair.append(element("dt", `${key}:`), element("dd", value));
        facts.append(pair);
      }
      if (more.length) item.append(facts);
      list.append(item);
    }
    body.append(list);
  }

  // ---- The tables

  function byId(table) {
    return new Map([...at(table).tBodies[0].rows].map((row, id) => [id, row]));
  }
  for (const [what, found] of Object.entries(rows)) {
    for (const [id, row] of found) {
      const button = row.querySelector("button");
      if (what === "edge") button.setAttribute("aria-label", sentence(data.edges[id]));
      button.addEventListener("focus", () => { pick({ what, id }); look(what, id); });
      button.addEventListener("click", () => { pick({ what, id }); look(what, id); show(what, id, button); });
      button.addEventListener("keydown", (event) => {
        const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
        if (!step) return;
        event.preventDefault();
        let next = row[step];
        while (next && next.hidden) next = next[step];
        if (next) next.querySelector("button").focus();
      });
    }
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (back && panel.contains(document.activeElement)) back.focus();
    else if (picked) { pick(null); empty(); }
  });

  const compare = new Intl.Collator("en-GB", { numeric: true }).compare;
  for (const button of document.querySelectorAll("thead button")) {
    button.addEventListener("click", () => {
      const head = button.closest("th"), part = button.closest("table").tBodies[0], column = head.cellIndex;
      const first = head.classList.contains("number") ? "descending" : "ascending";
      const way = head.getAttribute("aria-sort") === first ? (first === "ascending" ? "descending" : "ascending") : first;
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way);
      const key = (row) => row.cells[column].textContent;
      const sorted = [...part.rows].map((row) => [key(row), row]).sort((a, b) => compare(a[0], b[0]) * (way === "ascending" ? 1 : -1));
      part.append(...sorted.map(([, row]) => row));
    });
  }

  const words = {
    node: data.nodes.map((n) => `${n.label} ${n.kind} ${n.departments}`.toLowerCase()),
    edge: data.edges.map((e) => `${sentence(e)} ${e.label}`.toLowerCase()),
  };
  at("filter").addEventListener("input", () => {
    const asked = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const holds = (text) => asked.every((word) => text.includes(word));
    if (!asked.length) kept = { node: null, edge: null };
    else {
      kept = { node: new Set(), edge: new Set() };
      words.node.forEach((text, id) => holds(text) && kept.node.add(id));
      words.edge.forEach((text, id) => {
        if (!holds(text)) return;
        kept.edge.add(id);
        ends(id).forEach((end) => kept.node.add(end));
      });
    }
    for (const [what, found] of Object.entries(rows)) for (const [id, row] of found) row.hidden = !isKept(what, id);
    if (picked && !isKept(picked.what, picked.id)) pick(null);
    redraw();
    const many = (n, of, one) => `${n} of ${of} ${one}${of === 1 ? "" : "s"}`;
    at("shown").textContent = asked.length
      ? `${many(kept.node.size, data.nodes.length, "thing")} and ${many(kept.edge.size, data.edges.length, "link")} shown`
      : `All ${data.nodes.length} things and ${data.edges.length} links shown`;
  });

  dark.addEventListener("change", redraw);
  addEventListener("beforeprint", () => { printing = true; redraw(); });
  addEventListener("afterprint", () => { printing = false; redraw(); });
})();
