"""What the prediction log leaves out or hashes, by conf/serve/ and the environment."""

import os

from lifecycle import config
from lifecycle.feedback.prediction_log import Privacy, build_privacy
from lifecycle.serving import settings


def read_log_privacy() -> Privacy:
    """The privacy of the log; raises WrongValue where fields are hashed and the environment has no key."""
    serve = config.load(settings.Config, ["serve=default"]).serve
    return build_privacy(serve.drop, serve.hash, os.environ)


def read_id_privacy(id: str) -> Privacy:
    """The privacy of the log's ids alone; without hashed ids no key is needed."""
    serve = config.load(settings.Config, ["serve=default"]).serve
    return build_privacy((), (id,), os.environ) if id in serve.hash else Privacy()
