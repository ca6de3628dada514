// The chat of a session. The line that is being typed lives outside the page's reruns, so nothing a colleague does can lose it.

const TYPED = { text: "" };
const TYPING_MS = 2500;

class Chat {
  constructor(view) {
    this.root = make("div", "chat");
    this.list = make("div", "messages");
    this.list.setAttribute("role", "log");
    this.list.setAttribute("aria-label", "Chat");
    this.list.tabIndex = 0;
    const form = make("form", "say");
    this.input = make("textarea", "input");
    Object.assign(this.input, { rows: 2, placeholder: "Message, or @architect and a question", value: TYPED.text, maxLength: 4000 });
    this.input.setAttribute("aria-label", "Message");
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    this.send = submit("Send");
    this.problem = words("p", "problem", "");
    this.problem.setAttribute("role", "alert");
    form.append(this.input, this.send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.root.append(this.list, form, this.problem);
    this.view = view;
    this.saying = Promise.resolve();
    this.lines = new Map(); // what stands for each line -> its element
  }

  typed() {
    TYPED.text = this.input.value;
    const room = currentRoom();
    room?.types(Boolean(TYPED.text));
    clearTimeout(this.resting);
    this.resting = setTimeout(() => room?.types(false), TYPING_MS);
  }

  submit() {
    const room = currentRoom();
    const text = this.input.value.trim();
    if (!room || !text) return;
    this.input.value = TYPED.text = "";
    room.types(false);
    this.saying = this.saying.then(() => this.say(room, text)); // one after the other, as they were typed
  }

  // Says a text that holds no secret. One that does comes back masked, to be looked at and sent again.
  async say(room, text) {
    let cleared;
    try {
      cleared = await room.cleared(text);
    } catch {
      return this.giveBack(text, "Not sent: the app cannot be reached, which looks for secrets first. Send it again.");
    }
    if (cleared.found.length) {
      const kinds = [...new Set(cleared.found)].join(", ");
      return this.giveBack(cleared.text, `Not sent: it holds what looks like a secret (${kinds}). It is masked now; send it again.`);
    }
    setText(this.problem, "");
    if (/^@architect\b/i.test(text)) this.view.component.setTriggerValue("asked", { text, id: `${Date.now()}` });
    // its answer is not waited for: while the connection is gone, more is typed and kept
    room.said(text).then((answer) => answer.ok || this.giveBack(text, answer.message ?? "The message was not taken. Send it again."));
  }

  giveBack(text, problem) {
    const typed = this.input.value;
    this.input.value = TYPED.text = typed ? `${text}\n${typed}` : text;
    setText(this.problem, problem);
  }

  draw(room) {
    const lines = [
      ...room.chat.map((op) => [`${op.id ?? ""}:${op.seq}:${op.by}`, () => this.line(room, op)]),
      ...answering(room).map(([key, held]) => [`${key}:${held.rev}`, () => this.line(room, { by: held.by, at: held.at, value: { text: `${held.value.answer || "thinking"} …`, about: "architect" } })]),
      ...room.sending.map((op) => [`sending:${op.id}`, () => this.line(room, { ...op, by: room.me, at: null })]),
    ];
    if (!lines.length) lines.push(["nothing", () => words("p", "hint", "Nothing has been said yet.")]);
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    // lines that stay are left alone, so that a screen reader reads only what is new
    const wanted = new Map(lines.map(([key, draw]) => [key, this.lines.get(key) ?? draw()]));
    for (const [key, element] of this.lines) if (!wanted.has(key)) element.remove();
    [...wanted.values()].forEach((element, place) => {
      if (this.list.children[place] !== element) this.list.insertBefore(element, this.list.children[place] ?? null);
    });
    const grew = [...wanted.keys()].some((key) => !this.lines.has(key));
    this.lines = wanted;
    if (grew && atEnd) this.list.scrollTop = this.list.scrollHeight;
    this.send.disabled = room.status === "joining";
  }

  line(room, op) {
    const answer = op.value.about?.startsWith("architect") ?? false;
    const made = make("div", "message");
    made.classList.toggle("mine", op.by === room.me && !answer);
    const head = make("div", "head");
    const name = answer ? `Architect, asked by ${room.nameOf(op.by)}` : room.nameOf(op.by);
    head.append(words("span", "name", name), op.at ? timed(op.at) : words("span", "when", "being sent"));
    made.append(head, words("div", "text", op.value.text));
    return made;
  }
}

// The architect's answers that are on their way: [key, held] each.
function answering(room) {
  return [...room.state].filter(([key]) => key.startsWith("state/architect/"));
}
