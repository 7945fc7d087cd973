"""Pure parsers: a response or a file in, notices or agreements out. They know the domain, not network or store."""
