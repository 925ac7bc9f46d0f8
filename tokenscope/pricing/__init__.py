"""What the API would have charged: a table of dated list prices, and the one pricer that reads it."""
