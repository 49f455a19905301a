"""A listener that needs no download and serves any language.

The document says what is probably being read; an English acoustic model only has to tell where. Each file is one
step: `phones` (any word to the model's phones), `trigram` (the document as a language model with room for speech
that is not in it), `decoding` (what a decoder does with one segment), `adapt` and `letter_sounds` (what the first
hearing teaches for the second), `lattice` (what else may have been said), `listener` (all of them in order).
"""
