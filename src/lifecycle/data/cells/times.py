"""Times in text and numbers, by their format, as instants in UTC."""

import pandas as pd

INSTANT = pd.DatetimeTZDtype("us", "UTC")
EPOCHS = {"seconds": 1_000_000.0, "milliseconds": 1_000.0, "microseconds": 1.0, "nanoseconds": 0.001}  # µs in one


def parse_instants(values: pd.Series, form: str, zone: str) -> pd.Series:
    """Times in UTC, missing where a value is no such time.

    `form` is of signs of strptime, `ISO8601`, or a unit since 1970. A clock time without a zone is one of `zone`:
    the later one where the clock shows it twice, the next that exists where it is skipped.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        times = values
    elif form in EPOCHS:
        since = (pd.to_numeric(values, errors="coerce").astype("float64") * EPOCHS[form]).round()
        return pd.to_datetime(since, unit="us", utc=True, errors="coerce").astype(INSTANT)
    elif "%z" in form or form == "ISO8601":
        return parse_zoned(values, form, zone)
    else:
        times = pd.to_datetime(values, format=form, errors="coerce")
    instants: pd.Series = times.astype(INSTANT) if times.dt.tz is not None else localize(times, zone)
    return instants


def parse_zoned(values: pd.Series, form: str, zone: str) -> pd.Series:
    """Texts with a zone, which ISO 8601 may leave out, as times in UTC."""
    bare = values.str.fullmatch(r"[\d-]+([T ][\d:.]+)?").fillna(False).astype(bool)
    aware = pd.to_datetime(values.mask(bare), format=form, errors="coerce", utc=True).astype(INSTANT)
    local = pd.to_datetime(values.where(bare), format=form, errors="coerce", utc=True).dt.tz_localize(None)
    both: pd.Series = aware.fillna(localize(local, zone)) if form == "ISO8601" else aware
    return both


def localize(clock: pd.Series, zone: str) -> pd.Series:
    """Clock times of a zone as times in UTC."""
    later = pd.Series(False, index=clock.index).to_numpy()
    instants: pd.Series = clock.dt.tz_localize(zone, ambiguous=later, nonexistent="shift_forward").astype(INSTANT)
    return instants
