// One clip after the other: listen, press a key, go on. Every mark is saved as soon as it is given.
import { ask, make, onKeys, Player } from "/static/player.js";

const byId = (id) => document.getElementById(id);
const NAMES = { right: "right", wrong_words: "wrong words", wrong_edges: "wrong edges", bad_audio: "bad audio" };
const ORDER = Object.keys(NAMES);
const player = new Player(byId("clip"));
const name = byId("listener");
let audit;
let at = 0;

const buttons = ORDER.map((mark, place) => {
  const button = make("button", `${NAMES[mark]} `, { type: "button", "aria-pressed": "false", "data-mark": mark });
  button.append(make("kbd", String(place + 1)));
  button.addEventListener("click", () => give(mark));
  return button;
});
byId("marks").replaceChildren(...buttons);

const say = () => {
  const done = audit.clips.filter((id) => audit.marks[id]).length;
  byId("count").textContent = `Clip ${at + 1} of ${audit.clips.length}, ${done} marked`;
  const now = audit.marks[audit.clips[at]];
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.mark === now));
  byId("dots").replaceChildren(
    ...audit.clips.map((id, place) => make("i", null, { class: `${audit.marks[id] ?? ""} ${place === at ? "now" : ""}` })),
  );
};

const show = async (place, options) => {
  at = Math.min(Math.max(place, 0), audit.clips.length - 1);
  say();
  try {
    player.show(await ask(`/api/clips/${encodeURIComponent(audit.clips[at])}`), options);
    byId("error").textContent = "";
  } catch (error) {
    byId("error").textContent = `${error.message} It may be from an earlier selection; go on to the next.`;
  }
};

const give = async (mark) => {
  const id = audit.clips[at];
  try {
    await ask("/api/marks", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ clip_id: id, listener: audit.listener, mark }),
    });
  } catch (error) {
    byId("error").textContent = `The mark was not saved: ${error.message}`;
    return;
  }
  if (mark) audit.marks[id] = mark;
  else delete audit.marks[id];
  if (mark && at + 1 < audit.clips.length) await show(at + 1, { play: true });
  else say();
};

const begin = async () => {
  try {
    audit = await ask(`/api/audit?listener=${encodeURIComponent(name.value)}`);
  } catch (error) {
    byId("error").textContent = error.message;
    byId("judge").hidden = true;
    return;
  }
  localStorage.setItem("listener", name.value);
  byId("judge").hidden = !audit.clips.length;
  byId("error").textContent = audit.clips.length ? "" : "No clips are drawn yet: run `wavelode audit OUT`.";
  if (!audit.clips.length) return;
  const open = audit.clips.findIndex((id) => !audit.marks[id]);
  await show(open < 0 ? 0 : open);
};

name.value = localStorage.getItem("listener") ?? "listener";
name.addEventListener("change", begin);
onKeys({
  " ": () => player.toggle(), r: () => player.from(0),
  ArrowRight: () => show(at + 1), ArrowLeft: () => show(at - 1), 0: () => give(null),
  ...Object.fromEntries(ORDER.map((mark, place) => [String(place + 1), () => give(mark)])),
});
await begin();
