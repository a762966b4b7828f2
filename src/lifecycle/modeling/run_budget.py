"""What a run tries: the trials of each candidate, and how many of them a number of minutes holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lifecycle.data.problem import Task
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.feasibility import CANDIDATE_OVER_PROBE, PlannedSearch, Probe
from lifecycle.modeling.pipeline import Form, Model
from lifecycle.modeling.tuning import Search, count_finals, count_trials
from lifecycle.reporting.text import list_names

MINUTES = (1, 2, 5, 20)


@dataclass(frozen=True)
class Work:
    """Rows that the search of a candidate prepares and fits, each counted as often as that happens."""

    prepared: int
    fitted: int


@dataclass(frozen=True)
class RunPlan:
    """What fits into a number of minutes: these candidates, each with `trials:` of conf/search/; 0 where none fits.

    `minutes_needed` are those that it takes, of a run without any candidate where none fits.
    """

    minutes: int
    candidates: tuple[str, ...]
    trials: int
    minutes_needed: float


def select_forms(models: Mapping[str, Model], candidates: Sequence[str], task: Task) -> dict[str, Form]:
    """The candidates that have an estimator for the task, in their order."""
    found = {name: models[name].get_form(task) for name in candidates if name in models}
    return {name: form for name, form in found.items() if form}


def plan_searches(forms: Mapping[str, Form], search: Search, folds: int) -> list[PlannedSearch]:
    """What `tune` does for each candidate."""
    plans = []
    for name, form in forms.items():
        trials = count_trials(form, search)
        finalists = min(search.finalists, trials)
        plans.append(PlannedSearch(name, trials, finalists, folds * (trials + finalists)))
    return plans


def measure_work(form: Form, validation: CrossValidation, search: Search) -> Work:
    """The rows that the search of one candidate prepares and fits."""
    features = validation.examples.features.shape[1]
    sizes = [len(train) for train, _ in validation.folds]
    few = sum(min(size, search.count_rows(features)) for size in sizes)
    more = sum(min(size, search.count_final_rows(features)) for size in sizes)
    finals = count_finals(form, validation, search)
    return Work(few + (more if finals else 0), few * count_trials(form, search) + more * finals)


def list_levels(search: Search) -> list[Search]:
    """The search with 1 trial, 2, and so on up to its own; 1 alone is that of `search: none`, own arguments only."""
    fewer = [replace(search, trials=trials, sampler=search.sampler if trials > 1 else None) for trials in
             range(1, search.trials)]  # fmt: skip
    return [*fewer, search]


def share_seconds(
    seconds: float, forms: Mapping[str, Form], validation: CrossValidation, search: Search, probe: Probe
) -> dict[str, list[float]]:
    """The seconds of each candidate at each level of the search, of those that the whole search of all takes.

    They are shared out by the rows that are prepared and fitted, alike for every family, so that they are rough.
    """
    levels = list_levels(search)
    work = {
        name: [weigh_work(measure_work(form, validation, level), probe) for level in levels]
        for name, form in forms.items()
    }
    whole = sum(by_level[-1] for by_level in work.values())
    return {name: [seconds * one / whole for one in by_level] for name, by_level in work.items()}


def weigh_work(work: Work, probe: Probe) -> float:
    """What a search costs beside others, in seconds of the probe, with fits by the factor of `estimate_cost`."""
    return (probe.prepare * work.prepared + CANDIDATE_OVER_PROBE * probe.fit * work.fitted) / probe.rows


def plan_run(minutes: int, seconds: Mapping[str, Sequence[float]], fixed: float) -> RunPlan:
    """The candidates and trials that fit, where `seconds` are each candidate's for 1 trial, 2, and so on.

    `fixed` are the seconds of the other stages. Candidates come in their order, every one with one trial before any has
    more, and then all have as many.
    """
    chosen: list[str] = []
    needed = fixed
    for name, by_trials in seconds.items():
        if needed + by_trials[0] > 60 * minutes:
            break
        chosen.append(name)
        needed += by_trials[0]
    trials = 1 if chosen else 0
    if chosen and len(chosen) == len(seconds):
        for more, taken in enumerate(zip(*seconds.values(), strict=True), start=1):
            if fixed + sum(taken) <= 60 * minutes:
                trials, needed = more, fixed + sum(taken)
    return RunPlan(minutes, tuple(chosen), trials, needed / 60)


def describe_plan(plan: RunPlan, candidates: int, trials: int) -> str:
    """A plan in a line; `candidates` and `trials` are those of a full run."""
    within, about = f"within {plan.minutes} min", f"about {plan.minutes_needed:.1f} min"
    if not plan.candidates:
        return f"{within}: no candidate; all else takes {about}"
    every = f"all {candidates}" if len(plan.candidates) == candidates else f"{len(plan.candidates)} of {candidates}"
    if plan.trials == trials:
        search = "the whole search"
    elif plan.trials == 1:
        search = "search=none, their own arguments"
    else:
        search = f"trials: {plan.trials} in conf/search/"
    named = "" if len(plan.candidates) == candidates else f" ({list_names(plan.candidates, most=len(plan.candidates))})"
    return f"{within}: {every} candidates{named} with {search}; {about}"
