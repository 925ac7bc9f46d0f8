"""What outputs are drawn with: cells, marks, markup, and text made harmless."""
