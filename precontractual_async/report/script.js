"use strict";
// Filters and sorts the table. The page is complete without it: it only hides, shows and moves rows.
// A table to which rows are added while it is looked at (data-most) is not sorted: the newest rows come first.
(() => {
  const table = document.getElementById("rows");
  if (!table) return;
  const kinds = "knmlforpx";
  const find = (id) => document.getElementById(id);
  const more = find("more"), step = Number(table.dataset.limit) || Infinity;
  let limit = step; // so many rows are shown at first: the layout of thousands takes long
  const form = find("filter"), shown = find("shown"), text = find("text");
  const group = find("group"), flexi = find("flexi-kind"), student = find("student-kind");

  // Cells are counted from the end, since the first row of a citizen has two more at the start.
  const cell = (row, at) => row.cells[row.cells.length - at];
  const bare = (words) => words.toLowerCase().replace(/[.\-/\s]/g, "");
  const known = new WeakMap();
  const wordsOf = (citizen) => {
    if (!known.has(citizen)) known.set(citizen, bare(citizen.textContent));
    return known.get(citizen);
  };

  const fits = (citizen) =>
    (!group.value || citizen.className === group.value) &&
    Array.from(citizen.rows).some((row) =>
      (!flexi.value || cell(row, 6).className === flexi.value) &&
      (!student.value || cell(row, 5).className === student.value)) &&
    (!text.value || wordsOf(citizen).includes(bare(text.value)));

  const filter = () => {
    const citizens = Array.from(table.tBodies);
    let count = 0;
    for (const citizen of citizens) {
      const isFound = fits(citizen);
      if (isFound) count += 1;
      citizen.hidden = !isFound || count > limit;
    }
    shown.textContent = shown.dataset.say.replace("{shown}", Math.min(count, limit)).replace("{all}", citizens.length);
    if (!more) return;
    more.hidden = count <= limit;
    more.textContent = more.dataset.say.replace("{left}", count - limit);
  };

  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(filter, 150); };

  const keys = {
    number: (words) => words === "" ? -1 : Number(words),
    text: (words) => words,
    day: (words) => words.split(/[./]/).reverse().join(""),
  };
  const keyOf = (header) => (citizen) => {
    const row = citizen.rows[0], place = header.cellIndex;
    const there = header.dataset.at ? cell(row, Number(header.dataset.at)) : row.cells[place];
    return header.dataset.sort === "kind"
      ? kinds.indexOf(there.className) : keys[header.dataset.sort](there.textContent);
  };

  const sort = (header) => {
    const falls = header.getAttribute("aria-sort") === "ascending", key = keyOf(header);
    const keyed = Array.from(table.tBodies).map((citizen) => [key(citizen), citizen]);
    keyed.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0) * (falls ? -1 : 1));
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", falls ? "descending" : "ascending");
    table.append(...keyed.map(([, citizen]) => citizen));
    if (more) filter();
  };

  for (const header of "most" in table.dataset ? [] : table.tHead.querySelectorAll("[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(header));
    header.append(button);
  }

  const show = (most) => { limit = most; filter(); };
  if (more) more.addEventListener("click", () => show(limit + step));
  window.addEventListener("beforeprint", () => show(Infinity));
  form.hidden = false;
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("change", filter);
  text.addEventListener("input", soon);
  for (const link of document.querySelectorAll("a[data-group]")) {
    link.addEventListener("click", () => { form.reset(); group.value = link.dataset.group; filter(); });
  }
  filter();
})();
