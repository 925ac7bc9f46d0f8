"""One history of many machines: which figures are handed on, and to what. The only room that knows the network."""
