"""Times in text and numbers, by their format, as instants in UTC."""

import re
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cells.periods import PERIODS, parse_periods

INSTANT = pd.DatetimeTZDtype("us", "UTC")
DAY = 86_400_000_000.0  # µs in one
EPOCHS = {  # what is counted from a moment in UTC: the count at the start of 1970, and the µs in one
    "seconds": (0.0, 1_000_000.0),
    "milliseconds": (0.0, 1_000.0),
    "microseconds": (0.0, 1.0),
    "ticks": (621_355_968_000_000_000.0, 0.1),
    "nanoseconds": (0.0, 0.001),
    "minutes": (0.0, 60_000_000.0),
    "filetime": (116_444_736_000_000_000.0, 0.1),
}
DAY_COUNTS = {"days": 0.0, "excel_days": 25_569.0, "matlab_days": 719_529.0}  # the count at the start of 1970
NAMED = (*EPOCHS, *DAY_COUNTS, "ISO8601", *PERIODS)
FARTHEST = 2.5e17  # µs on either side of 1970 that a time may be away
YEAR = re.compile("%[YyGcx]")
DOTNET = re.compile(r"\\?/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/", re.ASCII)  # milliseconds, in JSON of .NET
DECIMAL_COMMA = re.compile(r"(-?\d{4,}),(\d+)", re.ASCII)  # no comma stands behind four digits but a decimal one
BARE = r"[\d-]+([T ][\d:.,]+)?"  # ISO 8601 without a zone
ZERO_ZONE = r"UTC|GMT|[Zz]|\d [(\[]"
ZONE_NAME = r"(?P<clock>.*\S)\s+(?P<zone>[A-Z]{2,5})"
COMPACT = re.compile(r"(?:%[YmdjHMS])+")


def is_format(form: str) -> bool:
    """Whether a text names a format that tells the year of a time: strptime's signs or one of `NAMED`."""
    return form in NAMED or bool(YEAR.search(form))


@cache
def is_zone(name: str) -> bool:
    """Whether a text is the name of a time zone, such as Europe/Berlin or UTC."""
    return name in available_timezones()


def parse_instants(values: pd.Series, form: str, zone: str) -> pd.Series:
    """Times in UTC, missing where a value is no such time.

    `form` is of signs of strptime, or one of `NAMED`: `ISO8601`, a unit since 1970, the `filetime` of Windows (100 ns
    since 1601) or the `ticks` of .NET (since 0001), days as Excel (since 1899) or MATLAB (since year 0) count them, or
    the start of ISO `weeks`, `quarters` or `halves` of years. `%z` reads offsets, UTC and GMT, `%Z` the names that
    `zone` has for its own hours. A clock time without a zone is one of `zone`: the later one where the clock shows it
    twice, the next that exists where it is skipped.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        typed: pd.Series = values.astype(INSTANT) if values.dt.tz is not None else localize(values, zone)
        return typed
    if form in EPOCHS:
        start, unit = EPOCHS[form]
        return convert_microseconds((convert_to_floats(values) - start) * unit, values.index)
    if form == "ISO8601":
        return parse_iso(values, zone)
    if "%z" in form:
        stamps: pd.Series = parse_clock(replace_zero_zones(values), form, utc=True).astype(INSTANT)
        return stamps
    if form.endswith(" %Z"):
        return parse_zone_names(values, form.removesuffix(" %Z"), zone)
    return localize(parse_local(values, form), zone)


def parse_local(values: pd.Series, form: str) -> pd.Series:
    """Clock times without a zone."""
    if form in DAY_COUNTS:
        since = (convert_to_floats(values) - DAY_COUNTS[form]) * DAY
        clock: pd.Series = convert_microseconds(since, values.index).dt.tz_localize(None)
        return clock
    if form in PERIODS:
        return parse_periods(values, form)
    if COMPACT.fullmatch(form):
        return parse_clock(values.str.replace(r"\.0+$", "", regex=True), form)
    return parse_clock(values, form)


def parse_clock(values: pd.Series, form: str, utc: bool = False) -> pd.Series:
    """Times by signs of strptime; all missing where the format has no year."""
    if not is_format(form):
        return pd.Series(pd.NaT, index=values.index, dtype=INSTANT if utc else "datetime64[us]")
    try:
        return pd.to_datetime(values, format=form, errors="coerce", utc=utc)
    except ValueError:  # a sign that pandas does not know, or mixed offsets in a format without one
        return pd.Series(pd.NaT, index=values.index, dtype=INSTANT if utc else "datetime64[us]")


def convert_to_floats(values: pd.Series) -> npt.NDArray[np.float64]:
    """The numbers in texts, NaN where there is none; 44256,5 is one, and so is what /Date(1614556800000)/ holds."""
    numbers = pd.to_numeric(strip_notation(values), errors="coerce")
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def strip_notation(values: pd.Series) -> pd.Series:
    """Counts of time as numbers with a decimal point and without the words around them."""
    if not isinstance(values.dtype, pd.StringDtype) or not values.str.contains("[,(]").any():
        return values
    bare = values.str.replace(f"^{DOTNET.pattern}$", r"\1", regex=True)
    return bare.str.replace(f"^{DECIMAL_COMMA.pattern}$", r"\1.\2", regex=True)


def convert_microseconds(since: npt.NDArray[np.float64], index: pd.Index) -> pd.Series:
    """Times from microseconds since 1970; missing beyond the year 9891."""
    inside = np.abs(np.nan_to_num(since, nan=np.inf)) < FARTHEST
    ticks = np.round(np.where(inside, since, 0.0)).astype(np.int64).view("datetime64[us]")
    times = pd.DatetimeIndex(np.where(inside, ticks, np.datetime64("NaT"))).tz_localize("UTC")
    return pd.Series(times, index=index, dtype=INSTANT)


def parse_iso(values: pd.Series, zone: str) -> pd.Series:
    """Times by ISO 8601 in any detail, with or without an offset."""
    bare = values.str.fullmatch(BARE).fillna(False).astype(bool)
    aware = pd.to_datetime(replace_zero_zones(values.mask(bare)), format="ISO8601", errors="coerce", utc=True)
    local = pd.to_datetime(values.where(bare), format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    return aware.astype(INSTANT).fillna(localize(local, zone))


def replace_zero_zones(values: pd.Series) -> pd.Series:
    """Texts with +0000 for UTC, GMT and Z, without the word before an offset and the remark behind it."""
    if not values.str.contains(ZERO_ZONE).any():
        return values
    text = values.str.replace(r"\s*[(\[][^()\[\]]*[)\]]$", "", regex=True)
    text = text.str.replace(r"(?:UTC|GMT)([+-]\d)", r"\1", regex=True)
    return text.str.replace(r"(?<=[\d\s])(?:UTC|GMT|[Zz])(?=\s|$)", "+0000", regex=True)


def parse_zone_names(values: pd.Series, form: str, zone: str) -> pd.Series:
    """Times with a name of the zone's own hours (CET and CEST of Europe/Berlin); missing where it is another's."""
    parts = values.str.extract(f"^{ZONE_NAME}$")
    clock = parse_clock(parts["clock"], form).astype("datetime64[us]")
    offsets = parts["zone"].map(list_zone_names(clock, zone)).astype("timedelta64[us]")
    instants = (clock - offsets).dt.tz_localize("UTC").astype(INSTANT)
    own: pd.Series = instants.where(instants.dt.tz_convert(zone).dt.tz_localize(None) == clock)
    return own


def list_zone_names(clock: pd.Series, zone: str) -> dict[str, pd.Timedelta]:
    """The offset of each name that a zone has for its hours between the first and the last time."""
    if clock.isna().all():
        return {}
    margin = pd.Timedelta(days=370)
    days = pd.date_range(clock.min() - margin, clock.max() + margin, freq="7D").tz_localize("UTC")
    return {str(day.tzname()): pd.Timedelta(day.utcoffset() or 0) for day in days.tz_convert(ZoneInfo(zone))}


def localize(clock: pd.Series, zone: str) -> pd.Series:
    """Clock times of a zone as times in UTC; those at the ends of the calendar are left as they are."""
    if zone == "UTC":
        plain: pd.Series = clock.dt.tz_localize("UTC").astype(INSTANT)
        return plain
    ends = ((clock.dt.year <= 1) | (clock.dt.year >= 9999)).to_numpy(dtype=bool)
    later = np.zeros(len(clock), dtype=bool)
    inner: pd.Series = (
        clock.mask(ends).dt.tz_localize(zone, ambiguous=later, nonexistent="shift_forward").astype(INSTANT)
    )
    return inner.fillna(clock.where(ends).dt.tz_localize("UTC").astype(INSTANT)) if ends.any() else inner
