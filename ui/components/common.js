// What the components share; placed before each one's own script. Text from elsewhere is set with textContent, never as markup.

function make(tag, kind) {
  const element = document.createElement(tag);
  element.className = kind;
  return element;
}

function words(tag, kind, text) {
  const element = make(tag, kind);
  element.textContent = text;
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function icon(name, outline) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", `icon ${name}`);
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", outline);
  drawing.append(path);
  return drawing;
}
