// Working together: the chip in the sidebar, the drawer on every page, and the activity feed. All draw the one room of link.js.

const VIEWS = new WeakMap(); // parentElement -> View
const DRAWER = { open: false };
const SHARED_MS = 120;
const FOR_PYTHON = /^(preset|cwd|session|gen\/|sel\/|state\/|provider\/|member\/)/;

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
    this.root.setAttribute("aria-label", this.kind === "feed" ? "Activity" : "Session");
    parent.append(this.root);
    this.stop = watchRoom((change) => this.changed(change));
    this.chat = this.kind === "dock" ? new Chat(this) : null;
    this.clock = setInterval(() => this.kind === "feed" && this.draw(), 20000);
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
        room.at({ page: data.page, ...(data.path ? { path: data.path } : {}) });
      }
    }
    this.draw();
  }

  close() {
    this.stop();
    clearInterval(this.clock);
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
      const news = { op: change.op?.by !== room?.me && FOR_PYTHON.test(change.key ?? ""), all: true, status: room?.status === "open", ended: true };
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
      this.component.setStateValue("shared", room?.me ? { session: room.wanted.session, role: room.role, seq: room.seq, epoch: room.epoch } : null);
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
      this.root.replaceChildren(open);
      return;
    }
    const line = make("div", "chipline");
    const faces = make("span", "faces");
    for (const [id, person] of [...room.people].filter(([, one]) => one.role).slice(0, 5)) faces.append(face(id, person.name));
    const text = make("span", "who");
    text.append(words("span", "name", room.name || "Session"), words("span", "where", statusWords(room)));
    line.append(text, faces);
    const actions = make("div", "actions");
    actions.append(
      pushButton(room.unread ? `Chat, ${room.unread} unread` : "People and chat", () => openDrawer(!DRAWER.open), "push"),
      pushButton("Leave", () => room.leave(), "plain"),
    );
    this.root.replaceChildren(line, actions);
  }

  drawDock(room) {
    if (!this.tab) this.buildDock();
    const unread = room?.unread ?? 0;
    const here = room ? [...room.people.values()].filter((person) => person.role && person.online).length : 0;
    setText(this.tab, room ? (unread ? `${here} here · ${unread} unread` : `${here} here`) : "Work together");
    this.tab.hidden = DRAWER.open;
    this.tab.classList.toggle("unread", unread > 0);
    this.drawer.hidden = !DRAWER.open;
    if (!DRAWER.open) return;
    setText(this.title, room ? room.name || "Session" : "Work together");
    setText(this.status, room ? statusWords(room) : "");
    this.status.dataset.status = room?.status ?? "";
    if (!room) {
      this.chatShown = false;
      const key = JSON.stringify([this.component.data.off, this.component.data.invited]);
      if (this.doorFor !== key) {
        this.doorFor = key;
        this.body.replaceChildren(door(this));
      } else setText(this.body.querySelector(".problem") ?? make("p", ""), DRAFT.problem);
      return;
    }
    this.doorFor = null;
    if (!this.chatShown) {
      this.chatShown = true;
      this.people = make("div", "peoplebox");
      const foot = make("div", "foot");
      foot.append(invitation(room), pushButton("Leave session", () => room.leave(), "plain"));
      this.body.replaceChildren(this.people, this.chat.root, foot);
    }
    const active = this.root.getRootNode().activeElement;
    if (!this.people.contains(active)) this.people.replaceChildren(peopleList(room, this));
    this.chat.draw(room);
    if (room.unread && document.hasFocus()) {
      room.unread = 0;
      tellAll({ what: "presence", people: [] });
    }
  }

  buildDock() {
    this.tab = pushButton("", () => openDrawer(true), "tab");
    this.tab.setAttribute("aria-haspopup", "dialog");
    this.drawer = make("aside", "drawer");
    this.drawer.setAttribute("aria-label", "People and chat");
    const head = make("header", "top");
    this.title = words("h3", "title", "");
    this.status = words("span", "status", "");
    this.status.setAttribute("role", "status");
    const close = pushButton("Close", () => openDrawer(false), "plain");
    head.append(this.title, this.status, close);
    this.body = make("div", "body");
    this.drawer.append(head, this.body);
    this.drawer.addEventListener("keydown", (event) => event.key === "Escape" && openDrawer(false));
    this.root.append(this.tab, this.drawer);
  }

  drawFeed(room) {
    const lines = room ? joined(room).slice(-200).reverse() : [];
    if (!lines.length) {
      const text = room ? "Nothing has happened in this session yet." : "You are in no session. Create or join one: press Work together.";
      this.root.replaceChildren(words("p", "hint", text));
      return;
    }
    const list = make("ol", "feedlist");
    for (const line of lines) {
      const item = make("li", "event");
      const who = room.nameOf(line.by);
      item.append(face(line.by, who), words("span", "name", who));
      if (line.opens) {
        const open = pushButton(line.text, () => this.component.setTriggerValue("go", { page: line.opens, path: line.path ?? "", run: line.run ?? "" }), "what");
        item.append(open);
      } else item.append(words("span", "said", line.text));
      item.append(timed(line.at));
      list.append(item);
    }
    this.root.replaceChildren(list);
  }
}

function openDrawer(open) {
  DRAWER.open = open;
  tellAll({ what: "presence", people: [] });
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
