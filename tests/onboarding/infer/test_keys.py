import pytest

from lifecycle.onboarding.infer.keys import is_key_like


@pytest.mark.parametrize(
    "values",
    [
        ["550e8400-e29b-41d4-a716-446655440000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
        ["d41d8cd98f00b204e9800998ecf8427e", "0cc175b9c0f1b6a831c399e269772661"],
        ["P001", "P002", "Q117"],
        ["c-1", "c-10", "c-100"],
        ["TX/2021/0001", "TX/2021/0002"],
        ["ann@example.org", "bob@example.org"],
        ["4X81Q", "7B22K", "9A07C", "1C55D"],
        ["2024INV0001", "2024INV0002"],
        ["INV123", "INV124"],
        ["12-0041-AB", "12-0042-QT"],
        ["LOT7-A1", "LOT8-C2"],
    ],
)
def test_keys(values: list[str]) -> None:
    assert is_key_like(values)


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["ann", "bob"],
        ["6,36,167", "66,23,974"],
        ["10:15", "03:46:00"],
        ["10:15pm", "03:46pm"],
        ["9am", "11pm"],
        ["10h30", "7h05"],
        ["10:15:00Z", "03:46:00Z"],
        ["0m07s", "1m00s", "12m59s"],
        ["1h05m", "2h15m"],
        ["00h07m12s", "01h10m59s"],
        ["2days", "3days"],
        ["1d2h", "3d11h30m"],
        ["5min30sec", "12min05sec"],
        ["PT5M30S", "PT1H", "P3DT4H"],
        ["1920x1080", "1280x720"],
        ["5ft11in", "6ft1in"],
        ["8GB", "512MB"],
        ["10-20kg", "20-35kg"],
        ["80mg/dl", "7mg/dl"],
        ["EUR1200", "USD70"],
        ["12km", "7km"],
        ["EUR12.50", "EUR7.00"],
        ["12.5", "-7"],
        ["Flat 12, Main St", "4 Elm St"],
    ],
)
def test_amounts_times_and_words_are_no_keys(values: list[str]) -> None:
    assert not is_key_like(values)
