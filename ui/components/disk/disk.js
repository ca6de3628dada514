// What changed on disk since the page read it. Names come from a repository nobody vouches for: they are only set with textContent.

const EACH_MS = 2500;
const QUIET_MS = 2500; // what the page itself has just written is no news
const VIEWS = new WeakMap(); // parentElement -> Notice

export default function (component) {
  const { parentElement } = component;
  let view = VIEWS.get(parentElement);
  if (!view) VIEWS.set(parentElement, (view = new Notice(parentElement)));
  view.update(component);
  return () => {
    view.close();
    VIEWS.delete(parentElement);
  };
}

class Notice {
  constructor(parent) {
    this.root = make("div", "disk");
    this.root.setAttribute("role", "status");
    this.root.hidden = true;
    this.text = make("span", "disk-text");
    this.button = words("button", "disk-reload", "Reload");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.reload());
    this.root.append(this.text, this.button);
    this.off = make("div", "disk-off");
    this.off.setAttribute("role", "note");
    this.off.hidden = true;
    parent.append(this.root, this.off);
    this.timer = setInterval(() => this.ask(), EACH_MS);
  }

  update(component) {
    this.component = component;
    const { session, workspace, version } = component.data;
    this.session = session;
    if (this.workspace === workspace && this.version === version) return;
    this.workspace = workspace;
    this.version = version;
    this.begin();
    this.ask();
  }

  begin() {
    this.mark = null;
    this.quiet = performance.now() + QUIET_MS;
    this.root.hidden = true;
  }

  close() {
    clearInterval(this.timer);
    this.root.remove();
    this.off.remove();
  }

  reload() {
    this.begin();
    this.component.setTriggerValue("reload", true);
  }

  async ask() {
    if (document.hidden || this.asking) return;
    this.asking = true;
    const asked = this.version;
    try {
      const address = `/api/changes?${new URLSearchParams({ since: this.mark ?? 0 })}`;
      const answer = await fetch(address, { headers: { "X-Omni-Session": this.session }, cache: "no-store" });
      if (answer.ok && asked === this.version) this.take(await answer.json());
    } catch {
      // the server cannot be reached: the page says so itself
    } finally {
      this.asking = false;
    }
  }

  take({ mark, count, files, why }) {
    if (this.mark === null || performance.now() < this.quiet) this.mark = mark;
    else if (count > 0) {
      const named = files.join(", ") + (count > files.length ? " and more" : "");
      setText(this.text, `${count === 1 ? "1 file" : `${count.toLocaleString("en")} files`} changed on disk: ${named}`);
      this.root.hidden = false;
    }
    this.tell(why);
  }

  // Why changes are not noticed here, as long as none is shown.
  tell(why) {
    if (why === this.why) return;
    this.why = why;
    setText(this.off, why);
    this.off.hidden = !why;
  }
}
