"""A local web page to search, hear and judge the clips of an output folder; loopback only, behind a token."""
