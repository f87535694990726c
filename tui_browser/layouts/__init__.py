"""Where samples lie on the map: projections, fitted layouts, grid, axes, and how a library keeps them."""
