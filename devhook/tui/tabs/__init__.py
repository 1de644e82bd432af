"""What the tabs of the detail say of one delivery: facts in, lines out. Pure of widgets."""
