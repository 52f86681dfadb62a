"""The key that ties pseudonyms to identifiers: random, in a file outside the sample."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relatum.errors import UsageError

__all__ = [
    "PSEUDONYM_BITS",
    "PseudonymKey",
    "key_text",
    "new_key",
    "place_outside",
    "read_key",
    "write_secret",
]

_HEAD = "relatum pseudonym key 1"
_FORM = re.compile(rf"{_HEAD}\r?\n([0-9a-f]{{64}})\s*")
_BYTES = 32
_LETTERS = 12
#: Bits of the keyed digest that a pseudonym keeps.
PSEUDONYM_BITS = 5 * _LETTERS
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A secret of 256 bits; it is never printed.

    Examples
    --------
    >>> PseudonymKey(bytes(32))
    PseudonymKey()
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != _BYTES:
            raise ValueError(f"A key has {_BYTES} bytes.")

    @property
    def mark(self) -> str:
        """A short digest that tells two keys apart and gives neither away."""
        return self._digest("mark", "").hex()[:12]

    def pseudonym(self, table: str, identifier: str) -> str:
        """Return the pseudonym of a row: twelve letters and digits of its keyed digest.

        The first 60 bits of HMAC-SHA256 of the table's name and the identifier, in base32 and
        small letters, after the table's initial. Nobody without the key can compute it, or try
        out identifiers. [1]_

        References
        ----------
        .. [1] Krawczyk, Bellare and Canetti (1997), RFC 2104, doi:10.17487/RFC2104.

        Examples
        --------
        >>> one = PseudonymKey(bytes(32)).pseudonym("cases", "c001")
        >>> len(one), one[0], one == PseudonymKey(bytes(32)).pseudonym("victims", "c001")
        (13, 'c', False)
        """
        letters = base64.b32encode(self._digest(table, identifier)).decode("ascii").lower()
        # It starts with a letter, so that no spreadsheet takes it for a number.
        return table[0] + letters[:_LETTERS]

    def _digest(self, table: str, identifier: str) -> bytes:
        message = f"relatum\x00{table}\x00{identifier}".encode()
        return hmac.new(self.secret, message, hashlib.sha256).digest()


def new_key() -> PseudonymKey:
    """Draw a key from the operating system's source of secrets."""
    return PseudonymKey(secrets.token_bytes(_BYTES))


def key_text(key: PseudonymKey) -> str:
    """Return the contents of a key file."""
    return f"{_HEAD}\n{key.secret.hex()}\n"


def place_outside(path: str | Path, folders: Sequence[str | Path], *, what: str) -> Path:
    """Return the absolute place of a secret file, which must lie outside some folders.

    Parameters
    ----------
    path : str or Path
        Links are followed.
    folders : sequence of str or Path
        The folders that are passed on.
    what : str
        What the file is, in the words of a message.

    Raises
    ------
    UsageError
        If it lies inside one of them, or its own folder does not exist.
    """
    place = Path(path).resolve()
    for folder in folders:
        if place.is_relative_to(Path(folder).resolve()):
            raise UsageError(
                f"{what} would lie inside '{folder}', which is passed on with it; name a file "
                "outside both samples, in a place that others cannot read."
            )
    if not place.parent.is_dir():
        raise UsageError(
            f"There is no folder '{Path(path).parent}' for {what[0].lower()}{what[1:]}."
        )
    return place


def read_key(path: Path) -> PseudonymKey:
    """Read a key file.

    Raises
    ------
    UsageError
        If it is no key file, cannot be read, or others may read it.
    """
    try:
        if not path.is_file():
            raise UsageError(f"'{path.name}' is no file; name the file of the key.")
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise UsageError(
                f"Others may read the key in '{path.name}'. Close it with chmod 600, and think of "
                "who may have seen it."
            )
        with path.open("rb") as file:
            found = _FORM.fullmatch(file.read(1024).decode("ascii", errors="replace"))
    except OSError as error:
        raise UsageError(f"'{path.name}' could not be read: {error.strerror}.") from None
    if found is None:
        raise UsageError(
            f"'{path.name}' is no key of relatum and was left as it is; name another file, which "
            "is made, or the file of an earlier key."
        )
    return PseudonymKey(bytes.fromhex(found[1]))


def write_secret(path: Path, text: str) -> None:
    """Write a new file that only its owner may read; an existing one is never touched.

    Raises
    ------
    UsageError
        If the file exists or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        number = os.open(path, flags, 0o600)
    except FileExistsError:
        raise UsageError(
            f"'{path.name}' exists and is not overwritten; name another file."
        ) from None
    except OSError as error:
        raise UsageError(f"'{path.name}' could not be written: {error.strerror}.") from None
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"'{path.name}' could not be written: {error.strerror}.") from None
