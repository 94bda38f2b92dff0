"""The formats of a chart (`cgraph plot`), a module each: curves over one range, or maps over two.

Each module has `write`, and `grid_of`: how many points a map has along its two axes, and how many arrows.

Imports the rest of `draw` and what `draw` may import.
"""
