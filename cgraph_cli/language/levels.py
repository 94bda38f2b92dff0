"""The levels of the grammar, which determine the parentheses of an expression."""

OR, AND, NOT, COMPARISON, SUM, TERM, FACTOR, POWER, ATOM = range(9)
"""From the loosest operator to the tightest."""

WrittenPart = tuple[int, int] | str
"""A part of an expression: text, or a node with the least level without parentheses."""
