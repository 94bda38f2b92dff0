"""The formats of a sheet (`cgraph eval`, `jacobian`, `hessian`, `taylor`, `sweep`), a module each.

Imports the rest of `render` and the rooms below it.
"""
