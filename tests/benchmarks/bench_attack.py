"""Measure disclosure control: withheld counts, those that follow from what goes out, and seconds.

All results of the shipped plan are judged by each strict profile; then a reader of all that goes
out tries to learn what does not. No withheld count may be recovered.

    .venv/bin/python tests/benchmarks/bench_attack.py
"""

from pathlib import Path
from time import process_time

from relatum.models.registry import fit
from relatum.release import RULES, attack, is_public, judge_all
from relatum.samples import open_sample
from relatum.study import read_study

OUT = Path(__file__).parent / "results" / "attack.md"
HEAD = """# Disclosure control of the shipped plan

`bench_attack.py`: targets are withheld counts, and differences of counts, that nobody may learn;
recovered are those whose range is shorter than the threshold of the profile.

| profile | targets | recovered | rows | withheld | results withheld | judge, s | attack, s |
|---|--:|--:|--:|--:|--:|--:|--:|
"""


def main():
    """Judge, attack and print a line for each profile."""
    plan = read_study()
    sample = open_sample(plan.sample)
    own = {name: one for name, one in fit(sample, plan).items() if not is_public(one.provenance)}
    lines = []
    for profile in RULES:
        start = process_time()
        verdicts = judge_all(own, sample=sample, profile=profile)
        judged = process_time()
        shown = {name: verdict.result for name, verdict in verdicts.items()}
        tried = attack(own, shown, profile=profile)
        rows = sum(verdict.n_rows for verdict in verdicts.values())
        withheld = sum(verdict.n_withheld for verdict in verdicts.values())
        failed = sum(verdict.status == "fail" for verdict in verdicts.values())
        seconds = f"{judged - start:.1f} | {process_time() - judged:.1f}"
        lines.append(
            f"| {profile} | {tried.n_targets:,} | {len(tried.recovered)} | {rows:,} | "
            f"{withheld:,} | {failed} of {len(verdicts)} | {seconds} |"
        )
        print(lines[-1], flush=True)
    OUT.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
