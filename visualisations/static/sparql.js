// The SPARQL page, where scripts run: an editor in the place of the text area, an answer without a new page, and a way to stop.
import { highlighting } from "./highlight.js";
import { sortable } from "./sort.js";

const { EditorState, EditorView, HighlightStyle, StreamLanguage, autocompletion, bracketMatching, completionKeymap, defaultKeymap, drawSelection, highlightSpecialChars, history, historyKeymap, keymap, lineNumbers, setDiagnostics, sparql, syntaxHighlighting, tags } = window.editing;

const part = (id) => document.getElementById(id);
const form = part("ask");
const area = part("query");
const make = (tag, attributes = {}, text = "") => {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.textContent = text;
  return found;
};

// --- The editor

const WORDS = "SELECT DISTINCT WHERE CONSTRUCT DESCRIBE ASK FILTER OPTIONAL UNION MINUS GRAPH VALUES BIND EXISTS NOT GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET COUNT SUM AVG MIN MAX SAMPLE GROUP_CONCAT STR LANG DATATYPE BOUND COALESCE CONTAINS STRSTARTS STRENDS REGEX LCASE UCASE YEAR MONTH IN PREFIX".split(" ");
let offered;
const offers = () => (offered ??= fetch("/sparql/completions").then((answer) => (answer.ok ? answer.json() : [])).catch(() => []));

async function completed(context) {
  const word = context.matchBefore(/[?$]?[\w-]*(:[\w\\/.-]*)?/);
  if (!word || (word.from === word.to && !context.explicit)) return null;
  if (/^[?$]/.test(word.text)) {
    const names = new Set(context.state.doc.toString().match(/[?$]\w+/g) ?? []);
    names.delete(word.text);
    return { from: word.from, options: [...names].map((label) => ({ label, type: "variable" })), validFor: /^[?$]\w*$/ };
  }
  const terms = (await offers()).map(({ label, type, detail }) => ({ label, detail, type: { concept: "constant", prefix: "namespace" }[type] ?? type }));
  const words = word.text.includes(":") ? [] : WORDS.map((label) => ({ label, type: "keyword" }));
  return { from: word.from, options: [...words, ...terms], validFor: /^[\w-]*(:[\w\\/.-]*)?$/ };
}

const looks = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--link)", fontWeight: "700" },
  { tag: [tags.variableName, tags.special(tags.variableName)], fontWeight: "700" },
  { tag: [tags.string, tags.literal], color: "var(--soft)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { border: "2px solid var(--edge)", background: "var(--paper)", color: "var(--ink)", minHeight: "12rem", maxHeight: "34rem" },
  "&.cm-focused": { outline: "3px solid var(--focus)", boxShadow: "0 0 0 5px var(--focus-ink)" },
  ".cm-scroller": { fontFamily: "ui-monospace, Consolas, 'DejaVu Sans Mono', monospace", fontSize: "0.9375rem", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", minHeight: "11rem" },
  ".cm-gutters": { background: "var(--wash)", color: "var(--soft)", borderRight: "1px solid var(--rule)" },
  ".cm-cursor": { borderLeft: "2px solid var(--ink)" },
  "& .cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { background: "var(--tied-3)" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--tied-2)", outline: "1px solid var(--edge)" },
  ".cm-tooltip": { background: "var(--paper)", color: "var(--ink)", border: "1px solid var(--edge)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", fontSize: "0.9375rem", maxWidth: "min(34rem, 80vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--button)", color: "var(--button-ink)" },
  ".cm-completionDetail": { fontStyle: "normal" },
});

// Its styles are those of a shadow root, as a page with a strict policy takes no others from a script.
const host = make("div", { class: "editor" });
const root = host.attachShadow({ mode: "open" });
const editor = new EditorView({
  root,
  parent: root,
  state: EditorState.create({
    doc: area.value.trimEnd(),
    extensions: [
      lineNumbers(), highlightSpecialChars(), history(), drawSelection(), bracketMatching(),
      StreamLanguage.define(sparql), syntaxHighlighting(looks), theme,
      autocompletion({ override: [completed] }),
      keymap.of([{ key: "Mod-Enter", run: () => (form.requestSubmit(), true) }, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": "Query. Ctrl and Enter run it, Ctrl and Space offer names, Tab leaves the editor." }),
      EditorView.updateListener.of((update) => { if (update.docChanged) area.value = update.state.doc.toString(); }),
    ],
  }),
});
const keys = make("p", { class: "hint", id: "editor-keys" }, "Ctrl and Enter run the query, Ctrl and Space offer names, Tab leaves the editor.");
area.after(host, keys);
area.hidden = true;
part("query-label").addEventListener("click", () => editor.focus());

function marked() {
  const said = part("wrong")?.textContent ?? "";
  const at = said.match(/ at (\d+):(\d+)/);
  const { doc } = editor.state;
  if (!at || Number(at[1]) > doc.lines) return editor.dispatch(setDiagnostics(editor.state, []));
  const line = doc.line(Number(at[1]));
  const from = Math.min(line.from + Number(at[2]) - 1, line.to);
  editor.dispatch(setDiagnostics(editor.state, [{ from: Math.min(from, Math.max(doc.length - 1, 0)), to: Math.min(from + 1, doc.length), severity: "error", message: said }]));
}

// --- Asking, and stopping

const stop = make("button", { type: "button", class: "plain", hidden: "" }, "Stop");
const going = make("span", { role: "status", class: "hint" });
form.querySelector(".acts").append(stop, going);
let asked = null;

async function show(address, kept) {
  asked?.abort();
  const mine = (asked = new AbortController());
  const began = Date.now();
  const told = setInterval(() => { going.textContent = `Running for ${Math.round((Date.now() - began) / 1000)} s`; }, 1000);
  stop.hidden = false;
  going.textContent = "Running";
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const there = page.getElementById("answered");
    if (!there) throw new Error(`The server answered ${answer.status}.`);
    part("answered").replaceWith(document.adoptNode(there));
    enlivened();
    if (kept) window.history.pushState(null, "", address);
    going.textContent = part("answer") ? "The answer is below." : "The query did not run. What is wrong stands below.";
  } catch (error) {
    going.textContent = error.name === "AbortError" ? "Stopped." : `${error.message} Nothing was changed.`;
  } finally {
    clearInterval(told);
    if (asked === mine) { asked = null; stop.hidden = true; }
  }
}

function enlivened() {
  const answered = part("answered");
  answered.querySelectorAll("table.sortable").forEach(sortable);
  answered.querySelectorAll(".linked").forEach(highlighting);
  if (part("keep")) part("keep").hidden = !part("answer");
  marked();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(`${form.action}?${new URLSearchParams({ query: area.value })}`, true);
});
stop.addEventListener("click", () => asked?.abort());
window.addEventListener("popstate", () => location.reload());
marked();
if (part("keep")) part("keep").hidden = !part("answer");

// --- Keeping a query under a name

part("keeping")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, label } = Object.fromEntries(new FormData(event.target));
  const body = JSON.stringify({ label, query: area.value });
  const kept = part("kept");
  try {
    const answer = await fetch(`/queries/${encodeURIComponent(name)}`, { method: "PUT", body, headers: { "Content-Type": "application/json" } });
    const said = await answer.json();
    kept.textContent = answer.ok ? "Kept. Its answer is always at " : `It was not kept. ${said.detail ?? ""}`;
    if (answer.ok) kept.append(make("a", { href: `/queries/${name}` }, `/queries/${name}`));
  } catch {
    kept.textContent = "It was not kept: the server does not answer.";
  }
});
document.documentElement.dataset.editor = "ready";
