"""Pictures of uncertainty budgets, a module a format.

Imports the rest of `draw` and the rooms below it.
"""
