// What happened, in words: one line of the activity feed for each op. Text from elsewhere is only ever set with textContent.

// Returns {text, opens} for an op, or null for what is no news; `opens` is the page that shows it.
function told(room, op) {
  const [head, ...rest] = op.key.split("/");
  const name = rest.join("/");
  const value = op.value;
  switch (head) {
    case "member":
      return memberTold(room, op, name);
    case "preset":
      return { text: `chose the preset ${value}`, opens: "generate" };
    case "provider": {
      const what = name === "settings" ? "the advanced parameters" : `the settings of ${name}`;
      return { text: `${value === null ? "cleared" : "changed"} ${what}`, opens: "generate" };
    }
    case "cwd":
      return { text: value ? `went to the folder ${value}` : "went to the top folder", opens: "generate" };
    case "sel":
      return { text: `${value ? "selected" : "unselected"} ${name}`, opens: "generate", many: value ? "selected" : "unselected" };
    case "gen":
      if (value === null) return { text: `took ${name} out of the session`, opens: "collaborate" };
      return { text: op.before ? `changed ${name}` : `shared ${name}`, opens: "collaborate", path: name, many: "shared" };
    case "run":
      return { text: plainText(value?.text, `run ${name}`), opens: value?.state === "running" ? "watch" : "collaborate", run: value?.run };
    case "exec":
      return { text: plainText(value?.text, `ran ${name}`), opens: "deliver" };
    case "git":
      return { text: plainText(value?.text, `Git: ${name}`), opens: "deliver" };
    case "custom":
      return { text: `${name}: ${customText(value)}` };
    case "state":
      return value?.text ? { text: plainText(value.text), opens: value.opens ?? "generate" } : null;
  }
  return null;
}

function memberTold(room, op, id) {
  const own = op.by === id;
  if (op.value === null) return { text: own ? "left" : `took ${room.nameOf(id)} out of the session`, who: own ? id : op.by };
  if (!op.before) return { text: `joined as ${op.value.role}`, who: id };
  if (op.before.role !== op.value.role) return { text: `made ${own ? "themself" : op.value.name} ${op.value.role}`, who: op.by };
  return null;
}

// What another program said: its text, or its message as it stands.
function customText(value) {
  const said = value?.text ?? value?.message ?? value;
  return plainText(typeof said === "string" ? said : JSON.stringify(said), "a message of another program");
}

function plainText(text, otherwise = "") {
  return typeof text === "string" && text.trim() ? text.replace(/\s+/g, " ").trim().slice(0, 300) : otherwise;
}

// Joins lines of one person that say the same of several files within ten seconds.
function joined(room) {
  const lines = [];
  for (const op of room.feed) {
    const said = told(room, op);
    if (!said) continue;
    const line = { ...said, by: said.who ?? op.by, at: op.at, count: 1, seq: op.seq };
    const last = lines.at(-1);
    if (line.many && last?.many === line.many && last.by === line.by && line.at - last.at < 10000) {
      last.count += 1;
      Object.assign(last, { at: line.at, seq: line.seq, text: `${line.many} ${last.count} files` });
    } else lines.push(line);
  }
  return lines;
}

function ago(at) {
  const seconds = Math.max(0, (Date.now() - at) / 1000);
  if (seconds < 10) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function retimed(element) {
  setText(element, ago(new Date(element.dateTime).getTime()));
}

function timed(at) {
  const made = words("time", "when", ago(at));
  made.dateTime = new Date(at).toISOString();
  made.title = new Date(at).toLocaleString();
  return made;
}

// Initials on a tone of their own, the same for everybody who sees this person; the name always stands beside it.
function face(id, name) {
  const letters = [...(name || "?").trim()].slice(0, 1).join("").toUpperCase();
  const made = words("span", "face", letters);
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  made.style.setProperty("--tone", String(hash % 360));
  made.setAttribute("aria-hidden", "true");
  return made;
}
