"""How each kind of file is read: bytes in, a `Reading` out. `knowledge.load` is the only caller."""
