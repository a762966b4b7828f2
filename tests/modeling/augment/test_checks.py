import numpy as np
import pandas as pd
import pytest

from lifecycle.errors import WrongValue
from lifecycle.modeling.augment.label_noise import drop_noisy_labels, repair_noisy_labels
from lifecycle.modeling.augment.resampling import oversample, undersample
from lifecycle.modeling.augment.synthetic import smote


@pytest.mark.parametrize("change", [oversample, undersample, smote, drop_noisy_labels, repair_noisy_labels])
def test_numbers_as_labels_are_rejected_where_classes_are_needed(change):
    with pytest.raises(WrongValue, match="the labels are numbers") as caught:
        change(pd.DataFrame({"x": [1.0, 2.0]}), np.array([0.5, 1.5]), seed=1)
    assert [line[:6] for line in str(caught.value).splitlines()] == ["error:", "where:", "next: "]
    assert caught.value.todo.startswith("augment: none")
