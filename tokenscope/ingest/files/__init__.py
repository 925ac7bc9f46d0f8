"""Which files there are, and who reads them."""
