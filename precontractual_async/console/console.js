"use strict";
// Drops a file into the form, and tells how a run goes. All is there without it; a page can be looked at again.
(() => {
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
    const events = new EventSource(run.dataset.events);
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
    });
  }
})();
