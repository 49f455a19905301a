// The list of clips: the address holds the question, so that it can be kept and passed on.
import { ask, clock, make, onKeys, seconds, share } from "/static/player.js";

const byId = (id) => document.getElementById(id);
const form = byId("ask");
const sound = byId("sound");
const HEADS = [
  ["", null], ["text", null], ["where", null], ["length", "duration_s"], ["sure", "p_correct"],
  ["errors", "cer"], ["SNR", "snr_db"],
];
const NAMES = {
  shelf: "kind", asr_reason: "text not believed", recording_id: "recording", duration_s: "length, s",
  snr_db: "SNR, dB", p_correct: "probability", alignment_score: "score", cer: "error rate",
};
const question = () => new URLSearchParams(location.search);

const go = (change) => {
  const now = question();
  for (const [name, value] of Object.entries(change)) value === "" || value == null ? now.delete(name) : now.set(name, value);
  history.pushState(null, "", now.size ? `?${now}` : location.pathname);
  show();
};

const field = (name, values) => {
  const label = make("label", NAMES[name] ?? name);
  const select = make("select", null, { name });
  select.append(make("option", "all", { value: "" }), ...values.map((value) => make("option", value, { value })));
  label.append(select);
  return label;
};

const range = (name) => {
  const label = make("label", NAMES[name]);
  const pair = make("span", null, { class: "pair" });
  for (const [end, says] of [["min", "from"], ["max", "to"]])
    pair.append(make("input", null, { name: `${name}_${end}`, placeholder: says, inputmode: "decimal", "aria-label": `${NAMES[name]} ${says}` }));
  label.append(pair);
  return label;
};

const heads = (order) =>
  HEADS.map(([title, column]) => {
    const cell = make("th", column ? null : title, { scope: "col", class: column ? "num" : title });
    if (!column) return cell;
    const down = order === `-${column}`;
    const up = order === column;
    const button = make("button", title + (up ? " ↑" : down ? " ↓" : ""), { type: "button" });
    button.addEventListener("click", () => go({ order: up ? `-${column}` : down ? "" : column, page: "" }));
    if (up || down) cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    cell.append(button);
    return cell;
  });

const play = (id, button) => {
  const wasPlaying = button.getAttribute("aria-pressed") === "true";
  for (const other of document.querySelectorAll(".play")) other.setAttribute("aria-pressed", "false");
  sound.pause();
  if (wasPlaying) return;
  sound.src = `/sound/${encodeURIComponent(id)}`;
  button.setAttribute("aria-pressed", "true");
  sound.onended = () => button.setAttribute("aria-pressed", "false");
  sound.play().catch(() => button.setAttribute("aria-pressed", "false"));
};

const row = (clip) => {
  const line = make("tr");
  const button = make("button", "▸", { type: "button", class: "play", "aria-label": "Play", "aria-pressed": "false" });
  button.addEventListener("click", () => play(clip.clip_id, button));
  const text = make("td", null, { class: "text", lang: clip.language ?? "", dir: "auto" });
  const link = make("a", clip.shelf === "asr" ? clip.text : clip.asr_text || "speech without text", { href: `/clip/${encodeURIComponent(clip.clip_id)}` });
  text.append(link);
  if (clip.asr_reason) text.append(make("small", `text not believed: ${clip.asr_reason.replaceAll("_", " ")}`));
  const cells = [
    [`${clip.recording_id} at ${clock(clip.start_s)}`, "where"], [seconds(clip.duration_s), "num"],
    [share(clip.p_correct ?? clip.alignment_score), "num"], [share(clip.cer), "num"],
    [clip.snr_db == null ? "–" : `${clip.snr_db.toFixed(0)} dB`, "num"],
  ];
  const first = make("td");
  first.append(button);
  line.append(first, text, ...cells.map(([said, kind]) => make("td", said, { class: kind })));
  return line;
};

const show = async () => {
  const now = question();
  for (const input of form.elements) if (input.name && document.activeElement !== input) input.value = now.get(input.name) ?? "";
  byId("heads").replaceChildren(...heads(now.get("order")));
  try {
    const { count, exact, rows, page, size } = await ask(`/api/clips?${now}`);
    if (String(now) !== String(question())) return; // a later question is on its way
    byId("rows").replaceChildren(...rows.map(row));
    byId("count").textContent = `${exact ? "" : "about "}${count.toLocaleString("en", { maximumSignificantDigits: exact ? 21 : 2 })} ${count === 1 ? "clip" : "clips"}`;
    byId("at").textContent = count ? `${page * size + 1} to ${page * size + rows.length}` : "";
    byId("back").disabled = page === 0;
    byId("forth").disabled = exact ? (page + 1) * size >= count : rows.length < size;
  } catch (error) {
    byId("rows").replaceChildren();
    byId("count").replaceChildren(make("span", error.message, { class: "error" }));
  }
};

const turn = (by) => go({ page: Math.max(Number(question().get("page") ?? 0) + by, 0) || "" });
let waiting;
form.addEventListener("input", (event) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => go({ [event.target.name]: event.target.value, page: "" }), 250);
});
form.addEventListener("submit", (event) => event.preventDefault());
byId("back").addEventListener("click", () => turn(-1));
byId("forth").addEventListener("click", () => turn(1));
onKeys({
  "/": () => byId("q").focus(),
  n: () => byId("forth").disabled || turn(1),
  p: () => Number(question().get("page") ?? 0) > 0 && turn(-1),
});
addEventListener("popstate", show);

const { facets, ranges } = await ask("/api/facets");
const chosen = Object.entries(facets).filter(([, values]) => values.length > 1).map(([name, values]) => field(name, values));
byId("facets").replaceChildren(...chosen, ...ranges.map(range));
await show();
