// Explore, where scripts run: the picture is drawn, and every link and form of the page changes it in place.
// The address is the whole state: each step is an entry of the history, so that going back is undoing.
import { beside } from "./explore_beside.js";
import { opened, saved } from "./explore_draw.js";
import { key, kindOf, near } from "./explore_links.js";
import { sortable } from "./sort.js";

const board = document.getElementById("board");
const part = (id) => document.getElementById(id);
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const state = { chosen: null, near: new Set(), line: null, round: 0, steps: 0, still, slice: null, moving: false };
let view, asking = 0, waiting;

const make = (tag, attributes = {}, text = "") => {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  if (text) found.textContent = text;
  return found;
};
const button = (words, act, more = {}) => {
  const found = make("button", { type: "button", ...more }, words);
  found.addEventListener("click", act);
  return found;
};

const stage = make("div", { class: "stage" });
const canvas = make("div", { class: "canvas", tabindex: "0", role: "application", "aria-label": "Picture", "aria-describedby": "keys" });
const side = make("section", { class: "beside", "aria-label": "What is chosen", "aria-live": "polite", tabindex: "0" });
const tools = make("div", { class: "tools", role: "group", "aria-label": "Picture tools" });
const keys = make("p", { class: "keys", id: "keys" }, "Keys in the picture: arrows move the view, + and − zoom, 0 shows all, N and P choose the next and the one before, Enter opens, M moves things (then arrows move the chosen one), U undoes, Esc lets go.");

const at = (changes) => {
  const url = new URL(location);
  for (const [name, value] of Object.entries(changes)) value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
  return url.pathname + url.search.replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%7E", "~");
};

const undo = button("Undo", () => history.back(), { disabled: "" });
const move = button("Move things", () => moving(!state.moving), { "aria-pressed": "false" });
const release = button("Put back", () => go(at({ moved: "" })), { hidden: "" });
const zoom = (by) => view.renderer.getCamera().animate({ ratio: view.renderer.getCamera().ratio * by }, { duration: still() ? 0 : 150 });
tools.append(
  button("+", () => zoom(0.7), { "aria-label": "Zoom in" }), button("−", () => zoom(1 / 0.7), { "aria-label": "Zoom out" }),
  button("Show all", () => whole()), move, release, undo,
  button("Save as PNG", () => saved(view.renderer, part("legend-part"), part("heading").textContent, part("told").textContent)),
);

function moving(on) {
  state.moving = on;
  move.setAttribute("aria-pressed", String(on));
  canvas.classList.toggle("moving", on);
}

function whole(from, duration = 250) {
  const among = from && view.graph.hasNode(from) ? new Set([from, ...near(state.slice, from)]) : undefined;
  view.renderer.getCamera().animate(view.fitted(among), { duration: still() ? 0 : duration });
}

function placed() {
  const found = new URL(location).searchParams.get("camera")?.split("~").map(Number) ?? [];
  const camera = view.renderer.getCamera();
  if (found.length === 3 && found.every(Number.isFinite)) camera.setState({ x: found[0], y: found[1], ratio: Math.max(0.005, Math.min(6, found[2])) });
  else camera.setState(view.fitted());
}

function chosen(node) {
  state.chosen = node;
  state.near = node ? near(state.slice, node) : new Set();
  state.line = null;
}

export function choose(node, follow = false) {
  chosen(node);
  if (node && follow) {
    const { x, y } = view.renderer.getNodeDisplayData(node);
    const camera = view.renderer.getCamera();
    camera.animate({ x, y, ratio: Math.min(camera.ratio, 1) }, { duration: still() ? 0 : 300 });
  }
  canvas.dataset.chosen = node ?? "";
  view.chose();
  beside(side, state, at, part("things"));
}

function line(place) {
  chosen(null);
  state.line = place;
  view.chose();
  beside(side, state, at, part("things"));
}

// What is there in one slice and not in the other, of both things and links.
function compared(before, after, day) {
  const things = ({ things }) => new Set(things.map(([name]) => name));
  const links = (slice) => new Set(slice.links.map((link) => key(slice.things[link[0]][0], slice.things[link[1]][0], kindOf(slice, link))));
  const without = (some, others) => [...some].filter((name) => !others.has(name)).length;
  const words = (number, one) => (number ? [`${number.toLocaleString("en-GB")} ${one}${number === 1 ? "" : "s"}`] : []);
  const more = (a, b) => [...words(without(things(a), things(b)), "thing"), ...words(without(links(a), links(b)), "link")].join(" and ");
  const said = [[more(after, before), "more"], [more(before, after), "fewer"]].filter(([much]) => much).map((pair) => pair.join(" "));
  return `Compared with ${day}: ${said.join(", ") || "nothing differs"}.`;
}

async function go(address, { push = true, focus = null, from = null } = {}) {
  const mine = ++asking;
  board.dataset.busy = "yes";
  clearTimeout(waiting);
  const url = new URL(address, location.href);
  const shown = [state.slice, part("in-day")?.selectedOptions[0].textContent ?? "", part("in-day")?.value];
  const data = new URL(url);
  data.pathname = "/explore.json";
  data.searchParams.delete("camera");
  data.searchParams.delete("q");
  try {
    const [page, slice] = await Promise.all([fetch(url, { headers: { Accept: "text/html" } }), fetch(data, { headers: { Accept: "application/json" } })]);
    if (!page.ok || !slice.ok) return location.assign(url);
    const [text, next] = [await page.text(), await slice.json()];
    if (mine !== asking) return;
    if (push) {
      history.pushState({ step: ++state.steps }, "", url);
      undo.disabled = false;
    }
    swap(new DOMParser().parseFromString(text, "text/html"), focus);
    if (shown[2] !== undefined && shown[2] !== part("in-day")?.value) part("told").textContent += ` ${compared(shown[0], next, shown[1].replace(" (newest)", ""))}`;
    const same = JSON.stringify(state.slice.frame) === JSON.stringify(next.frame);
    state.slice = next;
    chosen(next.things.some(([name]) => name === state.chosen) ? state.chosen : null);
    view.show(next, from);
    if (url.searchParams.has("camera") || !same) placed();
    else if (from || !push) whole(from);
    release.hidden = next.moved.length === 0;
    beside(side, state, at, part("things"));
    board.dataset.ready = String(Number(board.dataset.ready ?? 0) + 1);
  } catch {
    location.assign(url);
  } finally {
    if (mine === asking) delete board.dataset.busy;
  }
}

function swap(page, focus) {
  for (const id of ["found", "views", "filtering", "legend-part", "still", "files", "tables", "finding"]) {
    const next = page.getElementById(id);
    if (id === "filtering") next.open = part(id).open || next.open;
    part(id).replaceWith(document.adoptNode(next));
  }
  for (const id of ["heading", "told"]) part(id).textContent = page.getElementById(id).textContent;
  const [note, next] = [part("as-of"), page.getElementById("as-of")];
  if (note) note.remove();
  if (next) part("heading").before(document.adoptNode(next));
  dressed();
  if (focus) document.querySelector(focus)?.focus();
}

function dressed() {
  document.querySelectorAll("#tables table.sortable").forEach((table) => table.querySelector(".sorter") ?? sortable(table));
  part("legend-part").hidden = false;
  const days = part("in-day");
  const range = part("slide-range");
  if (!days || days.options.length < 2) return;
  const said = () => { part("slide-day").textContent = days.options[range.value].textContent; };
  range.max = days.options.length - 1;
  range.value = days.selectedIndex;
  range.oninput = said;
  range.onchange = () => {
    play(false);
    go(at({ as_of: days.options[range.value].value, camera: "" }));
  };
  part("slide").hidden = false;
  said();
}

// Goes through the days one after the other, from the first once the last is reached, until the last or somebody stops it.
let playing;
async function play(on) {
  clearTimeout(playing);
  playing = undefined;
  part("slide-play").textContent = on ? "Stop" : "Play";
  if (!on) return;
  const days = part("in-day"), now = days.selectedIndex;
  const next = now === days.options.length - 1 ? 0 : now + 1;
  await go(at({ as_of: days.options[next].value, camera: "" }));
  if (part("slide-play").textContent !== "Stop") return;
  if (next === days.options.length - 1) return play(false);
  playing = setTimeout(() => play(true), 2200);
}

function followed(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || url.pathname !== "/explore") return;
  event.preventDefault();
  const row = link.closest("tr");
  const from = row && url.searchParams.get("opened") !== new URL(location).searchParams.get("opened") ? state.slice.things[Number(row.dataset.id?.slice(1))]?.[0] : link.dataset.from;
  const focus = row ? `#tables tr[data-id="${row.dataset.id}"] a` : link.closest("#views") ? "#views [aria-current]" : link.closest(".beside") ? ".canvas" : "#heading";
  part("heading").tabIndex = -1;
  go(url, { focus, from });
}

function sent(event) {
  const form = event.target;
  if (form.method !== "get" || new URL(form.action).pathname !== "/explore") return;
  event.preventDefault();
  const url = new URL(form.action);
  const kinds = [];
  for (const [name, value] of new FormData(form)) name === "kinds" ? kinds.push(value) : value && url.searchParams.set(name, value);
  if (kinds.length) url.searchParams.set("kinds", kinds.join(","));
  go(url, { focus: form.querySelector("[name=q]") ? "#found a, #in-q" : form.querySelector("[name=to]") ? "#in-to" : null });
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const camera = view.renderer.getCamera(), key = event.key;
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
  const names = state.slice.things.map(([name]) => name);
  if (arrows && state.moving && state.chosen) shift(arrows[0] * 25, arrows[1] * 25);
  else if (arrows) camera.setState({ x: camera.x + arrows[0] * 0.08 * camera.ratio, y: camera.y + arrows[1] * 0.08 * camera.ratio });
  else if (key === "+" || key === "=") zoom(0.7);
  else if (key === "-") zoom(1 / 0.7);
  else if (key === "0") whole();
  else if (key === "n" || key === "p") choose(names[(names.indexOf(state.chosen) + (key === "n" ? 1 : state.chosen ? names.length - 1 : 0)) % names.length], true);
  else if (key === "m") moving(!state.moving);
  else if (key === "u") undo.disabled || history.back();
  else if (key === "Escape") choose(null);
  else if (key === "Enter" && state.chosen) side.querySelector("a")?.focus();
  else return;
  event.preventDefault();
}

function shift(dx, dy) {
  const { x, y } = view.graph.getNodeAttributes(state.chosen);
  view.graph.mergeNodeAttributes(state.chosen, { x: x + dx, y: y + dy });
  clearTimeout(shift.later);
  shift.later = setTimeout(() => settled(state.chosen), 400);
}

function settled(node) {
  const held = (new URL(location).searchParams.get("moved") ?? "").split(",").filter((text) => text && !text.startsWith(`${node}~`));
  const { x, y } = view.graph.getNodeAttributes(node);
  go(at({ moved: [...held, `${node}~${x.toFixed(0)}~${(-y).toFixed(0)}`].join(",") }));
}

function listening() {
  const { renderer, graph } = view;
  let held = null, dragged = false;
  renderer.on("clickNode", ({ node }) => dragged || choose(node));
  renderer.on("doubleClickNode", ({ node, preventSigmaDefault }) => {
    preventSigmaDefault();
    const list = (new URL(location).searchParams.get("opened") ?? "").split(",").filter(Boolean);
    go(at({ opened: (list.includes(node) ? list.filter((n) => n !== node) : [...list, node]).join(","), camera: "" }), { from: node });
  });
  renderer.on("clickEdge", ({ edge }) => line(graph.getEdgeAttribute(edge, "place")));
  renderer.on("clickStage", () => choose(null));
  renderer.on("downNode", ({ node }) => { dragged = false; if (state.moving) held = node; });
  renderer.getMouseCaptor().on("mousemovebody", (event) => {
    if (!held) return;
    dragged = true;
    graph.mergeNodeAttributes(held, renderer.viewportToGraph(event));
    event.preventSigmaDefault();
    event.original.preventDefault();
  });
  renderer.getMouseCaptor().on("mouseup", () => {
    const node = held;
    held = null;
    if (node && dragged) settled(node);
  });
  renderer.getCamera().on("updated", ({ x, y, ratio }) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (!board.dataset.busy) history.replaceState(history.state, "", at({ camera: `${x.toFixed(3)}~${y.toFixed(3)}~${ratio.toFixed(3)}` }));
    }, 500);
  });
  canvas.addEventListener("keydown", pressed);
  canvas.addEventListener("wheel", (event) => event.preventDefault(), { passive: false });
  document.addEventListener("click", followed);
  document.addEventListener("submit", sent);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.closest("input, textarea") && !undo.disabled) {
      event.preventDefault();
      history.back();
    }
  });
  addEventListener("popstate", (event) => {
    state.steps = event.state?.step ?? 0;
    undo.disabled = state.steps === 0;
    go(location.href, { push: false });
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("#tables tr[data-id]");
    if (!row) return;
    const place = Number(row.dataset.id.slice(1));
    if (row.dataset.id.startsWith("n")) choose(state.slice.things[place][0], true);
    else line(place);
  });
}

async function start() {
  const answer = await fetch(board.dataset.source, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  state.slice = await answer.json();
  const slide = make("div", { class: "slide", id: "slide", hidden: "" });
  slide.append(make("label", { for: "slide-range" }, "As of"), make("input", { type: "range", id: "slide-range", min: "0", step: "1" }), make("output", { id: "slide-day", for: "slide-range" }), button("Play", () => play(part("slide-play").textContent === "Play"), { id: "slide-play" }));
  stage.append(canvas, side);
  board.append(tools, stage, slide, keys);
  try {
    view = opened(canvas, state.slice, state);
  } catch {
    for (const added of [tools, stage, slide, keys]) added.remove();
    return; // no WebGL: the still picture and the tables stay
  }
  document.documentElement.classList.add("live");
  state.steps = history.state?.step ?? 0;
  undo.disabled = state.steps === 0;
  release.hidden = state.slice.moved.length === 0;
  placed();
  listening();
  dressed();
  beside(side, state, at, part("things"));
  requestAnimationFrame(() => { board.dataset.ready = "1"; });
}

start();
