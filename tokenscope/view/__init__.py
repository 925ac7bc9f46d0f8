"""What an answer looks like, free of any format: cards, words of figures, and what surrounds them."""
