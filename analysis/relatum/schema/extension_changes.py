"""What changed between two revisions of a user's own codes."""

from __future__ import annotations

from dataclasses import dataclass, fields

from relatum.schema.codebook import Code
from relatum.schema.model import Schema

__all__ = ["CodeChanges", "compare_codes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChanges:
    """The differences between two codebooks.

    Attributes
    ----------
    before, after : str
        The versions of the two schemas.
    added, removed : tuple of str
        Codes that only the later, and only the earlier one has.
    changed : tuple of (str, tuple of str)
        Codes of both whose words differ, with the columns of the codebook in which they do.
    """

    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        parts = [
            f"{title}: {', '.join(names)}."
            for title, names in (
                ("added", self.added),
                ("removed", self.removed),
                ("changed", tuple(f"{code} ({', '.join(how)})" for code, how in self.changed)),
            )
            if names
        ]
        return " ".join(parts) or "nothing changed."


def compare_codes(before: Schema, after: Schema) -> CodeChanges:
    """Compare the codebooks of two schemas.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> print(compare_codes(load_schema(), load_schema()))
    nothing changed.
    """
    old, new = before.codebook, after.codebook
    differing = ((code, _differences(old[code], new[code])) for code in new if code in old)
    return CodeChanges(
        before=before.version,
        after=after.version,
        added=tuple(code for code in new if code not in old),
        removed=tuple(code for code in old if code not in new),
        changed=tuple((code, how) for code, how in differing if how),
    )


def _differences(old: Code, new: Code) -> tuple[str, ...]:
    names = (field.name for field in fields(Code))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))
