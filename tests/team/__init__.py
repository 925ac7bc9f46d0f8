"""One history of many machines, on servers that the tests start and stop by themselves."""
