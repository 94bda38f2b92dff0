"""Programs of arrays: shapes, what arrays mean in scalars, and the graph of arrays itself."""
