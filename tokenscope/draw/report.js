"use strict";
// Sorts and filters the tables that ask for it. Without it they are whole, in the order they were written in.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.toLowerCase();
  };

  const sort = (head, column) => {
    const isNumber = "value" in (rows[0]?.cells[column].dataset ?? {});
    const before = head.getAttribute("aria-sort");
    const order = before === "descending" || (!before && !isNumber) ? "ascending" : "descending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const keyed = rows.map((row) => [key(row, column), row]);
    keyed.sort(([a], [b]) => sign * (isNumber ? a - b : a.localeCompare(b)));
    body.append(...keyed.map(([, row]) => row));
  };

  heads.forEach((head, column) => {
    if (head.classList.contains("growth")) return; // a picture has no order
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });

  const search = document.querySelector(`input[aria-controls="${table.id}"]`);
  if (!search) continue;
  const told = search.form ?? search.closest("p");
  told.hidden = false;
  const words = rows.map((row) =>
    [...row.cells].map((cell) => `${cell.textContent} ${cell.title}`).join(" ").toLowerCase());
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      row.hidden = !wanted.every((word) => words[place].includes(word));
      shown += !row.hidden;
    });
    told.querySelector("output").textContent = wanted.length ? `${shown} of ${rows.length}` : "";
  });
}
