// An answer while it comes. What a model says is only ever set as text, never as markup; the page lays it out fully once it is complete.

const STREAMS = new Map(); // job -> Stream; outlives a rerun of the page
const VIEWS = new WeakMap(); // parentElement -> View
const RETRIES_MS = [300, 700, 1500, 2500, 4000];
const SHOWN = 40_000; // characters of one voice on the screen while it comes

export default function (component) {
  const { parentElement, data } = component;
  let view = VIEWS.get(parentElement);
  if (!view || view.stream.job !== data.job) {
    view?.close();
    let stream = STREAMS.get(data.job);
    if (!stream) {
      STREAMS.clear();
      STREAMS.set(data.job, (stream = new Stream(data.job, data.session)));
    }
    view = new View(parentElement, stream);
    VIEWS.set(parentElement, view);
  }
  view.component = component;
  view.draw();
  return () => {
    view.close();
    VIEWS.delete(parentElement);
  };
}

class Stream {
  constructor(job, session) {
    this.job = job;
    this.session = session;
    this.voices = new Map();
    this.frame = null;
    this.over = false;
    this.problem = "";
    this.failures = 0;
    this.view = null;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/answer`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ session: this.session, job: this.job }));
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = () => this.closed();
  }

  stop() {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send('{"stop":true}');
  }

  take(frame) {
    this.failures = 0;
    this.problem = "";
    this.frame = frame;
    this.over = frame.over;
    for (const { id, label, state, text, reset } of frame.voices) {
      const voice = this.voices.get(id) ?? { text: "" };
      this.voices.set(id, { label, state, text: ((reset ? "" : voice.text) + text).slice(-SHOWN) });
    }
    this.socket.send(`{"ack":${frame.n}}`);
    this.view?.draw();
  }

  closed() {
    if (this.over) return;
    if (this.failures >= RETRIES_MS.length) {
      this.problem = "The connection was lost. The answer is shown here when it is complete.";
    } else {
      setTimeout(() => this.connect(), RETRIES_MS[this.failures]);
      this.failures += 1;
    }
    this.view?.draw();
  }
}

class View {
  constructor(parent, stream) {
    this.stream = stream;
    this.root = make("div", "answer");
    this.badges = make("div", "badges");
    this.doing = words("p", "doing", "");
    this.doing.setAttribute("role", "status");
    this.board = make("div", "board");
    this.notes = make("div", "notes");
    this.root.append(this.badges, this.doing, this.board, this.notes);
    this.shown = new Map();
    parent.append(this.root);
    stream.view = this;
    // The page's own Stop button reaches the answer through Python; this tells it at once, however busy the page is.
    this.onStop = (event) => event.target.closest?.(".st-key-ask_stop button") && stream.stop();
    document.addEventListener("click", this.onStop, true);
  }

  close() {
    document.removeEventListener("click", this.onStop, true);
    if (this.stream.view === this) this.stream.view = null;
    this.root.remove();
  }

  draw() {
    const { frame, voices, problem } = this.stream;
    if (frame && this.badges.childElementCount !== frame.badges.length) {
      this.badges.replaceChildren(...frame.badges.map((text) => words("span", "badge", text)));
      this.badges.title = frame.why;
    }
    const said = [...voices].filter(([id, voice]) => voice.text && (id === "" || !voices.get("")?.text));
    setText(this.doing, problem || (frame?.doing ?? "Starting"));
    this.doing.hidden = said.length > 0 && !problem;
    for (const [id, shown] of this.shown) {
      if (!said.some(([other]) => other === id)) {
        shown.root.remove();
        this.shown.delete(id);
      }
    }
    for (const [id, voice] of said) {
      let shown = this.shown.get(id);
      if (!shown) {
        shown = new Voice(Boolean(id));
        this.shown.set(id, shown);
        this.board.append(shown.root);
      }
      shown.draw(voice);
    }
    if (frame && this.notes.childElementCount !== frame.notes.length) {
      this.notes.replaceChildren(...frame.notes.map((text) => words("p", "note", text)));
    }
    if (this.stream.over && !this.stream.reported) {
      this.stream.reported = true;
      this.component.setTriggerValue("ended", this.stream.job);
    }
  }
}

class Voice {
  constructor(named) {
    this.root = make("section", "voice");
    this.who = words("p", "who", "");
    this.said = make("div", "said");
    this.who.hidden = !named;
    this.root.append(this.who, this.said);
    this.drawn = [];
  }

  draw({ label, state, text }) {
    setText(this.who, `${label} · ${state}`);
    const blocks = blocksOf(text);
    let same = 0;
    while (same < blocks.length && blocks[same] === this.drawn[same]) same += 1;
    while (this.said.childElementCount > same) this.said.lastChild.remove();
    this.said.append(...blocks.slice(same).map(laidOut));
    this.drawn = blocks;
  }
}

// Paragraphs and fenced code; a fence that is still open holds what came so far. Only blocks that changed are drawn again.
function blocksOf(text) {
  return text.split(/^(```[^\n]*\n[\s\S]*?(?:^```[^\S\n]*$|$(?![\s\S])))/m).flatMap((part) => (part.startsWith("```") ? [part] : part.split(/\n{2,}/).filter((block) => block.trim())));
}

function laidOut(block) {
  if (block.startsWith("```")) {
    const code = make("pre", "code");
    code.append(words("code", "", block.replace(/^```[^\n]*\n/, "").replace(/\n?```\s*$/, "")));
    return code;
  }
  const head = /^#{1,6}\s+/.exec(block);
  const paragraph = make("p", head ? "head" : "text");
  for (const piece of block.trim().slice(head ? head[0].length : 0).split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/)) {
    if (/^`.+`$/.test(piece)) paragraph.append(words("code", "", piece.slice(1, -1)));
    else if (/^\*\*.+\*\*$/.test(piece)) paragraph.append(words("strong", "", piece.slice(2, -2)));
    else paragraph.append(piece);
  }
  return paragraph;
}
