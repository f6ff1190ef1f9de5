"""Business: one room per noun of the guarantee trade; each invariant has exactly one guardian room."""
