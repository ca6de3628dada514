// The live council. What models say is only ever set as the data of text nodes, never as markup.

const STREAMS = new Map(); // run -> Stream; outlives a page switch, so that looking elsewhere does not end the run
const VIEWS = new WeakMap(); // parentElement -> View
const SHOWN = 60_000; // characters of one member on the screen; the whole text is on the Review page
const KEPT_STREAMS = 3;
const RETRIES_MS = [300, 700, 1500, 2500, 4000];
const HELD_MS = 1_000; // a member that was held back says so for this long, so that the word can be read

export default function (component) {
  const { parentElement, data } = component;
  let view = VIEWS.get(parentElement);
  if (!view || view.run !== data.run) {
    view?.close();
    view = new View(parentElement, streamOf(data));
    VIEWS.set(parentElement, view);
  }
  view.update(component);
  return () => {
    view.close();
    VIEWS.delete(parentElement);
  };
}

function streamOf({ run, session }) {
  let stream = STREAMS.get(run);
  if (!stream) {
    stream = new Stream(run, session);
    STREAMS.set(run, stream);
    for (const [old, other] of STREAMS) {
      if (STREAMS.size <= KEPT_STREAMS) break;
      if (other.over) STREAMS.delete(old);
    }
  }
  return stream;
}

// What is known of one run, fed by its socket.
class Stream {
  constructor(run, session) {
    this.run = run;
    this.session = session;
    this.members = new Map();
    this.moments = [];
    this.minuted = [];
    this.frame = null;
    this.over = false;
    this.problem = "";
    this.reported = false;
    this.failures = 0;
    this.view = null;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/council`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ session: this.session, run: this.run }));
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = (event) => this.closed(event.code);
  }

  stop() {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send('{"stop":true}');
  }

  take(message) {
    if (message.type === "hello") {
      for (const member of message.members) {
        if (!this.members.has(member.id)) this.members.set(member.id, { ...member, text: "", dropped: false, turn: 0, news: "" });
      }
    } else if (message.type === "frame") {
      this.failures = 0;
      this.problem = "";
      this.frame = message;
      this.at = performance.now();
      if (message.anew) this.moments = [];
      if (message.moments.length) {
        this.moments.push(...message.moments);
        this.minuted = message.minuted;
      }
      for (const held of message.held) {
        const member = this.members.get(held);
        if (member) member.heldAt = this.at;
      }
      for (const state of message.members) {
        const member = this.members.get(state.id);
        if (!member) continue;
        if (state.reset) Object.assign(member, { text: "", news: "", dropped: false, turn: member.turn + 1 });
        member.text += state.text;
        member.news += state.text;
        if (member.text.length > SHOWN * 1.5) Object.assign(member, { text: member.text.slice(-SHOWN), dropped: true, turn: member.turn + 1 });
        member.state = state;
      }
      this.over = message.state !== "running" && !message.more;
      this.socket.send(`{"ack":${message.n}}`);
    }
    this.view?.draw();
  }

  closed(code) {
    if (this.over) return;
    if (code === 4404 || this.failures >= RETRIES_MS.length) {
      this.problem = code === 4404 ? "This run is not live any more." : "The connection was lost. Reload the page.";
      this.over = true;
    } else {
      this.problem = "The connection was lost, trying again.";
      setTimeout(() => this.connect(), RETRIES_MS[this.failures]);
      this.failures += 1;
    }
    this.view?.draw();
  }
}

class View {
  constructor(parent, stream) {
    this.run = stream.run;
    this.stream = stream;
    this.columns = new Map();
    this.root = make("div", "council");
    this.line = make("div", "line");
    this.answered = make("span", "answered");
    this.answered.setAttribute("role", "status");
    this.elapsed = make("span", "elapsed");
    this.line.append(this.answered, this.elapsed);
    this.picture = new Picture();
    this.board = make("div", "board");
    this.root.append(this.line, this.picture.root, this.board);
    parent.append(this.root);
    stream.view = this;
    // The page's own Stop button reaches the run through Python; this tells the run at once, however busy the page is.
    this.onStop = (event) => event.target.closest?.(".st-key-stop button") && this.stream.stop();
    document.addEventListener("click", this.onStop, true);
    this.ticking = setInterval(() => this.tick(), 200);
  }

  update(component) {
    this.component = component;
    this.board.style.setProperty("--text-height", `${component.data.height}px`);
    this.draw();
  }

  close() {
    clearInterval(this.ticking);
    document.removeEventListener("click", this.onStop, true);
    if (this.stream.view === this) this.stream.view = null;
    this.root.remove();
  }

  draw() {
    const { frame, members, problem } = this.stream;
    const total = members.size;
    const words = !frame ? "Starting" : `${frame.answered} of ${total} answered`;
    setText(this.answered, problem || words);
    if (frame && total > 1) this.picture.draw(this.stream);
    for (const member of members.values()) {
      let column = this.columns.get(member.id);
      if (!column) {
        column = new Column(member);
        this.columns.set(member.id, column);
        this.board.append(column.root);
      }
      column.draw(member, this.stream);
    }
    this.tick();
    if (this.columns.size > 0) requestAnimationFrame(() => bringIntoView(this.stream));
    if (this.stream.over && !this.stream.reported) {
      this.stream.reported = true;
      this.component.setTriggerValue("ended", this.run);
    }
  }

  tick() {
    const { frame, at, over } = this.stream;
    if (!frame) return;
    const since = over || frame.state !== "running" ? 0 : performance.now() - at;
    setText(this.elapsed, seconds(frame.elapsed_ms + since));
    this.picture.tick(frame.elapsed_ms + since);
    for (const column of this.columns.values()) column.tick(since);
  }
}

const RUNNING = new Set(["asked", "answering", "retrying"]);
const SHRUNK = new Set(["failed", "skipped"]);

class Column {
  constructor(member) {
    this.root = make("section", "column");
    this.root.setAttribute("aria-label", `${member.label}, ${member.model}`);
    const head = make("div", "head");
    this.name = make("span", "name");
    this.state = make("span", "state");
    head.append(this.name, this.state);
    const second = make("div", "second");
    this.model = make("span", "model");
    this.elapsed = make("span", "elapsed");
    this.rate = make("span", "rate");
    second.append(this.model, this.elapsed, this.rate);
    this.meter = meter(`Energy of ${member.label}`);
    this.energy = make("span", "figure");
    const energy = make("div", "pulse");
    energy.append(this.meter, this.energy);
    this.trail = drawing("trail", "0 0 100 20");
    this.trail.setAttribute("aria-hidden", "true");
    this.area = part("path", "area");
    this.path = part("path", "energy");
    this.trail.append(this.area, this.path);
    this.reason = make("p", "reason");
    this.cut = make("p", "cut");
    this.cut.textContent = "Only the end is shown here. The whole text is on the Review page.";
    this.text = make("pre", "text");
    this.text.tabIndex = 0;
    this.text.setAttribute("aria-label", `What ${member.label} says`);
    this.node = document.createTextNode("");
    this.text.append(this.node);
    this.turn = -1;
    this.root.append(head, second, energy, this.trail, this.reason, this.cut, this.text);
    setText(this.name, member.label);
    this.name.title = member.label;
    setText(this.model, member.model);
  }

  draw(member, stream) {
    const { state } = member;
    if (!state) return;
    this.member = member;
    this.drawTrail(member, stream);
    this.root.dataset.state = state.state;
    this.root.classList.toggle("shrunk", SHRUNK.has(state.state) && member.text === "");
    const held = state.state === "answering" && performance.now() - (member.heldAt ?? -HELD_MS) < HELD_MS;
    setText(this.state, held ? "answering, held back" : state.state);
    setText(this.rate, state.rate === null ? "" : `${state.exact ? "" : "about "}${Math.round(state.rate)} tokens/s`);
    setText(this.reason, state.reason);
    this.reason.hidden = !state.reason;
    this.cut.hidden = !member.dropped;
    setMeter(this.meter, state.energy);
    setText(this.energy, state.energy === null ? "" : state.energy.toFixed(2));
    const atEnd = this.text.scrollHeight - this.text.scrollTop - this.text.clientHeight < 24;
    if (this.turn !== member.turn) {
      this.turn = member.turn;
      this.node.data = member.text;
    } else if (member.news) {
      this.node.appendData(member.news);
    }
    if (member.news && atEnd) this.text.scrollTop = this.text.scrollHeight;
    member.news = "";
    this.text.hidden = member.text === "" && !RUNNING.has(state.state);
  }

  drawTrail(member, { moments, minuted, frame }) {
    const place = minuted.indexOf(member.id);
    this.trail.toggleAttribute("hidden", place < 0);
    if (place < 0 || this.drawn === moments.length + moments[0]?.at_ms) return;
    this.drawn = moments.length + moments[0]?.at_ms;
    const points = moments.map((moment) => [moment.at_ms, moment.energies[place] ?? null]);
    const time = span(moments, frame);
    this.path.setAttribute("d", line(points, time, 100, 20));
    this.area.setAttribute("d", area(points, time, 100, 20));
  }

  tick(since) {
    const state = this.member?.state;
    if (!state) return;
    setText(this.elapsed, state.state === "waiting" ? "" : seconds(state.elapsed_ms + (RUNNING.has(state.state) ? since : 0)));
  }
}

// Once a run, so that the columns are on the screen together with the line that holds Stop.
function bringIntoView(stream) {
  const bar = document.querySelector(".st-key-bar");
  if (!bar || stream.shown || stream.over) return;
  stream.shown = true;
  bar.style.scrollMarginTop = "72px";
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  bar.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}

function meter(label) {
  const made = make("div", "meter");
  made.setAttribute("role", "meter");
  made.setAttribute("aria-label", label);
  made.setAttribute("aria-valuemin", "0");
  made.setAttribute("aria-valuemax", "1");
  made.append(make("i", "level"));
  return made;
}

function setMeter(made, value) {
  made.classList.toggle("unknown", value === null);
  made.firstChild.style.width = `${Math.round((value ?? 0) * 100)}%`;
  made.setAttribute("aria-valuenow", (value ?? 0).toFixed(2));
  const words = value === null ? "no reading yet" : value.toFixed(2);
  made.setAttribute("aria-valuetext", words);
  made.title = `Energy: ${words}. Mean probability of the latest tokens where the vendor tells it, otherwise the pace against the member's own best.`;
}
