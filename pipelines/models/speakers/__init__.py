"""Who speaks when.

`ge2e` turns sound into vectors that lie close for one voice, `torch_file` reads its weights without torch, `cluster`
groups vectors into voices, `diarizer` puts these together, `pyannote` is the other way: a pipeline that does it all.
"""
