import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.feature_extraction.text import TfidfVectorizer

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.tfidf import Tfidf

TEXTS = ["late again, late", "late and wet", "wet and cold", None, "again"]
TABLE = pd.DataFrame({"note": pd.Series(TEXTS, dtype="str"), "other": pd.Series(["x y"] * 5, dtype="str")})


def test_words_in_enough_texts_become_columns_of_their_weight():
    found = Tfidf(least=2).fit_transform(TABLE[["note"]])
    assert found.columns.tolist() == ["note__again", "note__and", "note__late", "note__wet"]
    full = TfidfVectorizer(vocabulary=["again", "and", "late", "wet"]).fit_transform([text or "" for text in TEXTS])
    assert_array_equal(found.to_numpy(), full.toarray())
    assert found.loc[3].tolist() == [0.0] * 4


def test_the_words_of_the_most_texts_count_and_the_first_by_the_alphabet():
    assert Tfidf(most=2).fit(TABLE[["note"]]).get_feature_names_out().tolist() == ["note__again", "note__and"]


def test_an_unseen_word_and_a_missing_text_weigh_nothing():
    fitted = Tfidf().fit(TABLE)
    asked = TABLE.iloc[:3].assign(note=["never", None, "wet never"]).set_axis([5, 6, 7])
    found = fitted.transform(asked)
    assert found.to_numpy().tolist() == [[0.0] * 4, [0.0] * 4, [0.0, 0.0, 0.0, 1.0]]
    assert found.index.tolist() == [5, 6, 7]


def test_a_column_without_words_gives_no_column():
    nothing = pd.DataFrame({"note": pd.Series([None, None, "!"], dtype="str")})
    assert Tfidf().fit_transform(nothing).shape == (3, 0)


def test_directions_take_the_place_of_words():
    found = Tfidf(components=2).fit_transform(TABLE[["note"]])
    assert found.columns.tolist() == ["note__axis_1", "note__axis_2"]
    words = Tfidf().fit_transform(TABLE[["note"]]).to_numpy()
    longest = np.linalg.svd(words)[1][:2]
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), longest)


def test_more_directions_than_words_are_as_many_as_words():
    assert Tfidf(components=50).fit_transform(TABLE[["note"]]).shape == (5, 4)


@pytest.mark.parametrize("arguments", [{"most": 0}, {"least": 0}, {"components": 0}])
def test_too_few_is_rejected(arguments):
    with pytest.raises(WrongValue) as caught:
        Tfidf(**arguments).fit(TABLE)
    assert len(str(caught.value).splitlines()) == 3
