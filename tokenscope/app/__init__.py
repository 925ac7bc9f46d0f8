"""One request, from what was asked to what is written."""
