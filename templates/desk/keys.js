// Keys of the desk. Everything works without them.
