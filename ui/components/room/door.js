// The door of a session: create one, or join one by its id or link. Kept while typing, whatever the page does meanwhile.

const DRAFT = { name: remembered("omni-name"), title: "", link: "", problem: "" };

function remembered(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function field(label, key, placeholder) {
  const wrapper = make("label", "field");
  const input = make("input", "input");
  Object.assign(input, { value: DRAFT[key], placeholder, spellcheck: false, autocomplete: "off", maxLength: 300 });
  input.addEventListener("input", () => (DRAFT[key] = input.value));
  wrapper.append(words("span", "label", label), input);
  return wrapper;
}

function pushButton(text, act, kind = "push") {
  const made = words("button", kind, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// The id in what somebody pasted: the bare id, or a link that carries it.
function sessionIn(text) {
  const found = text.trim().match(/(?:session=)?([A-Za-z0-9_-]{20,64})$/);
  return found ? found[1] : "";
}

function door(view) {
  const { data } = view.component;
  const made = make("div", "door");
  if (data.off) {
    made.append(words("p", "hint", data.off));
    return made;
  }
  if (data.invited && !DRAFT.link) DRAFT.link = data.invited;
  made.append(field("Your name", "name", "as the others see you"));
  const enter = (wanted) => {
    DRAFT.name = DRAFT.name.trim();
    if (!DRAFT.name) return refuse(made, "Say your name first, so that the others know who you are.");
    try {
      localStorage.setItem("omni-name", DRAFT.name);
    } catch {
      // a browser that keeps nothing: the name is asked for again
    }
    DRAFT.problem = "";
    DRAWER.entering = true; // the cursor goes on to the message once it is in
    enterRoom(data.session, { name: DRAFT.name, ...wanted });
  };
  const create = make("form", "way");
  create.append(field("New session", "title", data.suggested || "what you work on"), submit("Create session"));
  create.addEventListener("submit", (event) => {
    event.preventDefault();
    enter({ title: DRAFT.title.trim() || data.suggested || "Session" });
  });
  const join = make("form", "way");
  join.append(field("Join a session", "link", "its id or link"), submit("Join"));
  join.addEventListener("submit", (event) => {
    event.preventDefault();
    const session = sessionIn(DRAFT.link);
    if (!session) return refuse(made, "That is no session's id or link. Copy it from a colleague's page: People, Copy link.");
    enter({ session });
  });
  if (data.invited) made.append(join, create);
  else made.append(create, join);
  made.append(words("p", "problem", DRAFT.problem));
  made.lastChild.setAttribute("role", "alert");
  return made;
}

function submit(text) {
  const made = words("button", "push main", text);
  made.type = "submit";
  return made;
}

function refuse(made, problem) {
  DRAFT.problem = problem;
  setText(made.querySelector(".problem"), problem);
}
