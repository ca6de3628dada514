// Energy and diversity over the run, and where the members converged: one thick line; diverged: two thin ones apart.
const HEIGHT = 64;
const SHORTEST_MS = 2_000;
const WORDS = {
  converging: "members converge",
  diverging: "members diverge",
  listening: "nothing to compare yet",
};
const SIGNS = {
  converging: "M2 4l6 4-6 4M22 4l-6 4 6 4M11 8h2",
  diverging: "M8 4l-6 4 6 4M16 4l6 4-6 4M11 8h2",
  listening: "M5 8h.01M12 8h.01M19 8h.01",
};

class Picture {
  constructor() {
    this.root = make("figure", "picture");
    this.root.hidden = true;
    const legend = make("figcaption", "legend");
    this.energy = legendEntry(legend, "energy");
    this.diversity = legendEntry(legend, "diversity");
    this.resonance = make("span", "resonance");
    this.sign = drawing("sign", "0 0 24 16");
    this.sign.setAttribute("aria-hidden", "true");
    this.shape = part("path", "");
    this.sign.append(this.shape);
    this.said = make("span", "said");
    this.resonance.append(this.sign, this.said);
    legend.append(this.resonance);
    this.plot = drawing("plot", `0 0 1000 ${HEIGHT + 12}`);
    this.plot.setAttribute("role", "img");
    for (const at of [0, 0.5, 1]) this.plot.append(part("path", "grid", `M0 ${y(at, HEIGHT)}H1000`));
    this.area = part("path", "area");
    this.plot.append(this.area);
    this.lines = { diversity: part("path", "diversity"), energy: part("path", "energy") };
    this.strip = { converging: part("path", "converging"), diverging: part("path", "diverging"), listening: part("path", "listening") };
    this.plot.append(...Object.values(this.lines), ...Object.values(this.strip));
    this.from = make("span", "from");
    this.to = make("span", "to");
    const scale = make("div", "scale");
    scale.append(this.from, words("span", "unit", "scale 0 to 1"), this.to);
    this.root.append(legend, this.plot, scale);
  }

  // `told` replaces the legend's words once the run is over and its figures are means.
  draw({ moments, frame }, told = null) {
    const known = moments.some((moment) => moment.energy !== null || moment.agreement !== null);
    this.root.hidden = !known;
    if (!known) return;
    setText(this.energy, told?.energy ?? `energy ${figure(frame.energy)}`);
    setText(this.diversity, told?.diversity ?? `diversity ${figure(frame.diversity)}`);
    const how = frame.synced ? WORDS[frame.resonance] : "members are out of step: each streams for itself";
    const pairs = frame.synced && frame.agreement !== null ? `: ${Math.round(frame.agreement * 100)}% of pairs agree` : "";
    setText(this.said, told?.resonance ?? how + pairs);
    this.shape.setAttribute("d", SIGNS[frame.synced ? frame.resonance : "listening"]);
    this.resonance.dataset.resonance = frame.resonance;
    const stamp = moments.length + moments[0].at_ms;
    if (this.drawn === stamp && frame.state === "running") return;
    this.drawn = stamp;
    const time = (this.time = span(moments, frame));
    setText(this.from, seconds(time.from));
    const energies = moments.map((moment) => [moment.at_ms, moment.energy]);
    this.lines.energy.setAttribute("d", line(energies, time, 1000, HEIGHT));
    this.area.setAttribute("d", area(energies, time, 1000, HEIGHT));
    this.lines.diversity.setAttribute("d", line(moments.map((moment) => [moment.at_ms, moment.diversity]), time, 1000, HEIGHT));
    for (const [kind, path] of Object.entries(this.strip)) path.setAttribute("d", strip(moments, kind, time));
    const heard = [this.energy, this.diversity, this.said].map((entry) => entry.textContent).join(", ");
    this.plot.setAttribute("aria-label", `${heard}, after ${seconds(frame.elapsed_ms)}`);
  }

  tick(elapsed) {
    if (this.time) setText(this.to, seconds(Math.max(elapsed, this.time.to)));
  }
}

function legendEntry(legend, kind) {
  const entry = make("span", kind);
  const sample = drawing("sample", "0 0 22 8");
  sample.setAttribute("aria-hidden", "true");
  sample.append(part("path", kind, "M0 4H22"));
  const told = make("span", "told");
  entry.title = EXPLAINED[kind];
  entry.append(sample, told);
  legend.append(entry);
  return told;
}

const EXPLAINED = {
  energy: "Weighted mean of the members' energies: the mean probability of the latest tokens where the vendor tells it, otherwise the pace against the member's own best.",
  diversity: "1 less the likeliest word of all members at the same place: 0 when all are sure of the same word. Known where two members tell probabilities.",
};

function drawing(kind, box) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", kind);
  made.setAttribute("viewBox", box);
  made.setAttribute("preserveAspectRatio", "none");
  return made;
}

function part(tag, kind, outline = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  made.setAttribute("class", kind);
  made.setAttribute("d", outline);
  return made;
}

function y(value, height) {
  return (2 + (1 - value) * (height - 4)).toFixed(1);
}

// What the picture spans: from just before the first reading, so that a long wait for the first token takes no room.
function span(moments, frame) {
  const first = moments.findIndex((moment) => moment.energy !== null || moment.agreement !== null);
  const from = moments[Math.max(0, first - 1)]?.at_ms ?? 0;
  return { from, to: Math.max(frame.elapsed_ms, from + SHORTEST_MS) };
}

function x(at, { from, to }, width) {
  return (Math.max(0, (at - from) / (to - from)) * width).toFixed(1);
}

// A line through the known points; where nothing is known it has a gap.
function line(points, time, width, height) {
  let outline = "";
  let pen = "M";
  for (const [at, value] of points) {
    if (value === null) {
      pen = "M";
      continue;
    }
    outline += `${pen}${x(at, time, width)} ${y(value, height)}`;
    pen = "L";
  }
  return outline;
}

function area(points, time, width, height) {
  const known = points.filter(([, value]) => value !== null);
  if (known.length < 2) return "";
  const [first, last] = [known[0][0], known.at(-1)[0]];
  const foot = y(0, height);
  return `M${x(first, time, width)} ${foot}${line(known, time, width, height).replace("M", "L")}L${x(last, time, width)} ${foot}Z`;
}

function strip(moments, kind, time) {
  const rows = kind === "diverging" ? [HEIGHT + 4, HEIGHT + 10] : [HEIGHT + 7];
  let outline = "";
  moments.forEach((moment, place) => {
    if (moment.resonance !== kind || moment.at_ms < time.from) return;
    const to = moments[place + 1]?.at_ms ?? moment.at_ms;
    for (const row of rows) outline += `M${x(moment.at_ms, time, 1000)} ${row}H${x(to, time, 1000)}`;
  });
  return outline;
}

function figure(value) {
  return value === null ? "not known" : value.toFixed(2);
}

function seconds(milliseconds) {
  return milliseconds < 950 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0)} s`;
}
