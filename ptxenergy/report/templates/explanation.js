"use strict";
// Joins lines of the source with their PTX: what has the same number in `data-group` belongs together.
for (const kernel of document.querySelectorAll("article")) {
  const panes = [...kernel.querySelectorAll(".pane")];
  const rows = [...kernel.querySelectorAll(".row[data-group], .row[data-detail]")];
  const detail = kernel.querySelector(".detail");

  const together = (row) => rows.filter(
    (other) => row === other || (row.dataset.group && other.dataset.group === row.dataset.group));

  const light = (row) => {
    const lit = new Set(together(row));
    for (const each of rows) {
      each.classList.toggle("lit", lit.has(each));
      each.setAttribute("aria-selected", String(lit.has(each)));
    }
    detail.textContent = row.getAttribute("aria-label");
    return lit;
  };

  const bringIntoView = (row) => {
    const pane = row.closest(".pane");
    const middle = row.offsetTop - (pane.clientHeight - row.offsetHeight) / 2;
    if (row.offsetTop < pane.scrollTop ||
        row.offsetTop + row.offsetHeight > pane.scrollTop + pane.clientHeight) {
      pane.scrollTop = middle;
    }
  };

  const choose = (row) => {
    const shown = new Set([row.closest(".pane")]);
    for (const each of light(row)) {
      const pane = each.closest(".pane");
      if (!shown.has(pane)) {
        shown.add(pane);
        bringIntoView(each);
      }
    }
  };

  const goTo = (row) => {
    if (!row) return;
    for (const each of row.closest(".pane").querySelectorAll(".row[tabindex]")) each.tabIndex = -1;
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
    bringIntoView(row);
  };

  const partner = (row, step) => {
    const pane = row.closest(".pane");
    const there = panes.indexOf(pane) + step;
    const others = step ? panes.slice(there, there + 1) : panes.filter((one) => one !== pane);
    return together(row).find((other) => others.includes(other.closest(".pane")));
  };

  kernel.addEventListener("keydown", (event) => {
    const row = event.target.closest(".row");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const own = rows.filter((other) => other.closest(".pane") === row.closest(".pane"));
    const at = own.indexOf(row);
    const next = {
      ArrowDown: () => own[at + 1],
      ArrowUp: () => own[at - 1],
      Home: () => own[0],
      End: () => own[own.length - 1],
      ArrowRight: () => partner(row, 1),
      ArrowLeft: () => partner(row, -1),
      Enter: () => partner(row, 0),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    goTo(next());
  });
  for (const row of rows) {
    row.addEventListener("focus", () => choose(row));
    row.addEventListener("mouseenter", () => light(row));
    row.addEventListener("click", () => { goTo(row); choose(row); });
  }
  for (const link of kernel.querySelectorAll("a[data-group]")) {
    link.addEventListener("click", (event) => {
      const row = rows.find((other) => other.dataset.group === link.dataset.group);
      if (!row) return;
      event.preventDefault();
      row.closest(".panes").scrollIntoView({ block: "nearest" });
      goTo(row);
      choose(row);
    });
  }
}
document.documentElement.classList.add("scripted");
