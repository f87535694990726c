"""The map as it is drawn: viewport, raster, walk, labels. Arrays in, arrays out."""
