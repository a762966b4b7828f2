"""The served models: the release, the canary and the shadow, and the privacy of their log."""

import os
from dataclasses import dataclass

from lifecycle.errors import UnknownName, WrongValue, suggest_name
from lifecycle.feedback.prediction_log import Privacy, build_privacy
from lifecycle.release.release import Release
from lifecycle.serving.candidates import load_candidate_at
from lifecycle.serving.scorer import ServedModel, prepare_model, takes_same_rows
from lifecycle.serving.settings import Serve


@dataclass(frozen=True)
class ServedModels:
    """The models of one process, ready to predict."""

    model: ServedModel
    canary: ServedModel | None
    shadow: ServedModel | None
    privacy: Privacy


def load_models(settings: Serve, release: Release) -> ServedModels:
    """The models and the privacy that the settings ask for; raises LifecycleError for what cannot be served."""
    check_log_fields(settings, release)
    found = ServedModels(
        model=prepare_model(release),
        canary=prepare_model(load_candidate_at(settings, settings.canary)) if settings.canary else None,
        shadow=prepare_model(load_candidate_at(settings, settings.shadow)) if settings.shadow else None,
        privacy=build_privacy(settings.drop, settings.hash, os.environ),
    )
    check_canary(found, settings)
    return found


def check_log_fields(settings: Serve, release: Release) -> None:
    """Raise UnknownName for a name that the log should leave out or hash and no row has, WrongValue for the id."""
    agreed = release.contract
    raw = [*release.raw.names, *release.raw.unused] if release.raw else []
    known = [*dict.fromkeys([*agreed.names, agreed.id, *raw])]
    for name in (*settings.drop, *settings.hash):
        if name not in known:
            raise UnknownName(
                f"the log should not have {name}, which is no field of the release",
                where="conf/serve/, keys drop and hash",
                todo=suggest_name(name, known),
            )
    if agreed.id in settings.drop:
        raise WrongValue(
            f"{agreed.id} is the id, by which labels are joined to predictions: it cannot be left out",
            where="conf/serve/, key drop",
            todo=f"hash: [{agreed.id}]",
        )


def check_canary(found: ServedModels, settings: Serve) -> None:
    """Raise WrongValue for a canary that takes other rows than the release."""
    if found.canary and not takes_same_rows(found.canary, found.model):
        raise WrongValue(
            f"the release of {settings.canary} takes other fields than the one that it should stand in for",
            where="conf/serve/, key canary",
            todo="canary: null, or shadow: the same revision",
        )
