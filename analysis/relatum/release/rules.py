"""The rules of each strict profile of disclosure control, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["RULES", "RULE_WORDS", "WAIVABLE", "Rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a profile lets out.

    Attributes
    ----------
    name, label : str
        The name in ``study.toml``, and the words.
    smallest : int
        Counts from 1 up to one less are withheld, given or implied by subtraction.
    zero : bool
        Whether a count of nobody may be shown.
    base : int
        Counts are rounded to multiples of it; 0 for no rounding.
    degrees : int
        Smallest number of units less parameters behind a model.
    dominance : float
        Above this share of a cell in one case, a person decides.
    top_two : float
        Above this share of an amount in two units it is withheld; amounts whose shares cannot be
        seen are withheld where it is below 1.
    full_group : {"review", "withhold"}
        What happens where all of a group, or none of it, has an attribute.
    source : str
        Where the rules come from.
    """

    name: str
    label: str
    smallest: int
    zero: bool
    base: int = 0
    degrees: int = 0
    dominance: float = 0.7
    top_two: float = 1.0
    full_group: str = "review"
    source: str

    @property
    def why(self) -> str:
        """What stands in the place of a row that does not go out."""
        return f"withheld by profile {self.name}"

    @property
    def hides_groups(self) -> bool:
        """Whether it stays in that all of a group, or none of it, has an attribute."""
        return self.full_group == "withhold"

    def small(self, count: float) -> bool:
        """Tell whether a count may not be shown.

        Examples
        --------
        >>> RULES["chapter5"].small(4), RULES["chapter5"].small(0), RULES["acro10"].small(0)
        (True, False, True)
        """
        return 0 < count < self.smallest or (count == 0 and not self.zero)

    def rounded(self, count: int) -> int:
        """Round a count to the profile's base; half a base goes up.

        Examples
        --------
        >>> RULES["opensafely7"].rounded(12), RULES["opensafely7"].rounded(13)
        (10, 15)
        """
        return count if not self.base else (count + self.base // 2) // self.base * self.base


def _all_rules() -> tuple[Rules, ...]:
    return (
        Rules(
            name="chapter5",
            label="at least 5, zero allowed",
            smallest=5,
            zero=True,
            source="The rules of this project for new samples of police files.",
        ),
        Rules(
            name="acro10",
            label="at least 10, zero withheld",
            smallest=10,
            zero=False,
            degrees=10,
            top_two=0.9,
            full_group="withhold",
            source="The defaults of ACRO: threshold 10, 10 degrees of freedom, (2, 90%) dominance.",
        ),
        Rules(
            name="opensafely7",
            label="8 and more, rounded to 5",
            smallest=8,
            zero=True,
            base=5,
            source="The OpenSAFELY rules: counts up to 7 redacted, the others rounded to 5.",
        ),
        Rules(
            name="cms11",
            label="at least 11, zero allowed",
            smallest=11,
            zero=True,
            source="The cell size rule of CMS: no count from 1 to 10, nor what it follows from.",
        ),
    )


#: The strict profiles by name.
RULES: Mapping[str, Rules] = MappingProxyType({rules.name: rules for rules in _all_rules()})

#: What each rule of the judge says, in words.
RULE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "threshold": "too few behind a count, or behind a difference of counts",
        "zero": "a count of nobody",
        "full_group": "all of a group, or none of it, has an attribute",
        "dominance": "most of a cell lies in one case",
        "extreme": "a smallest or largest value of a person",
        "secondary": "a withheld count would follow from it",
        "spacing": "too few between two counts of the same people",
        "rounding": "its figures cannot be rounded together",
        "amount": "one person may hold most of an amount",
        "degrees": "too few degrees of freedom",
        "behind": "it rests on rows that are withheld",
        "part": "parts that would tell of single people or cases",
        "unjudged": "no counts are known by which to judge it",
        "withheld": "nothing of the result may go out",
    }
)

#: The rules that an exception of the plan may waive; ``withheld`` accepts that nothing goes out.
WAIVABLE: tuple[str, ...] = ("dominance", "full_group", "withheld")
