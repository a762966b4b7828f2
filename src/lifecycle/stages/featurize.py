"""featurize: table and open rows → their features; learns nothing, looks back only."""

import sys

from lifecycle import paths
from lifecycle.data.features.build import Features, compute_features, join_history
from lifecycle.data.schema import Schema
from lifecycle.io.tables import read_table, write_table
from lifecycle.options import options
from lifecycle.stages import runner

WHERE = "conf/features/"


@options
class Config:
    """The schema, and the steps that make the features."""

    schema: Schema
    features: Features


def run(config: Config) -> str:
    """Write each row's id and features, and those of the open rows by the same past, of which they are no part."""
    table = read_table(paths.TABLE)
    past = join_history(table, read_table(paths.REJECTED), config.features, config.schema)
    features = compute_features(table, past, config.features, config.schema, WHERE)
    waiting = read_table(paths.OPEN)
    open_features = (
        compute_features(waiting, past, config.features, config.schema, WHERE) if len(waiting) else features[:0]
    )
    write_table(paths.FEATURES, features)
    write_table(paths.OPEN_FEATURES, open_features)
    return f"{features.shape[1] - 1} features of {len(features):,} rows and of {len(waiting):,} open ones"


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("featurize", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
