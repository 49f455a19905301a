"""A listener that needs no download and serves any language.

The document says what is probably being read; an English acoustic model only has to tell where. Each file is one
step: `phones` (any word to the model's phones), `trigram` (the document as a language model with room for speech
that is not in it), `listener` (decodes segments).
"""
