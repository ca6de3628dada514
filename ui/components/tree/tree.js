// The explorer. Names come from a repository nobody vouches for: they are only ever set with textContent.

const MEMORY = new Map(); // workspace -> what was open, kept while the page lives, so that a page switch loses nothing
const VIEWS = new WeakMap(); // parentElement -> Explorer
const REPORT_MS = 250;
const SEARCH_MS = { name: 180, content: 400, said: 500 }; // before it begins, and after which one that goes on says so
// The session of several people that the page is in, if it is in one: see components/room/link.js.
const ROOM = Symbol.for("omni.room");
const LISTENERS = Symbol.for("omni.room.listeners");

export default function (component) {
  const { parentElement, data } = component;
  let view = VIEWS.get(parentElement);
  if (!view || view.workspace !== data.workspace) {
    view?.close();
    view = new Explorer(parentElement, data);
    VIEWS.set(parentElement, view);
  }
  view.update(component);
  return () => {
    view.close();
    VIEWS.delete(parentElement);
  };
}

class Explorer {
  constructor(parent, data) {
    this.workspace = data.workspace;
    this.version = data.version;
    this.selected = new Set(data.selection);
    this.memory = MEMORY.get(data.workspace) ?? { open: new Set(), folder: "", smart: true, mode: "name", folders: new Map() };
    this.memory.folders.clear();
    MEMORY.set(data.workspace, this.memory);
    this.query = "";
    this.hits = null;
    this.active = null;
    this.reported = []; // what was told to Python and has not come back yet
    this.build(parent);
    this.hear = (change) => this.shared(change);
    (globalThis[LISTENERS] ??= new Set()).add(this.hear);
  }

  update(component) {
    this.component = component;
    const { data } = component;
    this.session = data.session;
    this.most = data.most;
    this.list.style.height = `${data.height}px`;
    const fresh = this.version !== data.version;
    if (fresh) {
      this.version = data.version;
      this.memory.folders.clear();
    }
    this.chosen(data.selection);
    if (fresh || !this.drawn) this.load(this.memory.folder).then(() => this.draw());
    else this.draw();
    this.drawn = true;
  }

  // Takes over what Python chose, for example nothing. What it only says back is no news: a slow run may say an earlier report while a
  // later one is on its way, and must not untick what was ticked since.
  chosen(selection) {
    const told = JSON.stringify(selection);
    if (told === this.told) {
      if (told === this.reported.at(-1)) this.reported = [];
    } else if (this.told !== undefined) {
      const at = this.reported.indexOf(told);
      if (at >= 0) this.reported.splice(0, at + 1);
      else {
        clearTimeout(this.timer);
        this.reported = [];
        this.selected = new Set(selection);
      }
    }
    this.told = told;
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.searching);
    globalThis[LISTENERS].delete(this.hear);
    this.root.remove();
  }

  // -- what colleagues select -----------------------------------------------------------------------------------

  // The session, while it works on the folder that is shown here; null otherwise.
  room() {
    const room = globalThis[ROOM];
    return room?.state.get("state/workspace")?.value?.location === this.workspace ? room : null;
  }

  // Tells the session what was ticked here: one key a file, so that two people never get into each other's way.
  share(path) {
    const room = this.room();
    if (room?.writes) room.publish(`sel/${path}`, this.selected.has(path));
  }

  // Takes over what a colleague ticked, and on entering a session what is ticked there.
  shared(change) {
    const room = this.room();
    if (!room) return;
    if (change.what === "op" && change.key.startsWith("sel/") && change.op.by !== room.me) {
      this.tick(change.key.slice(4), change.op.value === true);
    } else if (change.what === "op" && change.key === "cwd" && change.op.by !== room.me) {
      this.enter(String(change.op.value ?? ""), true);
    } else if (change.what === "op" && change.key === `member/${room.me}`) {
      this.draw();
    } else if (change.what === "all" || change.key === "state/workspace") {
      const folder = room.state.get("cwd")?.value;
      if (folder && folder !== this.memory.folder) this.enter(folder, true);
      const ticked = [...room.state].filter(([key]) => key.startsWith("sel/"));
      if (change.key === "state/workspace" && change.op?.by === room.me) {
        // this page led the session here: what is ticked in it goes before what was ticked in the folder it was in
        for (const [key, entry] of ticked) if (entry.value === true && !this.selected.has(key.slice(4))) room.publish(key, false);
        for (const path of this.selected) if (room.state.get(`sel/${path}`)?.value !== true) room.publish(`sel/${path}`, true);
        return;
      }
      if (ticked.length === 0) {
        if (room.writes && room.role === "owner") for (const path of this.selected) room.publish(`sel/${path}`, true);
        return;
      }
      this.selected = new Set(ticked.filter(([, entry]) => entry.value === true).map(([key]) => key.slice(4)));
      this.report();
      this.draw();
    }
  }

  // Whether this page's user may only look.
  get watching() {
    const room = this.room();
    return Boolean(room?.role) && !room.writes;
  }

  tick(path, chosen) {
    if (chosen === this.selected.has(path)) return;
    if (chosen && this.selected.size < this.most) this.selected.add(path);
    else this.selected.delete(path);
    this.report();
    this.draw();
  }

  // -- the frame ------------------------------------------------------------------------------------------------

  build(parent) {
    this.root = make("div", "explorer");
    const bar = make("div", "bar");
    this.search = make("input", "search");
    Object.assign(this.search, { type: "search", spellcheck: false, autocomplete: "off" });
    this.search.addEventListener("input", () => this.look());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.focusRow(0, event);
      if (event.key === "Escape") {
        this.search.value = "";
        this.look();
      }
    });
    this.upButton = button("up", "Up one folder", () => this.enter(parentOf(this.memory.folder)));
    this.homeButton = button("home", "Back to the workspace's folder", () => this.enter(""));
    this.smartButton = button("smart", "Smart filter: manifests and application code first", () => this.reorder());
    this.contentButton = button("content", "Search in the content of files", () => this.searchBy(this.memory.mode === "name" ? "content" : "name"));
    bar.append(this.search, this.contentButton, this.upButton, this.homeButton, this.smartButton);
    this.place = make("div", "place");
    this.list = make("div", "list");
    this.list.setAttribute("role", "tree");
    this.list.setAttribute("aria-multiselectable", "true");
    this.list.addEventListener("keydown", (event) => this.key(event));
    const foot = make("div", "foot");
    this.count = make("span", "count");
    this.count.setAttribute("role", "status");
    this.clearButton = words("button", "clear", "Clear");
    this.clearButton.type = "button";
    this.clearButton.addEventListener("click", () => {
      const before = [...this.selected];
      this.selected.clear();
      for (const path of before) this.share(path);
      this.report();
      this.draw();
    });
    this.allButton = words("button", "all", "Select all");
    this.allButton.type = "button";
    this.allButton.addEventListener("click", () => this.selectAll());
    foot.append(this.count, this.allButton, this.clearButton);
    this.root.append(bar, this.place, this.list, foot);
    this.preview = new Preview(this.root, (address) => this.get(address));
    parent.append(this.root);
  }

  // -- what is fetched ------------------------------------------------------------------------------------------

  async get(address) {
    const answer = await fetch(address, { headers: { "X-Omni-Session": this.session }, cache: "no-store" });
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(content.error ?? `The server answered ${answer.status}. Reload the page.`);
    return content;
  }

  async load(path, offset = 0) {
    const { folders } = this.memory;
    const known = folders.get(path) ?? { entries: [], total: 0, state: "loading" };
    folders.set(path, known);
    try {
      const order = this.memory.smart ? "smart" : "name";
      const page = await this.get(`/api/tree?${new URLSearchParams({ path, offset, order })}`);
      if (offset === 0) known.entries = [];
      known.entries.push(...page.entries);
      known.total = page.total;
      known.state = "loaded";
    } catch (problem) {
      known.state = "failed";
      known.problem = problem instanceof TypeError ? "The server cannot be reached." : problem.message;
    }
  }

  look() {
    clearTimeout(this.searching);
    this.query = this.search.value.trim();
    this.hits = null;
    const { mode } = this.memory;
    if (!this.query) {
      this.draw();
      return;
    }
    this.searching = setTimeout(async () => {
      const asked = this.query;
      const slow = setTimeout(() => this.draw(), SEARCH_MS.said);
      try {
        const hits = await this.get(`/api/search?${new URLSearchParams({ q: asked, mode })}`);
        if (asked === this.query && mode === this.memory.mode) this.hits = hits;
      } catch (problem) {
        this.hits = { problem: problem.message };
      }
      clearTimeout(slow);
      this.draw();
    }, SEARCH_MS[mode]);
  }

  searchBy(mode) {
    this.memory.mode = mode;
    this.look();
    this.draw();
    this.search.focus();
  }

  // -- what the user does ---------------------------------------------------------------------------------------

  // Makes a folder the one that is shown, for everybody in the session; `told` where a colleague did.
  async enter(path, told = false) {
    if (!told && path !== this.memory.folder) {
      const room = this.room();
      if (room?.writes) room.publish("cwd", path);
    }
    this.memory.folder = path;
    this.search.value = "";
    this.query = "";
    this.hits = null;
    if (!this.memory.folders.has(path)) await this.load(path);
    this.draw();
  }

  async toggleFolder(path) {
    const { open, folders } = this.memory;
    if (open.has(path)) {
      open.delete(path);
    } else {
      open.add(path);
      if (folders.get(path)?.state !== "loaded") {
        this.draw();
        await this.load(path);
      }
    }
    this.draw();
  }

  toggleFile(path, upTo = false) {
    if (this.watching) return;
    const wanted = upTo && this.anchor ? this.selected.has(this.anchor) : !this.selected.has(path);
    for (const each of upTo ? this.between(this.anchor, path) : [path]) this.pick(each, wanted);
    this.anchor = path;
    this.report();
    this.draw();
  }

  pick(path, wanted) {
    if (wanted === this.selected.has(path) || (wanted && this.selected.size >= this.most)) return;
    if (wanted) this.selected.add(path);
    else this.selected.delete(path);
    this.share(path);
  }

  between(from, to) {
    const paths = [...this.list.querySelectorAll(".row[aria-checked]")].map((row) => row.dataset.path);
    const ends = [paths.indexOf(from), paths.indexOf(to)].sort((one, other) => one - other);
    return ends[0] < 0 ? [to] : paths.slice(ends[0], ends[1] + 1);
  }

  selectAll() {
    if (this.watching) return;
    for (const path of this.files()) this.pick(path, true);
    this.report();
    this.draw();
  }

  files() {
    if (this.query) return this.hits?.paths ?? (this.hits?.matches ?? []).map((match) => match.path);
    const known = this.memory.folders.get(this.memory.folder);
    return (known?.entries ?? []).filter((entry) => !entry.is_folder && !entry.denied && !entry.ignored).map((entry) => entry.path);
  }

  async reorder() {
    this.memory.smart = !this.memory.smart;
    this.memory.folders.clear();
    const wanted = [this.memory.folder, ...[...this.memory.open].filter((path) => inside(path, this.memory.folder))];
    await Promise.all(wanted.map((path) => this.load(path)));
    this.draw();
  }

  report() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const selection = [...this.selected].sort();
      this.reported.push(JSON.stringify(selection));
      this.component.setStateValue("selection", selection);
    }, REPORT_MS);
  }

  key(event) {
    const rows = [...this.list.querySelectorAll(".row")];
    const at = rows.indexOf(event.target.closest(".row"));
    if (at < 0 || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "a") return;
      event.preventDefault();
      this.selectAll();
      return;
    }
    const row = rows[at];
    const { path, kind } = row.dataset;
    const open = row.getAttribute("aria-expanded") === "true";
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + 10, PageUp: at - 10 };
    if (event.key in moves) {
      if (event.key === "ArrowUp" && at === 0) this.search.focus();
      else this.focusRow(moves[event.key], event);
    } else if (event.key === "ArrowRight" && kind === "folder") {
      if (open) this.focusRow(at + 1, event);
      else this.toggleFolder(path);
    } else if (event.key === "ArrowLeft") {
      if (kind === "folder" && open) this.toggleFolder(path);
      else this.focusRow(rows.findIndex((other) => other.dataset.path === parentOf(path)), event);
    } else if (event.key === " " && kind !== "folder" && !row.getAttribute("aria-disabled")) {
      this.toggleFile(path, event.shiftKey);
    } else if (event.key === " " || event.key === "Enter") {
      row.click();
    } else if (event.key === "p" && row.hasAttribute("aria-checked")) {
      this.preview.show(path, Number(row.dataset.line ?? 0));
    } else if (event.key === "Backspace") {
      this.enter(parentOf(this.memory.folder));
    } else {
      return;
    }
    event.preventDefault();
  }

  focusRow(index, event) {
    const rows = this.list.querySelectorAll(".row");
    const row = rows[Math.max(0, Math.min(index, rows.length - 1))];
    if (!row || index < -1) return;
    event?.preventDefault();
    this.active = row.dataset.path;
    rows.forEach((other) => (other.tabIndex = other === row ? 0 : -1));
    row.focus();
  }

  // -- what is seen ---------------------------------------------------------------------------------------------

  draw() {
    const focused = this.list.contains(this.root.getRootNode().activeElement);
    const { folder, smart, mode } = this.memory;
    const named = mode === "name";
    this.search.placeholder = named ? "Search files" : "Search in files";
    this.search.setAttribute("aria-label", named ? "Search files by name" : "Search files by content");
    this.contentButton.setAttribute("aria-pressed", String(!named));
    this.place.textContent = this.query ? `files ${named ? "named" : "with"} ${this.query}` : folder ? `${folder}/` : "the whole workspace";
    this.upButton.disabled = this.homeButton.disabled = !folder;
    this.smartButton.setAttribute("aria-pressed", String(smart));
    this.list.setAttribute("aria-label", folder ? `Files in ${folder}` : "Files of the workspace");
    const rows = document.createDocumentFragment();
    if (this.query) hitRows(this, rows);
    else this.drawFolder(rows, folder, 1);
    const scroll = this.list.scrollTop;
    this.list.replaceChildren(rows);
    this.list.scrollTop = scroll;
    const all = [...this.list.querySelectorAll(".row")];
    const active = all.find((row) => row.dataset.path === this.active) ?? all[0];
    if (active) active.tabIndex = 0;
    if (focused) active?.focus({ preventScroll: true });
    const chosen = this.selected.size;
    this.count.textContent = chosen === 0 ? "No file selected" : `${chosen} selected${chosen >= this.most ? ", the most there can be" : ""}`;
    this.clearButton.hidden = chosen === 0 || this.watching;
    this.list.setAttribute("aria-disabled", String(this.watching));
    this.allButton.hidden = this.watching || this.files().every((path) => this.selected.has(path));
  }

  drawFolder(rows, path, level) {
    const known = this.memory.folders.get(path);
    if (!known || known.state === "loading") return rows.append(note("Reading the folder", level));
    if (known.state === "failed") {
      return rows.append(note(known.problem, level, "Try again", () => this.load(path).then(() => this.draw())));
    }
    if (known.total === 0) rows.append(note("Nothing in this folder", level));
    known.entries.forEach((entry, index) => {
      rows.append(treeRow(this, entry, level, index + 1, known.total));
      if (entry.is_folder && this.memory.open.has(entry.path)) this.drawFolder(rows, entry.path, level + 1);
    });
    const left = known.total - known.entries.length;
    if (left > 0) {
      const more = () => this.load(path, known.entries.length).then(() => this.draw());
      rows.append(note(`${left.toLocaleString("en")} more`, level, "Show more", more));
    }
  }
}
