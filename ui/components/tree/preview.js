// A look at one file, read only: lines with their numbers, secrets masked by the server, in a dialog above the page.

class Preview {
  constructor(root, get) {
    this.get = get;
    this.dialog = make("dialog", "preview");
    this.dialog.setAttribute("aria-label", "Preview of a file");
    const head = make("div", "preview-head");
    this.title = make("span", "preview-title");
    this.facts = make("span", "preview-facts");
    const close = words("button", "preview-close", "Close");
    close.type = "button";
    close.addEventListener("click", () => this.dialog.close());
    head.append(this.title, this.facts, close);
    this.body = make("div", "preview-body");
    this.body.tabIndex = 0;
    this.dialog.append(head, this.body);
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    root.append(this.dialog);
  }

  async show(path, at = 0) {
    this.wanted = path;
    this.title.textContent = path;
    this.facts.textContent = "";
    this.body.replaceChildren(words("div", "preview-note", "Reading the file"));
    if (!this.dialog.open) this.dialog.showModal();
    let content;
    try {
      content = await this.get(`/api/preview?${new URLSearchParams({ path })}`);
    } catch (problem) {
      this.body.replaceChildren(words("div", "preview-note", problem.message));
      return;
    }
    if (this.wanted === path) this.fill(content, at);
  }

  fill(content, at) {
    const { lines, masked, cut, size } = content;
    const facts = [inWords(size)];
    if (masked.length) facts.push(`${masked.length} ${masked.length === 1 ? "secret" : "secrets"} masked`);
    if (cut) facts.push(`the first ${lines.length.toLocaleString("en")} lines`);
    this.facts.textContent = facts.join(" · ");
    const secret = new Set(masked);
    const rows = document.createDocumentFragment();
    lines.forEach((text, index) => {
      const row = make("div", "preview-line");
      row.classList.toggle("masked", secret.has(index + 1));
      row.classList.toggle("here", at === index + 1);
      row.append(words("span", "preview-number", String(index + 1)), words("span", "preview-text", text));
      rows.append(row);
    });
    if (!lines.length) rows.append(words("div", "preview-note", "The file is empty"));
    this.body.replaceChildren(rows);
    this.body.scrollTop = 0;
    this.body.querySelector(".here")?.scrollIntoView({ block: "center" });
    this.body.focus({ preventScroll: true });
  }
}

function inWords(size) {
  if (size < 1000) return `${size} B`;
  const units = ["KB", "MB", "GB", "TB"];
  let value = size / 1024;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

