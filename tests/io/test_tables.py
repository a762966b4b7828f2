"""Tables: what is written is read back, the same rows give the same bytes, damage is named."""

from pathlib import Path

import pandas as pd
import pytest

from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.tables import read_csv, read_metadata, read_table, write_csv, write_table


def shelf() -> pd.DataFrame:
    """Three rows with every type that a schema knows, and something missing in each."""
    return pd.DataFrame(
        {
            "number": [1.5, None, -0.25],
            "integer": pd.array([1, None, 3], dtype="Int64"),
            "text": pd.Series(["a", None, "é"], dtype="str"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "time": pd.Series(pd.to_datetime(["2013-01-01T05:00Z", None, "2013-06-01T04:00Z"])).astype(
                "datetime64[us, UTC]"
            ),
        }
    )


def test_a_table_is_read_back_in_its_types(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.parquet"
    write_table(path, shelf())
    pd.testing.assert_frame_equal(read_table(path), shelf())
    pd.testing.assert_frame_equal(read_table(path, ("boolean", "number")), shelf()[["boolean", "number"]])


def test_the_same_rows_give_the_same_bytes_whatever_their_index(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", shelf())
    write_table(tmp_path / "b.parquet", shelf().set_index(pd.Index([7, 8, 9])))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "middle"])
def test_a_damaged_file_is_named_in_three_lines(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.parquet"
    write_table(path, shelf())
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[:-20],
            "text": b"not a table",
            "empty": b"",
            "middle": b"PAR1" + bytes(len(whole) - 12) + whole[-8:],
        }[damage]
    )
    with pytest.raises(CorruptFile) as caught:
        read_table(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"error: {path} cannot be read as Parquet (")
    assert lines[1] == f"where: {path}, {path.stat().st_size:,} bytes"
    assert lines[2].startswith(f"next:  rm {path} && dvc checkout {path}")


def test_a_column_that_is_not_in_the_file_is_rejected(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", shelf())
    with pytest.raises(CorruptFile, match="nowhere"):
        read_table(tmp_path / "a.parquet", ["number", "nowhere"])


def test_a_csv_has_six_digits_and_plain_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, pd.DataFrame({"x": [1 / 3, 2.0], "name": ["a", None]}))
    assert path.read_bytes() == b"x,name\n0.333333,a\n2,\n"
    pd.testing.assert_frame_equal(read_csv(path), pd.DataFrame({"x": [0.333333, 2.0], "name": ["a", None]}))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2,3\n4\n5,6,7,8\n", b"\xff\xfe\xff\n"])
def test_a_csv_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match="cannot be read as CSV"):
        read_csv(path)


@pytest.mark.parametrize("read", [read_table, read_csv])
def test_a_file_that_is_not_there_is_missing(tmp_path: Path, read) -> None:
    with pytest.raises(MissingFile):
        read(tmp_path / "nothing")


def test_what_is_said_of_a_table_is_in_its_file_and_not_in_its_rows(tmp_path: Path) -> None:
    plain, said, other = (tmp_path / f"{name}.parquet" for name in ("plain", "said", "other"))
    write_table(plain, shelf())
    write_table(said, shelf(), {"source": "a shop in Zürich", "licence": "CC0 1.0"})
    write_table(other, shelf(), {"licence": "CC0 1.0", "source": "a shop in Zürich"})
    assert read_metadata(said) == {"source": "a shop in Zürich", "licence": "CC0 1.0"}
    assert read_metadata(plain) == {}
    assert said.read_bytes() == other.read_bytes() != plain.read_bytes()
    pd.testing.assert_frame_equal(read_table(said), shelf())


def test_nothing_said_is_as_no_word(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", shelf())
    write_table(tmp_path / "b.parquet", shelf(), {})
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_no_text_in_a_csv_is_a_formula_and_every_text_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table = pd.DataFrame(
        {"=name": ["=1+1", None, "red\x1b[31m"], "x": [1 / 3, -2.0, 3.0], "day": ["-1", "+2", "-3 to 4"]}
    )
    write_csv(path, table)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "'=name,x,day",
        "'=1+1,0.333333,-1",
        ",-2,+2",
        "red\\u001b[31m,3,'-3 to 4",
    ]
    pd.testing.assert_frame_equal(read_csv(path), table.assign(x=[0.333333, -2.0, 3.0]), check_dtype=False)


def test_columns_of_one_name_and_levels_are_written_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table = pd.DataFrame([[True, "b", "@a"], [False, None, "c"]], columns=["x", "x", "y"]).astype({"y": "category"})
    write_csv(path, table)
    assert path.read_text(encoding="utf-8") == "x,x,y\nTrue,b,'@a\nFalse,,c\n"
