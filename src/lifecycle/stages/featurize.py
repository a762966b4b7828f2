"""featurize: table → data/features.parquet; learns nothing, looks back only."""

import sys

from lifecycle import paths
from lifecycle.data.features.build import Features, build_features
from lifecycle.data.schema import Schema
from lifecycle.io.tables import read_table, write_table
from lifecycle.options import options
from lifecycle.stages import runner


@options
class Config:
    """The schema, and the steps that make the features."""

    schema: Schema
    features: Features


def run(config: Config) -> str:
    """Write each row's id and features."""
    table, rejected = read_table(paths.TABLE), read_table(paths.REJECTED)
    features = build_features(table, rejected, config.features, config.schema, "conf/features/")
    write_table(paths.FEATURES, features)
    return f"{features.shape[1] - 1} features of {len(features):,} rows"


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("featurize", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
