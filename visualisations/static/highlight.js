// Pointing at a row lights its marks in the picture, and the other way round.
export function highlighting(part) {
  const show = (id) => {
    part.querySelectorAll(".lit").forEach((mark) => mark.classList.remove("lit"));
    const lit = id ? part.querySelectorAll(`[data-on~="${CSS.escape(id)}"]`) : [];
    lit.forEach((mark) => mark.classList.add("lit"));
    part.classList.toggle("choosing", lit.length > 0);
  };
  const idOf = (element) => element?.closest("[data-id]")?.dataset.id;
  const focused = () => (part.contains(document.activeElement) ? idOf(document.activeElement) : undefined);
  for (const name of ["pointerover", "focusin"]) part.addEventListener(name, (event) => show(idOf(event.target) ?? focused()));
  part.addEventListener("pointerleave", () => show(focused()));
  part.addEventListener("focusout", () => show());
}
