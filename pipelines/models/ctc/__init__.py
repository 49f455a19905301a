"""A listener on an acoustic model with a CTC head, e.g. wav2vec 2.0, MMS or IndicWav2Vec, from a local folder.

`viterbi` lays symbols onto frames, `backends` runs a model's file, `listener` writes words down.
"""
