"""Arithmetic for few, unequal clusters: arrays in, arrays out, no gates and no data frames."""
