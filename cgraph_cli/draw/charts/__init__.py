"""The formats of a chart (`cgraph plot`), a module each: curves over one range, or maps over two.

Each module has `write`, and `grid_of`: the numbers of points of a map along its two axes, and of arrows.

Imports the rest of `draw` and the rooms below it.
"""
