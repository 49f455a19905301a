"""Train, dev and test: what recordings share, which of them therefore go together, and the set of each."""
