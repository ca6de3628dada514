// The minutes of a council: nothing moves here any more.

const PICTURES = new WeakMap(); // parentElement -> Picture

export default function ({ parentElement, data: { moments, told } }) {
  let picture = PICTURES.get(parentElement);
  if (!picture) {
    picture = new Picture();
    const root = make("div", "minutes");
    root.append(picture.root);
    parentElement.append(root);
    PICTURES.set(parentElement, picture);
  }
  const last = moments.at(-1);
  picture.draw({ moments, frame: { ...last, state: "finished", elapsed_ms: last.at_ms, synced: true } }, told);
  picture.tick(last.at_ms);
  return () => {
    picture.root.parentElement.remove();
    PICTURES.delete(parentElement);
  };
}
