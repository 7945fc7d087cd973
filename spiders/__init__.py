"""The network: one thin spider per kind of source, and the pure parsers of what they fetch."""
