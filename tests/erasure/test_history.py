"""Which versions and models an erasure affects."""

from lifecycle.erasure.history import Versions, find_models, list_model_objects, name_objects, parse_outs

VERSIONS = Versions(
    objects={
        "one": {
            "a": "data/raw/orders/1.parquet",
            "m": "models/model.skops",
            "r": "models/release/card.md",
            "d.dir": "models/release",
        },
        "two": {"b": "data/raw/orders/2.parquet", "n": "models/model.skops"},
    },
    tags={"one": ("v1",)},
)


def test_models_that_keep_rows_go_with_the_rows_of_their_version() -> None:
    assert find_models(VERSIONS, {"m", "n"}, {"a"}) == {"m"}
    assert find_models(VERSIONS, {"m", "n"}, set()) == set()


def test_all_models_of_a_version_are_its_files_below_models() -> None:
    assert list_model_objects(VERSIONS, {"a"}) == {"m", "r"}


def test_an_object_that_no_commit_has_is_called_by_its_hash() -> None:
    assert name_objects(VERSIONS, {"a", "x"}) == {"a": "data/raw/orders/1.parquet", "x": "object x"}


def test_outputs_are_read_from_a_lock_and_from_a_file_of_dvc_alike() -> None:
    lock = "schema: '2.0'\nstages:\n  collect:\n    outs:\n    - {path: data/raw, md5: a.dir}\n    - {path: no hash}\n"
    assert [out["md5"] for out in parse_outs(lock)] == ["a.dir"]
    assert [out["path"] for out in parse_outs("outs:\n- md5: a\n  path: x.parquet\n")] == ["x.parquet"]
    assert parse_outs("- nothing\n") == parse_outs("a: [") == []
