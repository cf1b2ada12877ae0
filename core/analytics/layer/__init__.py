"""What figures mean: measures, dimensions, and the one function that answers questions about them."""
