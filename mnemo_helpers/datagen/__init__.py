"""The shop: a simulated business with a true history."""
