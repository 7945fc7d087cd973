"""Pure parsers: a response or a file in, notices or agreements out. They know the domain, never the network or the store."""
