// Working together: the chip in the sidebar, the drawer on every page, and the activity feed. All draw the one room of link.js.

const VIEWS = new WeakMap(); // parentElement -> View
const DRAWER = { open: false, invited: "" };
const SHARED_MS = 120;
const FOR_PYTHON = /^(preset|session|gen\/|state\/(?!architect)|provider\/|member\/)/;

export default function (component) {
  const { parentElement } = component;
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = new View(parentElement, component);
    VIEWS.set(parentElement, view);
  }
  view.update(component);
  return () => {
    view.close();
    VIEWS.delete(parentElement);
  };
}

class View {
  constructor(parent, component) {
    this.component = component;
    this.kind = component.data.view;
    this.root = make("section", `room ${this.kind}`);
    this.root.setAttribute("aria-label", { chip: "Session", dock: "Working together", feed: "Activity" }[this.kind]);
    parent.append(this.root);
    this.stop = watchRoom((change) => this.changed(change));
    this.chat = this.kind === "dock" ? new Chat(this) : null;
    this.clock = setInterval(() => this.root.querySelectorAll("time").forEach(retimed), 20000);
    this.focused = () => this.draw();
    window.addEventListener("focus", this.focused);
    this.reports = 0;
  }

  update(component) {
    this.component = component;
    const { data } = component;
    if (this.kind === "dock") {
      const room = currentRoom();
      if (!room && data.room && !this.refused) {
        enterRoom(data.session, { ...data.room, known: true });
        return;
      }
      if (room) {
        room.page = data.session;
        room.at({ page: data.page, ...(data.path ? { path: data.path } : {}), ...(FOLLOW.who ? { follows: FOLLOW.who } : {}) });
      }
    }
    this.draw();
  }

  close() {
    this.stop();
    clearInterval(this.clock);
    window.removeEventListener("focus", this.focused);
    clearTimeout(this.reporting);
    cancelAnimationFrame(this.frame);
    this.root.remove();
  }

  changed(change) {
    if (change.what === "ended") {
      DRAFT.problem = change.problem;
      this.refused = true;
    }
    if (this.kind === "dock") {
      const room = currentRoom();
      if (change.what === "presence" && FOLLOW.who && change.people?.includes(FOLLOW.who) && room) followed(room, this, FOLLOW.who);
      const news = { op: change.op?.by !== room?.me && FOR_PYTHON.test(change.key ?? ""), all: true, status: room?.status === "open", left: !room };
      if (news[change.what]) this.report();
    }
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  // Tells Python that what is shared has changed, a few times a second at most: the app keeps a copy of its own and reads it there.
  report() {
    this.reporting ??= setTimeout(() => {
      this.reporting = null;
      const room = currentRoom();
      this.component.setStateValue("shared", { session: room?.me ? room.wanted.session : "", role: room?.role ?? "", seq: room?.seq ?? 0, epoch: room?.epoch ?? "", count: ++this.reports });
    }, SHARED_MS);
  }

  // -- what is seen ---------------------------------------------------------------------------------------------

  draw() {
    const room = currentRoom();
    if (this.kind === "chip") this.drawChip(room);
    else if (this.kind === "feed") this.drawFeed(room);
    else this.drawDock(room);
  }

  drawChip(room) {
    const { data } = this.component;
    if (!room) {
      const text = data.off ? "Collaboration is off" : "Work together";
      const open = pushButton(text, () => openDrawer(true), "push wide");
      open.title = data.off || "Create a session, or join one";
      refill(this.root, [open]);
      return;
    }
    const line = make("div", "chipline");
    const faces = make("span", "faces");
    for (const [id, person] of [...room.people].filter(([, one]) => one.role).slice(0, 5)) faces.append(face(id, person.name));
    const text = make("span", "who");
    text.append(words("span", "name", room.name || "Session"), words("span", "where", statusWords(room)));
    line.append(text, faces);
    const actions = make("div", "actions");
    const open = pushButton(room.unread ? `Chat, ${room.unread} unread` : "People and chat", () => openDrawer(!DRAWER.open), "push");
    open.dataset.key = "open"; // the words change, the focus stays
    actions.append(open, pushButton("Leave", () => room.leave(), "plain"));
    refill(this.root, [line, actions]);
  }

  drawDock(room) {
    if (!this.tab) this.buildDock();
    const { invited, off } = this.component.data;
    if (invited && invited !== DRAWER.invited && !off) {
      DRAWER.invited = invited; // once: who closes the door is not asked again
      if (!room) openDrawer(true);
    }
    const unread = room?.unread ?? 0;
    const here = room ? [...room.people.values()].filter((person) => person.role && person.online).length : 0;
    const lost = room?.status === "reconnecting";
    const unreadWords = unread ? `${unread} unread` : "";
    setText(this.tab, room ? [lost ? "Connection lost" : `${here} here`, unreadWords].filter(Boolean).join(" · ") : "Work together");
    setText(this.aside, DRAWER.open ? "" : [lost ? statusWords(room) : "", unreadWords].filter(Boolean).join(", "));
    this.tab.hidden = DRAWER.open;
    this.tab.classList.toggle("unread", unread > 0);
    const opening = DRAWER.open && this.drawer.hidden;
    this.drawer.hidden = !DRAWER.open;
    if (!DRAWER.open) return;
    if (opening && DRAWER.asked) queueMicrotask(() => this.enter());
    setText(this.title, room ? room.name || "Session" : "Work together");
    setText(this.status, room ? statusWords(room) : "");
    this.status.dataset.status = room?.status ?? "";
    if (!room) {
      this.chatShown = null;
      const key = JSON.stringify([this.component.data.off, this.component.data.invited]);
      if (this.doorFor !== key) {
        this.doorFor = key;
        this.body.replaceChildren(door(this));
        if (DRAWER.leaving) this.enter();
        DRAWER.leaving = false;
      } else setText(this.body.querySelector(".problem") ?? make("p", ""), DRAFT.problem);
      return;
    }
    this.doorFor = null;
    if (!room.me) {
      this.chatShown = null;
      refill(this.body, [words("p", "hint", statusWords(room)), pushButton("Cancel", () => room.leave(), "plain")]);
      return;
    }
    if (this.chatShown !== room) {
      this.chatShown = room;
      this.people = make("div", "peoplebox");
      const foot = make("div", "foot");
      const leave = () => {
        DRAWER.leaving = true; // the cursor goes on to the door
        room.leave();
      };
      foot.append(invitation(room), pushButton("Leave session", leave, "plain"));
      this.rules = rules(room);
      this.body.replaceChildren(this.people, this.rules, this.chat.root, foot);
      if (DRAWER.entering) this.chat.input.focus();
      DRAWER.entering = false;
    }
    const chosen = this.root.getRootNode().activeElement;
    const choosing = chosen?.dataset?.open && this.people.contains(chosen) && !chosen.dataset.chosen;
    if (!choosing) refill(this.people, [peopleList(room, this)]);
    if (ASKED.fresh) {
      ASKED.fresh = false;
      (afterAsking(this.people) ?? this.chat.input).focus();
    }
    this.rules.drawn();
    this.chat.draw(room);
    if (room.unread && document.hasFocus()) {
      room.unread = 0;
      tellAll({ what: "presence", people: [] });
    }
  }

  buildDock() {
    this.tab = pushButton("", () => openDrawer(true), "tab");
    this.tab.setAttribute("aria-haspopup", "dialog");
    this.drawer = make("div", "drawer");
    this.drawer.setAttribute("role", "dialog");
    this.drawer.setAttribute("aria-label", "People and chat");
    const head = make("header", "top");
    this.title = words("h3", "title", "");
    this.status = words("span", "status", "");
    this.status.setAttribute("role", "status");
    const close = pushButton("Close", () => openDrawer(false), "plain");
    head.append(this.title, this.status, close);
    this.body = make("div", "body");
    this.drawer.append(head, this.body);
    this.drawer.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      openDrawer(false);
    });
    this.aside = make("p", "aside"); // what a screen reader is told while the drawer is closed
    this.aside.setAttribute("role", "status");
    this.root.append(this.tab, this.drawer, this.aside);
  }

  // Puts the cursor where one goes on: the message, or the first empty field of the door.
  enter() {
    DRAWER.asked = false;
    const fields = [...this.body.querySelectorAll(".input")].filter((one) => !one.readOnly && !one.hidden);
    (currentRoom() ? this.chat.input : (fields.find((one) => !one.value) ?? fields[0]))?.focus();
  }

  drawFeed(room) {
    const lines = room ? joined(room).slice(-200).reverse() : [];
    if (!lines.length) {
      const text = room ? "Nothing has happened in this session yet." : "You are in no session. Create or join one: press Work together.";
      refill(this.root, [words("p", "hint", text)]);
      return;
    }
    const list = make("ol", "feedlist");
    list.setAttribute("aria-label", "What happened, newest first");
    for (const line of lines) {
      const item = make("li", "event");
      const who = room.nameOf(line.by);
      item.append(face(line.by, who), words("span", "name", who));
      if (line.opens) {
        const open = pushButton(line.text, () => this.component.setTriggerValue("go", { page: line.opens, path: line.path ?? "", run: line.run ?? "" }), "what");
        open.dataset.key = `${line.seq}`;
        item.append(open);
      } else item.append(words("span", "said", line.text));
      item.append(timed(line.at));
      list.append(item);
    }
    refill(this.root, [list]);
  }
}

// Opens the drawer with the cursor in it; closing gives the focus back to where it came from.
function openDrawer(open) {
  if (open && !DRAWER.open) {
    DRAWER.asked = true;
    DRAWER.from = deepest(document);
  }
  const back = !open && DRAWER.open ? DRAWER.from : null;
  DRAWER.open = open;
  tellAll({ what: "drawer" });
  if (back) requestAnimationFrame(() => requestAnimationFrame(() => back.isConnected && back.focus({ preventScroll: true })));
}

function deepest(root) {
  const active = root.activeElement;
  return active?.shadowRoot?.activeElement ? deepest(active.shadowRoot) : active;
}

// Puts new content in place of the old and keeps the focus on the element that stands for the same thing.
function refill(box, content) {
  const active = box.getRootNode().activeElement;
  const keyOf = (element) => element.dataset.key ?? element.getAttribute("aria-label") ?? element.textContent;
  const key = active && active !== box && box.contains(active) ? keyOf(active) : null;
  box.replaceChildren(...content);
  if (key !== null) [...box.querySelectorAll("button, select, input")].find((element) => keyOf(element) === key)?.focus({ preventScroll: true });
}

function statusWords(room) {
  const role = room.role ? `you are ${room.role === "owner" ? "the owner" : room.role === "editor" ? "an editor" : "a viewer"}` : "";
  switch (room.status) {
    case "open":
      return role;
    case "joining":
      return room.problem || "joining";
    case "reconnecting":
      return "connection lost, reconnecting";
  }
  return room.problem;
}
