// What the architect found. Every word comes from a repository nobody vouches for: textContent only.

const VIEWS = new WeakMap(); // parentElement -> { root, editing }

export default function (component) {
  const { parentElement, data } = component;
  let view = VIEWS.get(parentElement);
  if (!view) {
    view = { root: make("div", "facts"), told: "" };
    parentElement.append(view.root);
    VIEWS.set(parentElement, view);
  }
  view.component = component;
  const told = JSON.stringify(data.groups);
  if (told !== view.told) {
    view.told = told;
    view.root.replaceChildren(...data.groups.map((group) => section(group, view)));
  }
  return () => {
    view.root.remove();
    VIEWS.delete(parentElement);
  };
}

function section(group, view) {
  const made = make("section", "group");
  if (group.title) made.append(words("h4", "title", group.title));
  const list = make("div", "rows");
  list.setAttribute("role", "list");
  list.append(...group.rows.map((row) => line(row, view)));
  made.append(list);
  return made;
}

function line(row, view) {
  const made = make("div", "row");
  made.setAttribute("role", "listitem");
  made.dataset.field = row.field;
  const what = words("span", "what", row.text);
  made.append(what);
  if (!row.sure) {
    const mark = words("span", "mark", "assumed");
    mark.title = "No file says so: this is the framework's convention or a default. Correct it if it is wrong.";
    made.append(mark);
  }
  if (row.corrected) made.append(words("span", "mark yours", "yours"));
  const where = words("span", "where", row.where);
  where.title = row.note || row.where;
  made.append(where);
  if (row.field) {
    const edit = words("button", "edit", "edit");
    edit.type = "button";
    edit.setAttribute("aria-label", `edit: ${row.text}`); // begins with the word that is seen, for who says it aloud
    edit.addEventListener("click", () => made.replaceWith(editor(row, made, view)));
    made.append(edit);
  }
  return made;
}

function editor(row, shown, view) {
  const form = make("form", "row editor");
  const label = words("label", "what", row.field);
  const input = make("input", "value");
  Object.assign(input, { value: row.value, spellcheck: false, autocomplete: "off" });
  input.setAttribute("aria-label", `${row.field} of ${row.component}`);
  label.append(input);
  const back = () => {
    form.replaceWith(shown);
    shown.querySelector(".edit").focus();
  };
  const save = words("button", "edit save", "save");
  save.type = "submit";
  const cancel = words("button", "edit", "cancel");
  cancel.type = "button";
  cancel.addEventListener("click", back);
  form.append(label, save, cancel);
  form.addEventListener("keydown", (event) => event.key === "Escape" && back());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = input.value.trim();
    if (value !== row.value) view.component.setTriggerValue("correction", { component: row.component, field: row.field, value });
    back();
  });
  requestAnimationFrame(() => input.select());
  return form;
}
