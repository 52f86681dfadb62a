"""The profiles of disclosure control: which results may leave the computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from relatum.errors import Issue, ReleaseError
from relatum.release.released import Evidence, Releasable, Released
from relatum.release.rules import RULES
from relatum.release.strict import judge_all
from relatum.results.base import Provenance, Unavailable
from relatum.samples import Sample, example_sample
from relatum.schema.facts import load_facts
from relatum.study import Profile, ReleaseException

__all__ = ["is_public", "release", "release_all"]

#: Shipped samples that were published as they are.
_PUBLISHED = ("anna",)
#: Open data, by the SHA-256 of their cells: `relatum.models.open_data`.
_OPEN = ("3fecd094511af7231f6b7c6fb329f78858ca6b29a712c219e9eaf5c66ee1a88b",)
#: Row-level displays that the publication itself contains.
_PUBLISHED_ROWS = ("timeline", "retraction_path")
_NEXT = (
    "Profile 'none' is for simulated samples, 'published' for figures that are public; a collected "
    f"sample needs one of: {', '.join(RULES)}."
)


def release(
    result: Releasable, *, sample: Sample, profile: Profile, coder: str | None = None
) -> Released:
    """Judge a result by a profile.

    Parameters
    ----------
    result : Result or Unavailable
        What should go out.
    sample : Sample
        The sample that it was computed from.
    profile : {"none", "published", "chapter5", "acro10", "opensafely7", "cms11"}
        ``none`` applies no control, so it is for simulated samples only: by their description and
        by the mark of every row. ``published`` is for what is public already. The others withhold
        rows by their `RULES`; sums over other results are seen by `release_all` alone.
    coder : str, optional
        The coder of the plan, where a strict profile looks at single codings; see
        `Sample.chosen_coder`.

    Returns
    -------
    Released
        With the evidence.

    Raises
    ------
    ReleaseError
        If the profile does not let it out; the message says why and what to do.

    Examples
    --------
    >>> from relatum.models.timeline import trace_timeline
    >>> from relatum.study import read_study
    >>> anna = example_sample("anna")
    >>> timeline = trace_timeline(anna, read_study())
    >>> release(timeline, sample=anna, profile="published").profile
    'published'
    >>> release(timeline, sample=anna, profile="none")
    Traceback (most recent call last):
    ...
    relatum.errors.ReleaseError: Profile 'none' refused 'timeline': the sample is not ...
    """
    judge = {"none": _judge_simulated, "published": _judge_published}
    if profile in RULES:
        return _release_strictly({result.kind: result}, sample, profile, (), coder)[result.kind]
    if profile not in judge:
        allowed = ", ".join((*judge, *RULES))
        msg = f"'{profile}' is not a profile of disclosure control. Allowed: {allowed}."
        raise ReleaseError(msg)
    return Released(result=result, profile=profile, evidence=judge[profile](result, sample))


def release_all(
    results: Mapping[str, Releasable],
    *,
    sample: Sample,
    profile: Profile,
    exceptions: Sequence[ReleaseException] = (),
    coder: str | None = None,
) -> Mapping[str, Released]:
    """Judge results together; what is public already goes out under ``published``.

    A display of single rows that the profile does not let out is withheld: an `Unavailable` takes
    its place. Any other refusal stops everything.

    Parameters
    ----------
    results : mapping of str to Result
        By name.
    sample, profile
        See `release`. A strict profile judges all results together and withholds what it does not
        let out, so it refuses only results of another sample.
    exceptions : sequence of ReleaseException
        Rules that the data owner waives under a strict profile.
    coder : str, optional
        See `release`.

    Raises
    ------
    ReleaseError
        With one issue per refused result.
    """
    released: dict[str, Released] = {}
    refused: list[Issue] = []
    judged: dict[str, Releasable] = {}
    for name, result in results.items():
        try:
            if profile in RULES and not is_public(result.provenance):
                _check_source(result, sample, profile)
                judged[name] = result
                continue
            released[name] = _release_one(result, sample, profile)
        except ReleaseError as error:
            refused.append(Issue(table=name, rule=f"profile_{profile}", message=str(error)))
    if refused:
        msg = f"{len(refused)} of {len(results)} results were refused; nothing was written. {_NEXT}"
        raise ReleaseError(msg, refused)
    if judged:
        released |= _release_strictly(judged, sample, profile, exceptions, coder)
    return MappingProxyType({name: released[name] for name in results})


def _release_strictly(
    results: Mapping[str, Releasable],
    sample: Sample,
    profile: Profile,
    exceptions: Sequence[ReleaseException],
    coder: str | None,
) -> dict[str, Released]:
    for result in results.values():
        _check_source(result, sample, profile)
    verdicts = judge_all(
        results, sample=sample, profile=profile, exceptions=exceptions, coder=coder
    )
    return {
        name: Released(result=verdict.result, profile=profile, evidence=verdict.told)
        for name, verdict in verdicts.items()
    }


def _release_one(result: Releasable, sample: Sample, profile: Profile) -> Released:
    if is_public(result.provenance):
        evidence = (Evidence(rule="published", finding="It rests on published material alone."),)
        withheld = _is_row_level(result) and result.kind not in _PUBLISHED_ROWS
        chosen = _withheld(result) if withheld else result
        return Released(result=chosen, profile="published", evidence=evidence)
    return release(result, sample=sample, profile=profile)


def _withheld(result: Releasable) -> Unavailable:
    return Unavailable(
        what=result.kind.replace("_", " "),
        why="displays of single rows are released for simulated samples only",
        provenance=result.provenance,
    )


def is_public(provenance: Provenance | None) -> bool:
    """Tell whether a result rests on shipped or open, published material alone.

    Examples
    --------
    >>> from relatum.results.provenance import provenance_of
    >>> is_public(provenance_of(example_sample("anna"))), is_public(None)
    (True, False)
    """
    public = _published_fingerprints()
    return (
        provenance is not None
        and provenance.sample_fingerprint in public
        and provenance.other_fingerprint in (*public, "")
    )


@cache
def _published_fingerprints() -> frozenset[str]:
    samples = (example_sample(name).fingerprint for name in _PUBLISHED)
    return frozenset((*samples, load_facts().fingerprint, *_OPEN))


def _is_row_level(result: Releasable) -> bool:
    return bool(getattr(result, "row_level", False))


def _refuse(result: Releasable, profile: Profile, why: str) -> ReleaseError:
    return ReleaseError(f"Profile '{profile}' refused '{result.kind}': {why}. {_NEXT}")


def _check_source(result: Releasable, sample: Sample, profile: Profile) -> Evidence:
    source = result.provenance
    held = (sample.fingerprint, sample.info.origin)
    if source is None or (source.sample_fingerprint, source.sample_origin) != held:
        raise _refuse(result, profile, "it was not computed from the sample at hand")
    if profile == "none" and source.other_origin not in ("", "simulated"):
        raise _refuse(result, profile, "the second sample is not simulated")
    return Evidence(rule="source", finding="The fingerprint of the sample is that of the result.")


def _judge_simulated(result: Releasable, sample: Sample) -> tuple[Evidence, ...]:
    source = _check_source(result, sample, "none")
    if not sample.simulated:
        raise _refuse(result, "none", "the sample is not simulated")
    unmarked = {
        name: int((~frame["simulated"].fillna(False).astype(bool)).sum())
        for name, frame in sample.tables.items()
    }
    open_tables = [name for name, n in unmarked.items() if n]
    if open_tables:
        why = f"rows without the mark 'simulated' in: {', '.join(open_tables)}"
        raise _refuse(result, "none", why)
    rows = sum(len(frame) for frame in sample.tables.values())
    mark = f"All {rows:,} rows carry the mark 'simulated'."
    return source, Evidence(rule="simulated", finding=mark)


def _judge_published(result: Releasable, sample: Sample) -> tuple[Evidence, ...]:
    if not is_public(result.provenance):
        raise _refuse(result, "published", "it does not rest on published material alone")
    source = _check_source(result, sample, "published")
    if _is_row_level(result) and result.kind not in _PUBLISHED_ROWS:
        raise _refuse(result, "published", "it displays single rows")
    public = Evidence(rule="published", finding="The sample is the published narrated case.")
    return source, public
