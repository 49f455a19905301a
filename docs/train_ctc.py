"""A small recogniser of letters, trained on mined shards: CTC on one thread of a CPU, in minutes.

    pip install torch
    wavelode demo
    python docs/train_ctc.py demo/out/asr --hold-out english_velmora_2024-03-14_0730

It shows how a training loop meets the loader: batches by seconds, noise that is the same after a resume, a checkpoint
that holds the weights and one small dictionary. Stop it whenever you like and start it again: the weights at the end
are those of a run that nobody stopped, to the last bit (`sha256` on the last line).
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import ctc_loss, log_softmax

from wavelode.alignment.align import Gap, Scoring, score_only
from wavelode.datasets.collate import Batch, Pad, View
from wavelode.datasets.corpus import Corpus
from wavelode.datasets.loader import Loader, LoaderSettings
from wavelode.datasets.order import OrderSettings
from wavelode.datasets.stress import GaussianNoise, Stress

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"
"""0 is the blank; letters count from 1."""
EDITS = Scoring(match=0, mismatch=-1, gap=Gap(0, 1))
BANDS, HOP, WINDOW, HIDDEN = 40, 160, 400, 160


def tokenize(text: str) -> list[int]:
    return [LETTERS.index(letter) + 1 for letter in text.lower() if letter in LETTERS]


class Recogniser(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mel", mel_filters(), persistent=False)
        self.fold = nn.Conv1d(BANDS, HIDDEN, 5, stride=2, padding=2)
        self.fold_again = nn.Conv1d(HIDDEN, HIDDEN, 5, stride=2, padding=2)
        self.listen = nn.GRU(HIDDEN, HIDDEN, num_layers=2, bidirectional=True, batch_first=True)
        self.spell = nn.Linear(2 * HIDDEN, len(LETTERS) + 1)

    def forward(self, audio: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Letters (B, T / 640, 1 + letters) as log probabilities of audio (B, T), and how many are sound, (B,)."""
        power = torch.stft(audio, 512, HOP, WINDOW, torch.hann_window(WINDOW), return_complex=True).abs() ** 2
        bands = torch.log(self.mel @ power + 1e-6)  # (B, BANDS, frames)
        bands = (bands - bands.mean(2, keepdim=True)) / (bands.std(2, keepdim=True) + 1e-3)
        folded = torch.relu(self.fold_again(torch.relu(self.fold(bands))))
        heard, _ = self.listen(folded.transpose(1, 2))
        frames = 1 + lengths // HOP
        return log_softmax(self.spell(heard), 2), ((frames + 1) // 2 + 1) // 2


def mel_filters() -> Tensor:
    """Triangles over the spectrum, evenly spaced in mel, (BANDS, 257)."""
    top = 2595 * torch.log10(torch.tensor(1 + 8000 / 700))
    edges = 700 * (10 ** (torch.linspace(0, float(top), BANDS + 2) / 2595) - 1)
    hertz = torch.linspace(0, 8000, 257)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return torch.clamp(torch.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), min=0)


def loss_of(model: Recogniser, batch: Batch) -> Tensor:
    letters, frames = model(torch.from_numpy(batch.audio), torch.from_numpy(batch.lengths))
    told, told_lengths = torch.from_numpy(batch.tokens), torch.from_numpy(batch.token_lengths)
    return ctc_loss(letters.transpose(0, 1), told, frames, told_lengths, zero_infinity=True)


@torch.no_grad()
def error_rate(model: Recogniser, corpus: Corpus) -> float:
    """Letters wrong of all letters, greedily decoded."""
    wrong = told = 0
    for batch in Loader(corpus, OrderSettings(seconds=60), collate=Pad(tokenize)).epoch():
        letters, frames = model(torch.from_numpy(batch.audio), torch.from_numpy(batch.lengths))
        for best, size, text in zip(letters.argmax(2), frames, batch.texts, strict=True):
            heard = [int(n) for n in torch.unique_consecutive(best[:size]) if n]
            wrong -= score_only(tokenize(text), heard, EDITS)
            told += len(tokenize(text))
    return wrong / told


def train(arguments: argparse.Namespace) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    away = [("recording_id", "=", arguments.hold_out)]
    corpus = Corpus.open(arguments.shards, where=[("recording_id", "!=", arguments.hold_out)])
    held_out = Corpus.open(arguments.shards, where=away)
    noisy = View(change=Stress([GaussianNoise(20), GaussianNoise(30)], share=0.5))
    order = OrderSettings(seconds=30, buckets=6)
    loader = Loader(corpus, order, view=noisy, collate=Pad(tokenize), work=LoaderSettings(threads=1))
    model = Recogniser()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3)
    print(
        f"{len(corpus)} clips, {corpus.durations_s.sum():.0f} s; held out {len(held_out)} of {arguments.hold_out}"
    )
    steps = 0
    if arguments.checkpoint.exists():
        saved = torch.load(arguments.checkpoint)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        loader.resume(saved["loader"])
        steps = saved["steps"]
        print(f"goes on after step {steps}, {loader.state()}")
    while loader.state()["epoch"] < arguments.epochs:
        epoch, losses = loader.state()["epoch"], []
        for batch in loader.epoch():
            loss = loss_of(model, batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            steps += 1
            losses.append(loss.item())
            save(arguments.checkpoint, model, optimiser, loader, steps)
            if steps == arguments.stop_after:
                return
        if epoch % 10 == 9:
            rates = f"{error_rate(model, corpus):.1%} of letters wrong, held out {error_rate(model, held_out):.1%}"
            print(f"epoch {epoch + 1}: loss {sum(losses) / len(losses):.3f}, {rates}", flush=True)
    weights = b"".join(value.numpy().tobytes() for value in model.state_dict().values())
    print(f"{steps} steps, sha256 {hashlib.sha256(weights).hexdigest()[:16]}")


def save(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, loader: Loader, steps: int) -> None:
    """Whole or not at all, so that it may be killed at any time."""
    states = {"model": model.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save({**states, "loader": loader.state(), "steps": steps}, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", help="a folder of shards with text")
    parser.add_argument("--hold-out", required=True, help="a recording_id to test on")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--checkpoint", type=Path, default=Path("ctc.pt"))
    parser.add_argument("--stop-after", type=int, help="stop after this step, as if killed")
    train(parser.parse_args())
