"""Known answers: recordings that are built, heard badly on purpose, and aligned by us and by peers.

``utterances`` are what is built from, ``damage`` and ``cases`` plant the trouble, ``listener`` hears (``sound`` and
``real`` with a real one), ``scores`` judge, ``peers`` rival, ``goals`` say what must hold, ``fitting`` makes
probabilities of what is measured, ``run`` is the command.
"""

from wavelode.infra.bench.known_answer.run import fit_into, main

__all__ = ["fit_into", "main"]
