// A clip with its waveform, its words lit as they are spoken, and the printed page it was read from.
// Whatever comes from documents is put in as text, never as markup.
import WaveSurfer from "/static/vendor/wavesurfer.esm.js";

export const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  if (text != null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

export const ask = async (address, options) => {
  const answer = await fetch(address, options);
  const held = await answer.json();
  if (!answer.ok) throw new Error(held.error);
  return held;
};

export const seconds = (value) => (value == null ? "–" : `${value.toFixed(1)} s`);
export const share = (value) => (value == null ? "–" : value.toFixed(2));

export const clock = (value) => {
  const whole = Math.floor(value ?? 0);
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The text as it is printed, cut into its words by the times that are known of them.
const wordSpans = (clip) => {
  const text = clip.text ?? "";
  const parts = [];
  let at = 0;
  for (const word of clip.words ?? []) {
    const found = text.indexOf(word.word, at);
    if (found < 0) continue;
    if (found > at) parts.push(document.createTextNode(text.slice(at, found)));
    const span = make("span", word.word, { "data-start": word.start_s, "data-end": word.end_s });
    parts.push(span);
    at = found + word.word.length;
  }
  if (at < text.length) parts.push(document.createTextNode(text.slice(at)));
  return parts;
};

export class Player {
  constructor(root) {
    this.wave = root.querySelector(".wave");
    this.words = root.querySelector(".words");
    this.heard = root.querySelector(".heard");
    this.print = root.querySelector(".print");
    this.surfer = null;
    this.words.addEventListener("click", (event) => this.from(event.target.dataset.start));
  }

  show(clip, { play = false } = {}) {
    this.clip = clip;
    this.words.replaceChildren(...wordSpans(clip));
    this.words.lang = clip.language ?? "";
    this.words.dir = "auto";
    this.heard.replaceChildren(make("b", "heard", { class: "tag" }), clip.asr_text || "nothing");
    this.showPage(clip);
    this.surfer?.destroy();
    this.wave.replaceChildren();
    this.surfer = WaveSurfer.create({
      container: this.wave, url: `/sound/${encodeURIComponent(clip.clip_id)}`, height: 84, normalize: true,
      waveColor: colour("--line"), progressColor: colour("--asr"), cursorColor: colour("--failed"),
      barWidth: 2, barGap: 1, barRadius: 2,
    });
    this.surfer.on("timeupdate", (time) => this.light(time));
    this.surfer.on("finish", () => this.light(-1));
    this.surfer.on("error", () => this.wave.replaceChildren(make("p", "There is no sound of this clip here.", { class: "soft" })));
    if (play) this.surfer.once("ready", () => this.surfer.play().catch(() => {}));
  }

  light(time) {
    for (const span of this.words.querySelectorAll("span"))
      span.classList.toggle("lit", time >= Number(span.dataset.start) && time < Number(span.dataset.end));
  }

  toggle() { this.surfer?.playPause().catch(() => {}); }

  from(time) {
    if (time === undefined || !this.surfer) return;
    this.surfer.setTime(Number(time));
    this.surfer.play().catch(() => {});
  }

  showPage(clip) {
    this.print.hidden = !clip.document_id || !clip.page;
    if (this.print.hidden) return;
    const picture = make("img", null, { alt: "", src: `/page/${encodeURIComponent(clip.clip_id)}` });
    picture.addEventListener("load", () => { picture.alt = "The sentence on its printed page"; });
    picture.addEventListener("error", () => { this.print.hidden = true; });
    this.print.replaceChildren(make("figcaption", `${clip.document_id}, page ${clip.page}`), picture);
  }
}

// Keys belong to the page unless somebody types.
export const onKeys = (keys) =>
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    const act = keys[event.key];
    if (!act || (event.target.matches("button, a") && (event.key === " " || event.key === "Enter"))) return;
    event.preventDefault();
    act();
  });
