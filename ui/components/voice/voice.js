// The voice room as it is seen: a card with who is there and the way in, a bar with the way out on the other pages.

const VIEWS = new WeakMap(); // parentElement -> VoiceView

export default function (component) {
  const { parentElement } = component;
  let view = VIEWS.get(parentElement);
  if (!view) VIEWS.set(parentElement, (view = new VoiceView(parentElement, component.data)));
  view.update(component.data);
  return () => {
    view.close();
    VIEWS.delete(parentElement);
  };
}

class VoiceView {
  constructor(parent, data) {
    this.call = theCall();
    this.kind = data.view;
    this.root = make("section", `voice ${this.kind}`);
    this.root.setAttribute("aria-label", this.kind === "card" ? "Voice" : "Voice, on every page");
    this.build();
    parent.append(this.root);
    this.drawing = () => this.draw();
    this.call.views.add(this.drawing);
    this.stop = this.kind === "card" ? this.call.look(data.session) : () => {};
  }

  update(data) {
    this.call.session = data.session;
    if (this.kind === "card") this.call.reach();
    this.draw();
  }

  close() {
    this.call.views.delete(this.drawing);
    this.stop();
    this.root.remove();
  }

  build() {
    this.title = words("h3", "title", "Voice");
    this.status = words("p", "status", "");
    this.status.setAttribute("role", "status");
    const { call } = this;
    this.join = this.button("Join voice", () => call.join(true), "main");
    this.listen = this.button("Only listen", () => call.join(false));
    this.mute = this.button("Mute", () => call.mute(!call.muted));
    this.leave = this.button("Leave voice", () => call.leave());
    const acts = make("div", "acts");
    acts.append(this.join, this.listen, this.mute, this.leave);
    const head = make("div", "head");
    const text = make("div", "text");
    text.append(this.title, this.status);
    head.append(text, acts);
    this.problem = words("p", "problem", "");
    this.problem.setAttribute("role", "alert");
    this.list = make("ul", "voices");
    this.list.setAttribute("aria-label", "In the voice room");
    this.lines = new Map(); // person's id -> {line, name, word, bars}
    this.note = words("p", "note", "What you say goes through this app's server to the people of this session, and to nobody else. It is not recorded and not stored.");
    this.root.append(head, this.problem, this.list, this.note);
  }

  button(text, act, kind = "") {
    const made = words("button", `act ${kind}`, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  draw() {
    const { call } = this;
    const { state } = call;
    this.root.hidden = this.kind === "bar" && !call.busy;
    const active = this.root.getRootNode().activeElement;
    this.join.hidden = this.listen.hidden = call.busy || this.kind === "bar";
    this.mute.hidden = !(call.speaks && (state === "in" || state === "back"));
    setText(this.mute, call.muted ? "Unmute" : "Mute");
    this.mute.setAttribute("aria-pressed", String(call.muted));
    this.leave.hidden = !call.busy;
    setText(this.leave, state === "in" || state === "back" ? "Leave voice" : "Cancel");
    if (active?.hidden) [this.mute, this.leave, this.join].find((one) => !one.hidden)?.focus(); // the cursor stays where one goes on
    setText(this.status, this.statusWords());
    setText(this.problem, call.problem);
    this.drawPeople(call.people);
  }

  statusWords() {
    const { call } = this;
    const others = call.people.filter((person) => !person.you).map((person) => person.name);
    const with_ = others.length ? `with ${listed(others)}` : "nobody else is here yet";
    switch (call.state) {
      case "asking":
        return "Your browser asks for the microphone.";
      case "connecting":
        return "Connecting";
      case "back":
        return "Connection lost, coming back";
      case "in":
        if (!call.speaks) return `You only listen, ${with_}.`;
        return call.muted ? `Muted: nobody hears you, ${with_}.` : `Your microphone is on, ${with_}.`;
    }
    if (!others.length) return "Nobody is in the voice room. Join, and the others of this session see it here.";
    return `${listed(others)} ${others.length > 1 ? "are" : "is"} in the voice room.`;
  }

  // Changes only what is new: ten times a second while somebody speaks, under a cursor that must stay.
  drawPeople(people) {
    const here = new Set(people.map((person) => person.id));
    for (const [id, { line }] of this.lines) {
      if (here.has(id)) continue;
      line.remove();
      this.lines.delete(id);
    }
    for (const person of people) {
      let seen = this.lines.get(person.id);
      if (!seen) {
        this.lines.set(person.id, (seen = personLine()));
        this.list.append(seen.line);
      }
      const word = stateWord(person);
      setText(seen.name, person.you ? `${person.name} (you)` : person.name);
      setText(seen.word, word);
      seen.line.dataset.state = word;
      seen.bars.forEach((bar, place) => bar.classList.toggle("on", place < person.level));
    }
    this.list.hidden = !people.length;
  }
}

function personLine() {
  const line = make("li", "voiceline");
  const meter = make("span", "meter");
  meter.setAttribute("aria-hidden", "true");
  const bars = [1, 2, 3, 4].map((height) => make("span", `step s${height}`));
  meter.append(...bars);
  const name = make("span", "name");
  const word = make("span", "word");
  line.append(meter, name, word);
  return { line, name, word, bars };
}

function stateWord(person) {
  if (!person.connected) return "connecting";
  if (!person.speaks) return "only listens";
  if (person.muted) return "muted";
  return person.speaking ? "speaking" : "quiet";
}

function listed(names) {
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0];
}
