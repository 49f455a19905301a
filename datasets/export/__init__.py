"""Shards into the formats of other toolkits: each file writes one, needs none of them, and says its layout."""
