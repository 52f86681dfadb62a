"""Foreign files become a checked sample, with a list of what was not taken over."""

from relatum.samples.importers.base import Discard, Imported, finish_import, write_imported

__all__ = ["Discard", "Imported", "finish_import", "write_imported"]
