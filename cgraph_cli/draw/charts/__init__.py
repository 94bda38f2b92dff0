"""Charts: curves over one range, and maps over two, for the terminal and as pictures."""
