"""Arrays in, arrays out: no path, no clock, no device."""
