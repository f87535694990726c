"""Where samples lie and how that is drawn: projections, places, viewport, raster, walking."""
