// The picture of a slice: marks by shape and colour, labels under them, drawn by sigma.
import { key, kindOf } from "./explore_links.js";
import { Lines } from "./explore_lines.js";

const { Sigma, MultiGraph, NodeProgram, EdgeLineProgram, EdgeRectangleProgram, floatColor } = window.drawing;

const SHAPES = { programme: 0, department: 1, barrier: 2, organisation: 3, other: 4 };
const SIZES = { department: 11, barrier: 9, organisation: 9, programme: 8, other: 6 };
const FEW = 90, LIGHT = 1500, HEAVY = 3000;

const VERTEX = `
attribute vec4 a_id; attribute vec4 a_color; attribute vec2 a_position; attribute float a_size; attribute float a_shape;
uniform float u_sizeRatio; uniform float u_pixelRatio; uniform mat3 u_matrix;
varying vec4 v_color; varying float v_shape;
void main() {
  gl_Position = vec4((u_matrix * vec3(a_position, 1)).xy, 0, 1);
  gl_PointSize = a_size / u_sizeRatio * u_pixelRatio * 2.0;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= 255.0 / 254.0;
  v_shape = a_shape;
}`;
const FRAGMENT = `
precision mediump float;
varying vec4 v_color; varying float v_shape;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float d = length(p) - 0.9;
  if (v_shape > 0.5 && v_shape < 1.5) d = max(abs(p.x), abs(p.y)) - 0.82;
  else if (v_shape > 1.5 && v_shape < 2.5) d = abs(p.x) + abs(p.y) - 0.98;
  else if (v_shape > 2.5 && v_shape < 3.5) d = max(abs(p.x) * 1.75 - p.y - 0.85, p.y - 0.8);
  #ifdef PICKING_MODE
  if (d > 0.0) discard;
  gl_FragColor = v_color;
  #else
  gl_FragColor = mix(vec4(0.0), v_color, 1.0 - smoothstep(-0.08, 0.06, d));
  #endif
}`;

class Shapes extends NodeProgram {
  getDefinition() {
    const { FLOAT, UNSIGNED_BYTE, POINTS } = WebGLRenderingContext;
    return {
      VERTICES: 1, VERTEX_SHADER_SOURCE: VERTEX, FRAGMENT_SHADER_SOURCE: FRAGMENT, METHOD: POINTS,
      UNIFORMS: ["u_sizeRatio", "u_pixelRatio", "u_matrix"],
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT }, { name: "a_size", size: 1, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true }, { name: "a_shape", size: 1, type: FLOAT },
      ],
    };
  }
  processVisibleItem(id, at, data) {
    const array = this.array;
    array[at++] = data.x;
    array[at++] = data.y;
    array[at++] = data.size;
    array[at++] = floatColor(data.color);
    array[at++] = id;
    array[at] = data.shape;
  }
  setUniforms({ sizeRatio, pixelRatio, matrix }, { gl, uniformLocations: at }) {
    gl.uniform1f(at.u_pixelRatio, pixelRatio);
    gl.uniform1f(at.u_sizeRatio, sizeRatio);
    gl.uniformMatrix3fv(at.u_matrix, false, matrix);
  }
}

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return { department: of("department"), programme: of("programme"), barrier: of("barrier"), organisation: of("organisation"),
    other: of("other"), ink: of("ink"), paper: of("paper"), rule: of("rule"), plain: of("edge"), tied: of("department"), apart: of("barrier") };
}

function wrapped(context, text, most, room) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (context.measureText(longer).width <= most || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length > room) lines.splice(room - 1, lines.length, `${lines[room - 1]}…`);
  return lines;
}

export function opened(container, slice, state) {
  const graph = new MultiGraph();
  let colour = colours(), taken = [];
  const few = () => graph.order <= FEW;
  const pad = () => (container.clientWidth < 500 ? 34 : 70);
  const label = (context, data) => {
    if (!data.label) return;
    context.font = `${data.bold ? "700 " : ""}13px Arial, Helvetica, sans-serif`;
    context.textAlign = "center";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = colour.paper;
    context.fillStyle = colour.ink;
    const lines = wrapped(context, data.label, 132, graph.order > 40 ? 2 : 3);
    const wide = Math.max(...lines.map((line) => context.measureText(line).width)) / 2 + 2;
    const tops = [data.y + data.size + 3, data.y - data.size - 4 - 15 * lines.length];
    const boxes = tops.map((top) => [data.x - wide, top, data.x + wide, top + 15 * lines.length]);
    const free = data.sure ? boxes[0] : boxes.find((box) => !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]));
    if (!free) return;
    taken.push(free);
    if (data.sure) {
      context.fillStyle = colour.paper;
      context.fillRect(free[0] - 2, free[1] - 1, free[2] - free[0] + 4, free[3] - free[1] + 4);
      context.fillStyle = colour.ink;
    }
    lines.forEach((line, n) => {
      context.strokeText(line, data.x, free[1] + 11 + 15 * n);
      context.fillText(line, data.x, free[1] + 11 + 15 * n);
    });
  };
  const hover = (context, data) => {
    context.beginPath();
    context.lineWidth = 3;
    context.strokeStyle = colour.ink;
    context.arc(data.x, data.y, data.size + 4, 0, 2 * Math.PI);
    context.stroke();
    label(context, { ...data, label: data.full, bold: true, sure: true });
  };
  const lit = (node) => state.chosen === node || state.near.has(node);
  const renderer = new Sigma(graph, container, {
    nodeProgramClasses: { shape: Shapes }, defaultNodeType: "shape",
    edgeProgramClasses: { line: EdgeLineProgram, thick: EdgeRectangleProgram }, defaultEdgeType: "line",
    enableEdgeEvents: slice.links.length <= LIGHT, hideLabelsOnMove: slice.things.length > 5000,
    defaultDrawNodeLabel: label, defaultDrawNodeHover: hover, labelGridCellSize: 130, labelDensity: 1, labelRenderedSizeThreshold: 5,
    stagePadding: pad(), zIndex: slice.links.length <= LIGHT, allowInvalidContainer: true, itemSizesReference: "screen",
    minEdgeThickness: 1.7, minCameraRatio: 0.005, maxCameraRatio: 6,
    nodeReducer: (node, data) => {
      if (!state.chosen) return data;
      return lit(node) ? { ...data, zIndex: 2, forceLabel: true, highlighted: node === state.chosen } : { ...data, color: colour.rule, label: few() ? data.label : null };
    },
    edgeReducer: (edge, data) => {
      if (state.line !== null && state.line === data.place) return { ...data, size: data.size + 3, zIndex: 2 };
      if (!state.chosen) return data;
      return graph.hasExtremity(edge, state.chosen) ? { ...data, zIndex: 1 } : { ...data, hidden: true };
    },
  });

  renderer.on("beforeRender", () => { taken = []; });
  let lines = null;

  // Links too many for sigma are a layer of their own.
  function ruled() {
    const { links, things, says } = state.slice, heavy = links.length > HEAVY;
    if (heavy) lines ??= new Lines(renderer);
    const points = heavy ? things.map(([name]) => renderer.getNodeDisplayData(name)) : [];
    lines?.show(heavy ? links : [], points, says.map(([kind]) => colour[kind]), things.findIndex(([name]) => name === state.chosen), state.line);
  }

  function chose() {
    renderer.refresh({ skipIndexation: true });
    ruled();
  }

  function show(next, from) {
    const drop = (node) => graph.getNodeAttribute(node, "going") && graph.dropNode(node);
    graph.nodes().forEach(drop);
    const before = new Map(graph.mapNodes((node, data) => [node, data]));
    const had = new Map(graph.mapEdges((edge, data, one, other) => [edge, [data, one, other]]));
    const thick = next.links.length <= LIGHT;
    const most = next.links.reduce((found, link) => Math.max(found, link[3]), 1);
    graph.clear();
    const small = next.things.length > 2000 ? 0.45 : container.clientWidth < 500 ? 0.7 : next.things.length > 120 ? 0.65 : 1;
    next.things.forEach(([name, text, look, kind, x, y, , , , short], place) => {
      graph.addNode(name, { x, y: -y, label: short || text, full: text, look, kind, place, color: colour[look], shape: SHAPES[look], size: SIZES[look] * small,
        forceLabel: next.things.length <= FEW, bold: look === "department" });
    });
    (next.links.length > HEAVY ? [] : next.links).forEach((link, place) => {
      const [one, other, , weight] = link;
      const ends = [next.things[one][0], next.things[other][0]], kind = kindOf(next, link);
      const name = key(...ends, kind);
      graph.addEdgeWithKey(graph.hasEdge(name) ? `${name} ${place}` : name, ...ends, { place, kind, color: colour[kind], type: thick ? "thick" : "line",
        size: thick ? 1 + 3.5 * (weight - 1) / Math.max(1, most - 1) : 1 });
    });
    const [left, top, right, bottom] = next.frame;
    const room = Math.max(right - left, bottom - top) || 300;
    renderer.setCustomBBox({ x: [(left + right - room) / 2, (left + right + room) / 2], y: [-(top + bottom + room) / 2, -(top + bottom - room) / 2] });
    if (!before.size || next.things.length > 2000 || next.links.length > HEAVY || state.still()) return chose();
    ruled();
    const end = new Map(graph.mapNodes((node, { x, y, size }) => [node, { x, y, size }]));
    const start = new Map([...end].map(([node, at]) => [node, before.get(node) ?? { ...((from && end.get(from)) ?? at), size: 0 }]));
    for (const [node, data] of before) {
      if (end.has(node)) continue;
      graph.addNode(node, { ...data, label: null, going: true });
      start.set(node, data);
      end.set(node, { x: data.x, y: data.y, size: 0 });
    }
    const edges = new Map(graph.mapEdges((edge, { size }) => [edge, [had.get(edge)?.[0].size ?? 0, size]]));
    for (const [edge, [data, one, other]] of had) {
      if (graph.hasEdge(edge) || !graph.hasNode(one) || !graph.hasNode(other)) continue;
      graph.addEdgeWithKey(edge, one, other, { ...data, going: true });
      edges.set(edge, [data.size, 0]);
    }
    const began = performance.now();
    const round = ++state.round;
    (function step(now) {
      if (round !== state.round) return;
      const part = Math.min(1, Math.max(0, (now - began) / (from ? 420 : 700))), eased = 1 - (1 - part) ** 3;
      const between = (a, b) => a + (b - a) * eased;
      for (const [node, { x, y, size }] of end) {
        const was = start.get(node);
        graph.mergeNodeAttributes(node, { x: between(was.x, x), y: between(was.y, y), size: between(was.size, size) });
      }
      for (const [edge, [was, size]] of edges) graph.setEdgeAttribute(edge, "size", between(was, size));
      if (part === 1) {
        graph.filterEdges((edge, data) => data.going).forEach((edge) => graph.dropEdge(edge));
        graph.nodes().forEach(drop);
      }
      renderer.refresh();
      if (part < 1) requestAnimationFrame(step);
    })(began);
  }

  function fitted(among) {
    const [left, top, right, bottom] = state.slice.frame;
    const room = Math.max(right - left, bottom - top) || 300;
    const things = among ? state.slice.things.filter(([name]) => among.has(name)) : state.slice.things;
    const xs = things.map((t) => 0.5 + (t[4] - (left + right) / 2) / room);
    const ys = things.map((t) => 0.5 - (t[5] - (top + bottom) / 2) / room);
    if (!xs.length) return { x: 0.5, y: 0.5, ratio: 1, angle: 0 };
    const ends = (list) => list.reduce(([a, b], n) => [Math.min(a, n), Math.max(b, n)], [Infinity, -Infinity]);
    const [[x0, x1], [y0, y1]] = [ends(xs), ends(ys)];
    const { width, height } = renderer.getDimensions();
    const least = Math.max(120, Math.min(width, height) - 2 * pad());
    const ratio = Math.max((x1 - x0) * least / Math.max(100, width - 2 * pad() - 10), (y1 - y0) * least / Math.max(100, height - 2 * pad() + 30), 0.3);
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, ratio, angle: 0 };
  }

  const recoloured = () => {
    colour = colours();
    graph.forEachNode((node, data) => graph.setNodeAttribute(node, "color", colour[data.look]));
    graph.forEachEdge((edge, data) => graph.setEdgeAttribute(edge, "color", colour[data.kind]));
    chose();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recoloured);
  show(slice);
  return { graph, renderer, show, fitted, chose };
}

export async function saved(renderer, legend, title, told) {
  renderer.refresh();
  const { width, height } = renderer.getDimensions();
  const layers = [...renderer.getContainer().querySelectorAll("canvas")];
  const scale = layers[0].width / width, colour = colours();
  const entries = [...legend.querySelectorAll("li")];
  const canvas = document.createElement("canvas");
  canvas.width = layers[0].width;
  canvas.height = (height + 76 + 24 * entries.length) * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = colour.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const layer of layers) if (layer.width && layer.height) context.drawImage(layer, 0, 44 * scale);
  context.scale(scale, scale);
  context.fillStyle = colour.ink;
  context.font = "700 17px Arial, Helvetica, sans-serif";
  context.fillText(title, 16, 28, width - 32);
  context.font = "13px Arial, Helvetica, sans-serif";
  entries.forEach((entry, n) => {
    const y = height + 60 + 24 * n;
    const kind = entry.querySelector("[class*=fill-]")?.getAttribute("class").match(/fill-(\w+)/)?.[1];
    const line = entry.querySelector("[class*=line-]")?.getAttribute("class").match(/line-(\w+)/)?.[1];
    context.fillStyle = context.strokeStyle = colour[kind ?? line] ?? colour.plain;
    context.beginPath();
    if (kind === "department") context.rect(20, y - 8, 16, 16);
    else if (kind === "barrier") [[28, y - 9], [37, y], [28, y + 9], [19, y]].forEach(([a, b]) => context.lineTo(a, b));
    else if (kind === "organisation") [[28, y - 8], [36, y + 7], [20, y + 7]].forEach(([a, b]) => context.lineTo(a, b));
    else if (kind) context.arc(28, y, kind === "other" ? 5 : 7, 0, 2 * Math.PI);
    else context.rect(16, y - 1.5, 24, 3);
    context.fill();
    context.fillStyle = colour.ink;
    context.fillText(entry.textContent.trim(), 52, y + 4.5);
  });
  context.fillText(told, 16, height + 66 + 24 * entries.length, width - 32);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "explore.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
