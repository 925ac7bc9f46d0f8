"""From bytes to rows, and what single fields of a row mean."""
