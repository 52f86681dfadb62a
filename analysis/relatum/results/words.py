"""The words printed for groups of codes and for units."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["COUNTRY_LABELS", "DOMAIN_LABELS", "UNIT_PLURALS", "country_label", "domain_label"]

#: The words for a domain or family, in the order in which reports print them.
DOMAIN_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "composite": "Composite",
        "economic": "Economic",
        "control": "Control and monitoring",
        "rules": "Rules",
        "isolation": "Isolation",
        "intimidation": "Intimidation",
        "violence": "Violence",
        "deception": "Deception",
        "recruitment": "Recruitment",
        "affection_benefit": "Affection and benefit",
        "attachment_dependency": "Attachment and dependency",
        "active": "Coping: active",
        "fear": "Coping: fear",
        "minimise": "Coping: playing down",
        "love": "Coping: love",
        "no_change": "Coping: no wish for change",
        "escalation": "Coping: escalation",
        "barrier": "Barriers to reporting",
        "motivator": "Reasons to report",
        "count": "Steps back",
        "dv": "Characteristics of domestic violence",
        "contrast": "Contrasts of trafficking",
        "weapons": "Weapons",
        "third_parties": "Third parties",
        "living": "Living together",
        "selection": "How the case came to light",
        "commitment": "Marriage and children",
        "concurrency": "Several partners",
        "couple": "The couple",
        "claims": "Claims of suspects",
        "person": "Persons",
    }
)

#: The plural of a unit.
UNIT_PLURALS: Mapping[str, str] = MappingProxyType(
    {
        "case": "investigations",
        "suspect": "suspects",
        "victim": "victims",
        "relationship": "relationships",
        "attempt": "attempts",
        "contact": "contacts",
        "report": "reports",
    }
)

#: The words for the countries that the chapter and its simulation name.
COUNTRY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "AN": "Netherlands Antilles",
        "BE": "Belgium",
        "BG": "Bulgaria",
        "CZ": "Czechia",
        "DE": "Germany",
        "FR": "France",
        "HU": "Hungary",
        "KZ": "Kazakhstan",
        "LT": "Lithuania",
        "MA": "Morocco",
        "NL": "Netherlands",
        "PL": "Poland",
        "RO": "Romania",
        "SR": "Suriname",
        "TH": "Thailand",
        "TR": "Turkey",
        "other_eu": "Other, in the EU",
        "other_non_eu": "Other, outside the EU",
    }
)


def country_label(code: str) -> str:
    """Return the words for a country; its code where there are none.

    Examples
    --------
    >>> country_label("HU"), country_label("ZZ")
    ('Hungary', 'ZZ')
    """
    return COUNTRY_LABELS.get(code, code)


def domain_label(domain: str) -> str:
    """Return the words for a domain; its own name in plain words where there are none.

    Examples
    --------
    >>> domain_label("fear"), domain_label("own_domain")
    ('Coping: fear', 'Own domain')
    """
    return DOMAIN_LABELS.get(domain, domain.replace("_", " ").capitalize())
