// What stands beside the picture: the thing or the link that is chosen, what it rests on, and where to go from it.
import { restsOf, wordsOf } from "./explore_links.js";

const MOST = 40;

const add = (parent, tag, text, more = {}) => {
  const found = document.createElement(tag);
  if (text) found.textContent = text;
  for (const [name, value] of Object.entries(more)) if (value !== null) found.setAttribute(name, value);
  parent.append(found);
  return found;
};

const link = (parent, text, href, more = {}) => (href ? add(parent, "a", text, { href, ...more }) : add(parent, "span", text));

export function beside(side, state, at, things) {
  side.replaceChildren();
  if (state.line !== null) return ofLine(side, state, state.slice.links[state.line]);
  const place = state.slice.things.findIndex(([name]) => name === state.chosen);
  if (place >= 0) return ofThing(side, state, at, place);
  add(side, "h2", "Choose a thing");
  add(side, "p", "Click a mark, or go to a row of the tables, to see what it is linked with and what that rests on. Double-click a mark to open it.");
  add(side, "p", `${state.slice.count.toLocaleString("en-GB")} of ${state.slice.of.toLocaleString("en-GB")} things are in the picture.`, { class: "what" });
}

function ofThing(side, state, at, place) {
  const [name, label, , kind, , , linked, drawn, page] = state.slice.things[place];
  add(side, "h2", label);
  add(side, "p", `${kind}, ${drawn} of ${linked} things that it is linked with are shown`, { class: "what" });
  const acts = add(side, "ul", "", { class: "acts" });
  const params = new URL(location).searchParams;
  const open = (params.get("opened") ?? "").split(",").filter(Boolean);
  const clear = { q: "", camera: "" };
  const more = Math.min(state.slice.cap, linked) - drawn;
  if (open.includes(name)) link(add(acts, "li"), "Close", at({ ...clear, opened: open.filter((n) => n !== name).join(",") }));
  else if (more > 0) link(add(acts, "li"), `Open ${more} more`, at({ ...clear, opened: [...open, name].join(",") }), { "data-from": name });
  const centre = params.get("centre");
  if (centre !== name) link(add(acts, "li"), "Look around", at({ ...clear, centre: name, to: "", opened: "", show: "", moved: "" }));
  if (centre && centre !== name) link(add(acts, "li"), "Ways to it", at({ ...clear, to: name, opened: "", moved: "" }));
  link(add(acts, "li"), "Its page and evidence", page);
  const mine = state.slice.links.filter(([one, other]) => one === place || other === place);
  const list = add(side, "ul");
  for (const found of mine.slice(0, MOST)) ofLine(add(list, "li"), state, found, true);
  if (mine.length > MOST) add(side, "p", `${MOST} of ${mine.length} links; the table has the rest.`, { class: "what" });
}

function ofLine(parent, state, found, short = false) {
  const [one, other, , weight] = found;
  const [from, to] = [state.slice.things[one][1], state.slice.things[other][1]];
  add(parent, short ? "span" : "h2", `${from} ${wordsOf(state.slice, found)} ${to}`);
  const holder = short ? add(parent, "details") : parent;
  const pieces = `${weight} ${weight === 1 ? "source" : "sources"}`;
  if (short) add(holder, "summary", `Evidence: ${pieces}`);
  else add(holder, "p", `Evidence: ${pieces}`, { class: "what" });
  const list = add(holder, "ul");
  for (const [text, href] of restsOf(state.slice, found)) link(add(list, "li"), text, href);
}
