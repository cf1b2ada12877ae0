"""Photos that belong to documents of other rooms: what they are, who may see them, and keeping them."""
