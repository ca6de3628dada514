// Who is here: name, role, what they look at; the owner's ways to promote, demote and remove; follow a colleague.

const ROLE_WORDS = { owner: "owner", editor: "editor", viewer: "viewer" };
const FOLLOW = { who: null };
const ASKED = { who: null, from: null, act: "", fresh: false }; // what cannot be taken back is asked again first

function whereabouts(person) {
  if (!person.online) return "away";
  if (person.typing) return "typing";
  const where = person.where;
  if (!where?.page) return "here";
  const page = String(where.page);
  return where.path ? `${page[0].toUpperCase()}${page.slice(1)}: ${where.path}` : page[0].toUpperCase() + page.slice(1);
}

function peopleList(room, view) {
  const list = make("ul", "people");
  list.setAttribute("aria-label", "Participants");
  const order = { owner: 0, editor: 1, viewer: 2 };
  const everyone = [...room.people].filter(([, person]) => person.role);
  everyone.sort(([a, one], [b, two]) => (a === room.me ? -1 : b === room.me ? 1 : order[one.role] - order[two.role] || one.name.localeCompare(two.name)));
  for (const [id, person] of everyone) list.append(personLine(room, id, person, view));
  return list;
}

function personLine(room, id, person, view) {
  const line = make("li", "person");
  line.dataset.person = id;
  const me = id === room.me;
  line.classList.toggle("away", !person.online);
  const text = make("span", "who");
  text.append(words("span", "name", me ? `${person.name} (you)` : person.name), words("span", "where", whereabouts(person)));
  line.append(face(id, person.name), text);
  if (room.role === "owner" && !me) {
    const role = make("select", "role");
    role.setAttribute("aria-label", `Role of ${person.name}`);
    for (const name of Object.keys(ROLE_WORDS)) {
      const option = words("option", "", ROLE_WORDS[name]);
      option.value = name;
      option.selected = name === person.role;
      role.append(option);
    }
    role.addEventListener("pointerdown", () => (role.dataset.open = "yes"));
    role.addEventListener("keydown", (event) => [" ", "Enter", "ArrowDown", "ArrowUp"].includes(event.key) && (role.dataset.open = "yes"));
    role.addEventListener("blur", () => delete role.dataset.open);
    role.addEventListener("change", () => {
      role.dataset.chosen = "yes"; // the list is drawn again by what the server says, not while it is being chosen from
      if (role.value === "owner") askAgain(id, "owner");
      else room.send({ type: "role", who: id, role: role.value });
    });
    line.append(role);
    const away = pushButton("Remove", () => askAgain(id, "remove"), "plain");
    away.setAttribute("aria-label", `Remove ${person.name}`);
    line.append(away);
  } else {
    line.append(words("span", "badge", ROLE_WORDS[person.role] ?? ""));
  }
  if (!me) {
    const follows = FOLLOW.who === id;
    const follow = pushButton(follows ? "Following" : "Follow", () => {
      FOLLOW.who = follows ? null : id;
      if (!follows) followed(room, view, id);
      tellAll({ what: "presence", people: [id] });
    }, "plain");
    follow.setAttribute("aria-pressed", String(follows));
    follow.dataset.key = `follow-${id}`;
    follow.setAttribute("aria-label", `${follows ? "Stop following" : "Follow"} ${person.name}`);
    line.append(follow);
  }
  if (ASKED.who === id && room.role === "owner") line.append(askedAgain(room, id, person));
  return line;
}

// Where the cursor goes on: the answer to what is asked, then the line it was asked in; null where that one is gone.
function afterAsking(list) {
  const line = [...list.querySelectorAll(".person")].find((one) => one.dataset.person === ASKED.from);
  return list.querySelector(".again button") ?? line?.querySelector("button") ?? null;
}

function askAgain(who, act) {
  Object.assign(ASKED, { who, from: who ?? ASKED.from, act, fresh: true });
  tellAll({ what: "presence", people: [] });
}

// One more question in the person's own line, the cursor on the answer that does it; Escape and Keep leave all as it is.
function askedAgain(room, id, person) {
  const removes = ASKED.act === "remove";
  const made = make("div", "again");
  made.setAttribute("role", "group");
  const text = removes ? `Remove ${person.name}? There is no way back into this session.` : `Make ${person.name} the owner? You become an editor.`;
  made.setAttribute("aria-label", text);
  const close = () => askAgain(null, "");
  const does = pushButton(removes ? "Remove for good" : "Hand over", () => {
    room.send(removes ? { type: "remove", who: id } : { type: "role", who: id, role: "owner" });
    close();
  });
  does.dataset.key = "does";
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  made.append(words("span", "hint", text), does, pushButton("Keep", close, "plain"));
  return made;
}

// Goes where the colleague is, when that is another page than ours.
function followed(room, view, id) {
  const where = room.people.get(id)?.where;
  const page = where?.page;
  if (where?.follows === room.me) FOLLOW.who = null; // two who follow each other would never come to rest
  else if (page && page !== view.component.data.page) view.component.setTriggerValue("go", { page: String(page) });
}

// The owner's say about the session itself: what it is called, and what who comes anew may do.
function rules(room) {
  const made = make("details", "rules");
  made.append(words("summary", "", "Name and newcomers"));
  const named = make("label", "field");
  const name = make("input", "input");
  Object.assign(name, { maxLength: 60, autocomplete: "off", spellcheck: false });
  named.append(words("span", "label", "Name of the session"), name);
  const newcomers = make("label", "field");
  const role = make("select", "role");
  for (const [value, text] of [["editor", "edit"], ["viewer", "only watch"]]) {
    const option = words("option", "", text);
    option.value = value;
    role.append(option);
  }
  newcomers.append(words("span", "label", "Newcomers may"), role);
  const problem = words("p", "problem", "");
  problem.setAttribute("role", "alert");
  const tell = async () => {
    const now = room.state.get("session")?.value ?? {};
    const wanted = { name: name.value.trim() || now.name, join_role: role.value };
    if (wanted.name === now.name && wanted.join_role === now.join_role) return;
    try {
      wanted.name = (await room.cleared(wanted.name)).text;
    } catch {
      return setText(problem, "Not changed: the app cannot be reached.");
    }
    const answer = await room.publish("session", wanted);
    setText(problem, answer.ok ? "" : (answer.message ?? "It was changed meanwhile; look again."));
  };
  name.addEventListener("change", tell);
  role.addEventListener("change", tell);
  made.append(named, newcomers, problem);
  made.drawn = () => {
    made.hidden = room.role !== "owner";
    const now = room.state.get("session")?.value;
    const active = made.getRootNode().activeElement;
    if (now && active !== name) name.value = now.name;
    if (now && active !== role) role.value = now.join_role;
  };
  return made;
}

function invitation(room) {
  const made = make("div", "invite");
  const link = `${location.origin}/collaborate?session=${room.wanted.session}`;
  const said = words("span", "hint", "The link alone opens nothing: who follows it must be signed in to this app.");
  const copy = pushButton("Copy link", async () => {
    try {
      await navigator.clipboard.writeText(link);
      setText(copy, "Copied");
    } catch {
      shown.hidden = false;
      shown.select();
    }
    setTimeout(() => setText(copy, "Copy link"), 2000);
  });
  const shown = make("input", "input link");
  Object.assign(shown, { value: link, readOnly: true, hidden: true });
  shown.setAttribute("aria-label", "Link to this session");
  made.append(copy, shown, said);
  return made;
}
