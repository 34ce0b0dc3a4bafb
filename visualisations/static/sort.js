// Tables that can be sorted by any column: each heading becomes a button.
const compare = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" }).compare;

export function sortable(table) {
  const body = table.tBodies[0];
  if (!body || body.rows.length < 2) return;
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorter";
    button.textContent = head.textContent.trim();
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const number = head.classList.contains("number");
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : number;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...sorted([...body.rows], place, number, down));
    });
  });
}

function sorted(rows, place, number, down) {
  const key = (row) => row.cells[place].dataset.key ?? row.cells[place].textContent.trim();
  const order = (a, b) => (number ? (Number(a) || 0) - (Number(b) || 0) : compare(a, b));
  const full = rows.filter((row) => key(row) !== "");
  const empty = rows.filter((row) => key(row) === "");
  full.sort((a, b) => (down ? -1 : 1) * order(key(a), key(b)));
  return [...full, ...empty];
}
