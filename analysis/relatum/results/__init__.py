"""The frozen shapes that every later step reads: results, notes, provenance, the store."""
