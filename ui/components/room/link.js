// The browser's end of a session: one socket a page, kept over reruns and page switches, and what is known of the session.
// Other components find it as globalThis[Symbol.for("omni.room")]; it is null while the page is in no session.

const ROOM = Symbol.for("omni.room");
const LISTENERS = Symbol.for("omni.room.listeners");
const PAUSES_MS = [300, 700, 1500, 3000, 6000, 10000];
const PRESENCE_MS = 120;
const FEED_MOST = 400;
const CHAT_MOST = 400;
const QUIET = new Set(["removed", "session"]);

// Tells a listener that the session has changed, or that the page has entered or left one. Returns the way to stop.
function watchRoom(listener) {
  const all = (globalThis[LISTENERS] ??= new Set());
  all.add(listener);
  return () => all.delete(listener);
}

function currentRoom() {
  return globalThis[ROOM] ?? null;
}

function tellAll(change) {
  for (const listener of [...(globalThis[LISTENERS] ?? [])]) listener(change);
}

async function ask(address, session, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-Omni-Session": session, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(content.error ?? `The server answered ${answer.status}. Reload the page.`), { over: content.over });
  return content;
}

class Room {
  constructor(page, wanted) {
    this.page = page; // the page's token for the routes
    this.wanted = wanted; // {session, name, title, known}
    this.status = "joining"; // joining, open, reconnecting, ended
    this.problem = "";
    this.prefix = [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.sent = 0;
    this.failures = 0;
    this.forget();
    this.open = new Map(); // id -> op that has no answer yet, in the order of sending
    this.settled = new Map(); // id -> what to call with its answer
    this.name = wanted.title || "";
    this.where = null;
    this.typing = false;
    this.unread = 0;
    this.chatSeen = 0;
  }

  forget() {
    this.epoch = null;
    this.seq = 0;
    this.state = new Map(); // key -> {rev, by, at, value}
    this.people = new Map(); // id -> {name, role, online, where, typing}
    this.gone = new Map(); // id -> name of somebody who left, for what they did
    this.chat = [];
    this.feed = [];
    this.role = null;
    this.me = null;
  }

  // -- the socket -----------------------------------------------------------------------------------------------

  async connect() {
    if (this.status === "ended") return;
    const { session, name, title } = this.wanted;
    let ticket;
    try {
      ticket = await ask("/api/session/ticket", this.page, { session: session ?? null, name, title: title ?? "" });
    } catch (problem) {
      if (!this.epoch && !this.wanted.known) return this.end(problem.message);
      if (problem.over) return this.end(problem.message);
      return this.again(problem instanceof TypeError ? "The app cannot be reached." : problem.message);
    }
    if (this.status === "ended") return this.tellLeft(); // left while the ticket was on its way: the app has entered meanwhile
    this.wanted.session = ticket.session;
    let socket;
    try {
      socket = new WebSocket(ticket.url);
    } catch {
      return this.end("This page may not connect to the session's server. Reload the page.");
    }
    this.socket = socket;
    socket.onopen = () => {
      const hello = { type: "hello", token: ticket.token };
      if (this.epoch) hello.resume = { epoch: this.epoch, seq: this.seq };
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = (event) => this.socket === socket && this.heard(JSON.parse(event.data));
    socket.onclose = (event) => this.socket === socket && this.closed(event.code);
  }

  closed(code) {
    this.socket = null;
    clearInterval(this.beat);
    if (this.status === "ended") return;
    const last = { 4009: "You were removed from this session.", 4010: "The session is full.", 4012: "The session ended.", 4029: "This page sent too much." };
    if (code === 4004) {
      if (this.wanted.known) return this.end("The session is over.");
      return this.end("There is no such session. Ask for a new link.");
    }
    if (code in last) return this.end(this.problem || last[code]);
    if (code === 4001 && this.failures > 3) return this.end("The session's server does not let this page in. Reload the page.");
    this.again("");
  }

  again(problem) {
    this.problem = problem;
    this.status = this.epoch ? "reconnecting" : "joining";
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), pause * (0.75 + Math.random() / 2));
    tellAll({ what: "status" });
  }

  end(problem) {
    this.status = "ended";
    this.problem = problem;
    clearTimeout(this.timer);
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    if (globalThis[ROOM] === this) globalThis[ROOM] = null;
    for (const id of [...this.open.keys()]) this.settle(id, { ok: false, message: "The session ended before this was sent." });
    tellAll({ what: "ended", problem });
    this.tellLeft();
  }

  // Tells the app that this page is in the session no more; the page's other parts change once it knows.
  tellLeft() {
    const told = () => tellAll({ what: "left" });
    ask("/api/session/leave", this.page, { session: this.wanted.session ?? "" }).then(told, told);
  }

  leave() {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "leave" }));
    this.end("");
  }

  say(message) {
    if (this.socket?.readyState !== WebSocket.OPEN || this.status !== "open") return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  // -- what comes -----------------------------------------------------------------------------------------------

  heard(message) {
    switch (message.type) {
      case "welcome":
        this.welcomed(message);
        break;
      case "snapshot":
        this.snapshot(message);
        break;
      case "op":
        if (message.seq <= this.seq) return this.settle(message.id, { ok: true, rev: message.seq });
        this.seq = message.seq;
        this.apply(message);
        this.settle(message.id, { ok: true, rev: message.seq });
        break;
      case "ack":
        this.acknowledged(message);
        break;
      case "conflict":
        this.settle(message.id, { ok: false, conflict: message });
        tellAll({ what: "conflict", key: message.key });
        break;
      case "refused":
        this.refused(message);
        break;
      case "presence":
        for (const [id, seen] of Object.entries(message.people)) {
          const person = this.people.get(id);
          if (person) Object.assign(person, seen);
          else this.people.set(id, { name: "", role: "", ...seen });
        }
        tellAll({ what: "presence", people: Object.keys(message.people) });
        break;
      case "bye":
        this.problem = message.message ?? "";
        break;
    }
  }

  welcomed(message) {
    if (!message.resumed) {
      const { epoch, seq, chat, feed, gone, state } = this;
      this.forget(); // one snapshot follows
      // What was said is kept on this page, also when the server that held it has fallen and knows it no more.
      if (epoch) this.before = { chat, feed, same: epoch === message.epoch, seq, session: state.get("session")?.value };
      this.gone = gone;
    }
    this.epoch = message.epoch;
    this.me = message.you;
    this.role = message.role;
    this.name = message.session.name;
    this.limits = message.limits;
    this.status = "open";
    this.failures = 0;
    this.problem = "";
    this.wanted = { ...this.wanted, session: message.session.id, known: true };
    clearInterval(this.beat);
    this.beat = setInterval(() => this.say({ type: "ping" }), 20000);
    if (message.resumed) this.resend();
    this.tellWhere();
    tellAll({ what: "status" });
  }

  snapshot(message) {
    this.state = new Map(Object.entries(message.state));
    this.people = new Map([...this.people].filter(([id]) => this.state.has(`member/${id}`)));
    for (const [key, entry] of this.state) if (key.startsWith("member/")) this.member(key.slice(7), entry.value);
    const before = this.before ?? { chat: this.chat, feed: this.feed, same: true, seq: this.seq };
    this.before = null;
    const first = message.recent[0]?.seq ?? Infinity;
    const older = (ops) => ops.filter((op) => !before.same || op.seq < first);
    this.chat = older(before.chat);
    this.feed = older(before.feed);
    for (const op of message.recent) {
      this.remember(op);
      if (op.key === "chat" && op.by !== this.me && before.seq && (!before.same || op.seq > before.seq)) this.unread += 1;
    }
    this.seq = message.seq;
    this.named();
    this.resend();
    const rule = this.state.get("session")?.value;
    if (before.session && rule && this.role === "owner" && before.session.join_role !== rule.join_role) this.publish("session", before.session);
    tellAll({ what: "all" });
  }

  apply(op) {
    const known = this.state.get(op.key);
    if (op.key.startsWith("member/")) this.member(op.key.slice(7), op.value);
    const event = /^(chat$|run\/|exec\/|git\/|custom\/)/.test(op.key);
    if (!event) {
      if (op.value === null) this.state.delete(op.key);
      else this.state.set(op.key, { rev: op.seq, by: op.by, at: op.at, value: op.value });
    }
    if (op.key === "session") this.named();
    this.remember({ ...op, before: known?.value });
    if (op.key === "chat" && op.by !== this.me) this.unread += 1;
    tellAll({ what: "op", key: op.key, op });
  }

  member(id, value) {
    if (value === null) {
      const person = this.people.get(id);
      if (person) this.gone.set(id, person.name);
      this.people.delete(id);
      return;
    }
    const person = this.people.get(id) ?? { online: true, where: null, typing: false };
    this.people.set(id, Object.assign(person, value));
    if (id === this.me && this.role !== value.role) {
      this.role = value.role;
    }
  }

  named() {
    this.name = this.state.get("session")?.value?.name ?? this.name;
  }

  remember(op) {
    if (op.key === "chat") {
      this.chat.push(op);
      this.chat.splice(0, Math.max(0, this.chat.length - CHAT_MOST));
    } else if (!QUIET.has(op.key.split("/")[0])) {
      this.feed.push(op);
      this.feed.splice(0, Math.max(0, this.feed.length - FEED_MOST));
    }
  }

  acknowledged({ id, seq, rev }) {
    const sent = this.open.get(id);
    if (seq > this.seq) {
      this.seq = seq;
      if (sent?.type === "op") this.apply({ seq, key: sent.key, by: this.me, id, at: Date.now(), value: sent.value });
    }
    this.settle(id, { ok: true, rev });
  }

  refused({ id, code, message, retry_after }) {
    if (code === "rate") {
      setTimeout(() => this.open.has(id) && this.say(this.open.get(id)), Math.max(50, (retry_after ?? 0.2) * 1000));
      return;
    }
    this.settle(id, { ok: false, code, message });
    tellAll({ what: "refused", code, message });
  }

  // Chat messages that are on their way, for as long as the server has not taken them.
  get sending() {
    return [...this.open.values()].filter((op) => op.key === "chat");
  }

  settle(id, answer) {
    this.open.delete(id);
    this.settled.get(id)?.(answer);
    this.settled.delete(id);
  }

  resend() {
    for (const op of this.open.values()) this.say(op);
  }

  // -- what goes ------------------------------------------------------------------------------------------------

  // Sends a change and gives its answer: {ok, rev} or {ok: false, conflict | code, message}. It survives a broken connection.
  send(message, id = `${this.prefix}-${++this.sent}`) {
    const op = { ...message, id };
    this.open.set(id, op);
    const answer = new Promise((resolve) => this.settled.set(id, resolve));
    this.say(op);
    if (op.key === "chat" && this.status !== "open") tellAll({ what: "sending" }); // it waits, and is shown so
    return answer;
  }

  publish(key, value, options = {}) {
    const compared = /^(gen\/|provider\/)|^(preset|cwd|session)$/.test(key);
    const op = { type: "op", key, value };
    if ("base" in options) op.base_rev = options.base;
    else if (compared) op.base_rev = this.state.get(key)?.rev ?? 0;
    return this.send(op, options.id);
  }

  get writes() {
    return this.role === "owner" || this.role === "editor";
  }

  // Returns {text, found}: what may be said of a text, without the secrets that the app found in it. Throws where the app is away.
  cleared(text) {
    return ask("/api/session/cleared", this.page, { text });
  }

  said(text, about) {
    return this.publish("chat", about ? { text, about } : { text });
  }

  at(where) {
    if (JSON.stringify(where) === JSON.stringify(this.where)) return;
    this.where = where;
    this.tellWhere();
  }

  types(typing) {
    if (typing === this.typing) return;
    this.typing = typing;
    this.tellWhere();
  }

  tellWhere() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.say({ type: "presence", where: this.where, typing: this.typing }), PRESENCE_MS);
  }

  nameOf(id) {
    return this.people.get(id)?.name || this.gone.get(id) || "somebody";
  }
}

function enterRoom(page, wanted) {
  const room = new Room(page, wanted);
  globalThis[ROOM] = room;
  tellAll({ what: "status" });
  room.connect();
  return room;
}
