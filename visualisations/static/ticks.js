// A box that is ticked is answered at once: the same page is asked for, and its answer put in the place of this one's.
import { highlighting } from "./highlight.js";
import { sortable } from "./sort.js";

const PARTS = ["said", "answered", "files"];

export function ticking(form) {
  let asked = new AbortController();
  const address = () => {
    const wanted = new Map();
    for (const [name, value] of new FormData(form)) wanted.set(name, wanted.has(name) ? `${wanted.get(name)},${value}` : value);
    const barriers = wanted.get("barriers").split(",");
    if (barriers.length > 1) wanted.set("barriers", barriers.slice(1).join(","));
    return `${form.action}?${new URLSearchParams([...wanted])}`;
  };
  const show = async (from) => {
    asked.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(from, { signal: asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of PARTS) {
        const [here, there] = [document.getElementById(id), page.getElementById(id)];
        if (id === "said") here.textContent = there.textContent;
        else here.replaceWith(document.adoptNode(there));
      }
      const answered = document.getElementById("answered");
      answered.querySelectorAll("table.sortable").forEach(sortable);
      highlighting(answered);
      history.replaceState(null, "", from);
    } catch (error) {
      if (error.name !== "AbortError") form.requestSubmit();
    }
  };
  form.addEventListener("change", () => show(address()));
}
