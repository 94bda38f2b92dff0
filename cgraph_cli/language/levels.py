"""The levels of the grammar, which say where an expression needs parentheses."""

OR, AND, NOT, COMPARISON, SUM, TERM, FACTOR, POWER, ATOM = range(9)
"""From the loosest operator to the tightest."""

Part = tuple[int, int] | str
"""A part of an expression: text, or a node with the level that it has to have to stand without parentheses."""
