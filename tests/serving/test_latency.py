"""The time of one row, by a clock of the test's own."""

from builders import releases

from lifecycle.release.release import load_release
from lifecycle.serving.latency import REPEATS, measure_row
from lifecycle.serving.scorer import prepare_model


def test_the_time_of_a_row_is_the_median_of_many(tmp_path):
    model = prepare_model(load_release(releases.write(tmp_path, "binary", "ensemble")))
    moments = [moment for start in range(REPEATS) for moment in (start, start + (0.5 if start % 3 else 90.0))]
    assert measure_row(model, iter(moments).__next__) == 0.5
