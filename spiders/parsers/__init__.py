"""Pure readers: bytes of a response or a file in, notices or agreements out. They know neither network nor store."""
