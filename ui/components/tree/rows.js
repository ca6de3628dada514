// The rows of the explorer's list, and its small parts. `view` is the Explorer that acts on what is clicked.

const ICONS = {
  chevron: "M9 6l6 6-6 6",
  folder: "M3 7a2 2 0 0 1 2-2h4l2 2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  up: "M12 19V6M6 11l6-6 6 6",
  home: "M4 11l8-7 8 7M6 10v10h12V10",
  smart: "M4 6h16M7 12h10M10 18h4",
  content: "M4 5h11M4 10h7M4 15h5M15 11a4 4 0 1 0 .01 0M18 18l3 3",
  peek: "M2 12s4-6 10-6 10 6 10 6-4 6-10 6-10-6-10-6zM12 9.5a2.5 2.5 0 1 0 .01 0",
};

function treeRow(view, entry, level, position, total) {
  const row = make("div", "row");
  row.setAttribute("role", "treeitem");
  row.setAttribute("aria-level", String(level));
  row.setAttribute("aria-posinset", String(position));
  row.setAttribute("aria-setsize", String(total));
  row.dataset.path = entry.path;
  row.dataset.kind = entry.is_folder ? "folder" : "file";
  row.tabIndex = -1;
  row.style.paddingLeft = `${(level - 1) * 14 + 4}px`;
  row.classList.toggle("ignored", Boolean(entry.ignored));
  row.addEventListener("focus", () => (view.active = entry.path));
  const name = words("span", "name", entry.name);
  if (entry.denied) {
    row.classList.add("denied");
    row.setAttribute("aria-disabled", "true");
    row.title = `Never read: ${entry.denied}`;
    row.append(icon("lock", ICONS.lock), name, words("span", "why", entry.denied));
  } else if (entry.is_folder) {
    const open = view.memory.open.has(entry.path);
    row.setAttribute("aria-expanded", String(open));
    const chevron = icon("chevron", ICONS.chevron);
    chevron.classList.toggle("open", open);
    row.append(chevron, icon("folder", ICONS.folder), name);
    const within = open ? 0 : [...view.selected].filter((path) => inside(path, entry.path)).length;
    if (within) row.append(words("span", "within", `${within} selected`));
    row.title = "Click to open or close, double click to go into it";
    row.addEventListener("click", () => view.toggleFolder(entry.path));
    row.addEventListener("dblclick", () => view.enter(entry.path));
  } else {
    const ticked = view.selected.has(entry.path);
    row.setAttribute("aria-checked", String(ticked));
    row.setAttribute("aria-selected", String(ticked));
    const box = make("input", "box");
    Object.assign(box, { type: "checkbox", checked: ticked, tabIndex: -1 });
    box.setAttribute("aria-hidden", "true");
    const peek = button("peek", `Look at ${entry.name} (p)`, (event) => {
      event.stopPropagation();
      view.preview.show(entry.path, Number(row.dataset.line ?? 0));
    });
    peek.tabIndex = -1;
    row.append(box, name, peek);
    if (entry.size !== null) peek.before(words("span", "size", inWords(entry.size)));
    if (entry.ignored) row.title = "Git ignores this file";
    row.addEventListener("click", (event) => {
      event.preventDefault();
      view.toggleFile(entry.path, event.shiftKey);
    });
  }
  return row;
}

function matchRow(view, { path, line, text }, index, total) {
  const row = treeRow(view, { name: `${path}:${line}`, path, is_folder: false, size: null }, 1, index + 1, total);
  row.dataset.line = String(line);
  row.classList.add("match");
  const shown = words("span", "text", text);
  shown.addEventListener("click", (event) => {
    event.stopPropagation();
    view.preview.show(path, line);
  });
  row.querySelector(".name").after(shown);
  return row;
}

function hitRows(view, rows) {
  if (!view.hits) return rows.append(note("Searching", 1));
  const { problem, paths, matches, note: told } = view.hits;
  if (problem) return rows.append(note(problem, 1));
  const none = paths ? "No file has that name." : "No file holds that text.";
  if ((paths ?? matches).length === 0) rows.append(note(`${none} Ignored, secret and binary files are not searched.`, 1));
  paths?.forEach((path, index) => {
    const entry = { name: path, path, is_folder: false, size: null, ignored: false, denied: "" };
    rows.append(treeRow(view, entry, 1, index + 1, paths.length));
  });
  matches?.forEach((match, index) => rows.append(matchRow(view, match, index, matches.length)));
  if (told) rows.append(note(told, 1));
}

function button(name, label, act) {
  const made = make("button", "tool");
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.append(icon(name, ICONS[name]));
  made.addEventListener("click", act);
  return made;
}

function note(text, level, action, act) {
  const line = make("div", "note");
  line.style.paddingLeft = `${(level - 1) * 14 + 8}px`;
  line.append(words("span", "words", text));
  if (action) {
    const again = words("button", "again", action);
    again.type = "button";
    again.addEventListener("click", act);
    line.append(again);
  }
  return line;
}

function parentOf(path) {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

function inside(path, folder) {
  return folder === "" || path.startsWith(`${folder}/`);
}
