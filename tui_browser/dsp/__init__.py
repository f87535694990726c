"""Signal processing: arrays in, arrays out, without files, clocks or devices."""
