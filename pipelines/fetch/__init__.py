"""An index of addresses to files on disk: what to fetch, how to behave, one file at a time."""
