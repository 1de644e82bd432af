"""Why a signature does not hold: every known mistake is made again, until one gives the claimed signature."""
