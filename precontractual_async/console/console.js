"use strict";
// Drops a file into the form, and tells how a run goes. All is there without it; a page can be looked at again.
(() => {
  // As the console locks itself, so does the page: what is on it stays on no screen.
  let events = null;
  setTimeout(() => {
    const main = document.getElementById("main"), again = document.createElement("a");
    if (events) events.close();
    again.href = location.pathname;
    again.textContent = main.dataset.again;
    main.replaceChildren(again);
  }, 30 * 60 * 1000);

  const form = document.getElementById("give");
  if (form) {
    const file = form.elements.namedItem("file");
    const over = (is) => (event) => { event.preventDefault(); form.classList.toggle("over", is); };
    form.addEventListener("dragover", over(true));
    form.addEventListener("dragleave", over(false));
    form.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer.files.length !== 1) return;
      file.files = event.dataTransfer.files;
      form.requestSubmit();
    });
  }

  const run = document.getElementById("run");
  if (run) {
    const bar = document.getElementById("bar"), lines = document.getElementById("lines");
    const rows = document.getElementById("rows"), filter = document.getElementById("filter");
    events = new EventSource(run.dataset.events);
    let isFirst = true;
    events.addEventListener("open", () => { isFirst = true; });
    events.addEventListener("message", (event) => {
      const told = JSON.parse(event.data);
      if (told.is_ended) { events.close(); location.reload(); return; }
      if (!told.lines.length) return;
      bar.max = told.total || 1;
      bar.value = told.done;
      lines.replaceChildren(...told.lines.map((text) => {
        const line = document.createElement("li");
        line.textContent = text;
        return line;
      }));
      for (const [mark, words] of Object.entries(told.counts)) {
        const link = document.querySelector(`a[data-group=${mark}]`);
        link.textContent = words;
        link.closest("li").hidden = false;
      }
      if (isFirst) rows.querySelectorAll("tbody").forEach((row) => row.remove());
      isFirst = false;
      if (!told.rows) return;
      document.getElementById("known").hidden = false;
      rows.tHead.insertAdjacentHTML("afterend", told.rows);
      for (const mark of Object.keys(told.counts)) {
        Array.from(rows.querySelectorAll(`tbody.${mark}`)).slice(rows.dataset.most).forEach((row) => row.remove());
      }
      filter.dispatchEvent(new Event("change"));
    });
  }
})();
