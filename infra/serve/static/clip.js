// One clip at an address of its own.
import { ask, clock, make, onKeys, Player, seconds } from "/static/player.js";

const id = decodeURIComponent(location.pathname.slice("/clip/".length));
const SHOWN = {
  station: "station", language: "language", aired_at: "aired", split: "set", shelf: "kept in", asr_reason: "text not believed",
  p_correct: "probability", alignment_score: "score", cer: "error rate", snr_db: "SNR, dB", loudness_lufs: "loudness, LUFS",
  bandwidth_hz: "bandwidth, Hz", speaker_id: "speaker", text_source: "text from", source_uri: "recording's file",
};
const said = (value) => (typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : String(value));

try {
  const clip = await ask(`/api/clips/${encodeURIComponent(id)}`);
  const player = new Player(document.getElementById("clip"));
  document.getElementById("name").textContent = `${clip.recording_id} at ${clock(clip.start_s)}, ${seconds(clip.duration_s)}`;
  player.show(clip);
  const facts = Object.entries(SHOWN).filter(([column]) => clip[column] != null);
  document.getElementById("facts").replaceChildren(
    ...facts.map(([column, name]) => {
      const pair = make("div");
      pair.append(make("dt", name), make("dd", said(clip[column])));
      return pair;
    }),
  );
  const all = make("a", "All clips of this recording", { href: `/?recording_id=${encodeURIComponent(clip.recording_id)}` });
  document.getElementById("around").replaceChildren(all);
  document.getElementById("play").addEventListener("click", () => player.toggle());
  onKeys({ " ": () => player.toggle(), r: () => player.from(0) });
} catch (error) {
  document.getElementById("error").textContent = error.message;
}
