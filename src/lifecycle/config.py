"""From params.yaml, conf/ and the command line to one typed dataclass: the only module that uses Hydra.

A stage declares a dataclass. Each field says what it takes:

- a class made with `options` (or `Call`): one option of the group named like the field,
- a `dict` of such a class: every option of the group, by name,
- anything else: a plain value, from params.yaml unless the command line gives it.

The picks come from params.yaml: `search: bayesian` means conf/search/bayesian.yaml. A group that
params.yaml does not name is picked by the problem: by a key of its file (`split: by_time`), or else by
an option named like the problem.
"""

import dataclasses
import json
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lifecycle.errors import ConfigError, CorruptFile, UnknownName, WrongValue, suggest_name
from lifecycle.io.conflicts import must_be_whole
from lifecycle.io.interpolations import find_resolver, find_resolvers
from lifecycle.io.records import read_yaml
from lifecycle.io.yaml_limits import must_be_plain, must_resolve_small
from lifecycle.options import Keyed
from lifecycle.paths import CONF, PARAMS

Config = TypeVar("Config")

LARGE = 32_768  # bytes of an option's file
COMPOSED = re.compile(r"^#\s*@package|^defaults:|\?\?\?", re.MULTILINE)
# What OmegaConf would run for `${name:…}`. Without them a defaults list, which Hydra resolves, can run none either.
RESOLVERS = ("create", "decode", "deprecated", "dict.keys", "dict.values", "env", "select")


def load(declared: type[Config], overrides: Sequence[str] = ()) -> Config:
    """The configuration of a stage as an instance of the class it declares.

    Raises ConfigError (UnknownName, WrongValue) naming the file, the key and the nearest valid name.
    """
    return validate_values(declared, compose_values(declared, overrides), choose_options(declared, overrides))


def compose_values(declared: type, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The configuration as Hydra composes it: plain dictionaries, interpolations between keys resolved.

    Raises UnknownName for an option, a group or a key that does not exist, WrongValue for a resolver such as
    `${oc.env:HOME}`, whose result would be written into files that are committed, and TooLarge for files that stand for
    more values, or text, than the budget has.
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.config_store import ConfigStore
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    from lifecycle.io.yaml_values import read_values

    must_give_no_resolver(overrides)
    picks = choose_options(declared, overrides)
    for group, option in picks.items():
        must_be_option(group, option)
    for path, text in zip(files := list_files(declared, picks), read_texts(files), strict=True):
        must_be_plain(text, str(path))
    forget_resolvers()
    large = list_large_groups(declared, picks, overrides)
    defaults = [entry for entry in build_defaults(declared, picks) if not large & set(entry)]
    node = {"defaults": [*defaults, "_self_"], **collect_plain_values(declared)}
    ConfigStore.instance().store(name="stage", node=OmegaConf.create(node))
    chosen = [override for override in overrides if override.split("=", 1)[0] not in large]
    try:
        with initialize_config_dir(config_dir=str(CONF.resolve()), version_base="1.3"):
            tree = compose(config_name="stage", overrides=chosen)
        must_hold_no_resolver(OmegaConf.to_container(tree, resolve=False), picks, overrides)
        must_resolve_small(typing.cast("dict[str, Any]", OmegaConf.to_container(tree)), ", ".join(map(str, files)))
        values = typing.cast("dict[str, Any]", OmegaConf.to_container(tree, resolve=True, throw_on_missing=True))
        return values | {group: read_values(CONF / group / f"{picks[group]}.yaml") for group in sorted(large)}
    except (HydraException, OmegaConfBaseException, YAMLError, UnicodeDecodeError) as cause:
        for path in list_files(declared, picks):
            must_be_whole(path)
        raise explain_rejection(declared, overrides, picks, cause) from cause


def forget_resolvers() -> None:
    """Take the resolvers that OmegaConf comes with out of this process, which read the environment among others."""
    from omegaconf import OmegaConf

    for name in RESOLVERS:
        OmegaConf.clear_resolver(f"oc.{name}")


def must_give_no_resolver(overrides: Sequence[str]) -> None:
    """Raise WrongValue for a resolver on the command line or in params.yaml, where there is one."""
    for override in overrides:
        if resolver := find_resolver(override):
            raise build_resolver_error(override.split("=", 1)[0].lstrip("+~"), resolver, f"command line, {override}")
    for place, resolver in find_resolvers(read_parameters() if PARAMS.exists() else {}):
        key = ".".join(place)
        raise build_resolver_error(key, resolver, f"{PARAMS}, key {key}")


def must_hold_no_resolver(values: Any, picks: Mapping[str, str], overrides: Sequence[str]) -> None:
    """Raise WrongValue for a resolver in what was composed, before anything is resolved.

    It stands in a file of conf/, or in an override whose escapes Hydra has read.
    """
    for place, resolver in find_resolvers(values):
        group, *keys = place
        given = [one for one in overrides if ".".join(place).startswith(one.split("=", 1)[0].lstrip("+~"))]
        if given and not is_pick(given[-1]):
            raise build_resolver_error(".".join(place), resolver, f"command line, {given[-1]}")
        option = picks.get(group) or (keys.pop(0) if keys else "")
        raise build_resolver_error(".".join(keys), resolver, f"{CONF / group / option}.yaml, key {'.'.join(keys)}")


def build_resolver_error(key: str, resolver: str, where: str) -> WrongValue:
    """The error for a resolver, with what to write where it reads the environment."""
    variable = re.match(r"\$\{\s*oc\.env\s*:\s*['\"]?(\w+)", resolver)
    secret = f", or '\\${{{variable[1]}}}' for the secret of a source (docs/sources.md)" if variable else ""
    return WrongValue(
        f"{key} holds {resolver}: its result would be written into files that are committed",
        where=where,
        todo=f"write the value itself{secret}",
    )


def list_large_groups(declared: type, picks: Mapping[str, str], overrides: Sequence[str]) -> set[str]:
    """The groups whose picked file is read as it stands: Hydra needs seconds for a schema of 3,000 columns.

    None where that could be another value than Hydra composes: a file or an override holds an interpolation, an
    override reaches into the group, or the file has a defaults list, a package or a missing value.
    """
    paths = {group: CONF / group / f"{pick}.yaml" for group, pick in picks.items()}
    large = {group for group, path in paths.items() if path.stat().st_size >= LARGE}
    if not large or any("${" in text for text in [*overrides, *read_texts([PARAMS, *list_files(declared, picks)])]):
        return set()
    reached = {override.split("=", 1)[0].lstrip("+~").split(".")[0] for override in overrides if not is_pick(override)}
    return {group for group in large - reached if not COMPOSED.search("\n".join(read_texts([paths[group]])))}


def is_pick(override: str) -> bool:
    """Whether an override is a name with a value, without a place within it."""
    return override.split("=", 1)[0].isidentifier()


def read_texts(paths: Iterable[Path]) -> list[str]:
    """The texts of files, with a sign in place of bytes that are none."""
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths]


def list_groups(declared: type) -> dict[str, bool]:
    """The fields that are configuration groups; True where the field takes every option of its group."""
    groups = {}
    for name, hint in typing.get_type_hints(declared).items():
        every = typing.get_origin(hint) is dict
        inner = typing.get_args(hint)[-1] if every else hint
        if dataclasses.is_dataclass(inner):
            groups[name] = every
    return groups


def list_options(group: str) -> list[str]:
    """The names of the options in conf/<group>/, sorted."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def list_files(declared: type, picks: Mapping[str, str]) -> list[Path]:
    """The files of conf/ that a stage reads: those picked, and all of the groups of which it takes every option."""
    every = [group for group, whole in list_groups(declared).items() if whole]
    read = {**{group: list_options(group) for group in every}, **{group: [pick] for group, pick in picks.items()}}
    return [CONF / group / f"{option}.yaml" for group, options in read.items() for option in options]


def choose_options(declared: type, overrides: Sequence[str] = ()) -> dict[str, str]:
    """The option picked for each group that takes one: the command line first, then params.yaml.

    Raises UnknownName when nothing picks one.
    """
    values = read_parameters() | dict(override.split("=", 1) for override in overrides if "=" in override)
    by_problem = read_problem_options(values.get("problem"))
    picks = {}
    for group in (name for name, every in list_groups(declared).items() if not every):
        pick = values.get(group, by_problem.get(group))
        if pick is None and values.get("problem") in list_options(group):
            pick = values["problem"]
        if pick is None:
            raise UnknownName(
                f"no {group} is picked",
                where=f"params.yaml and the command line, key {group}",
                todo=f"add {group}=NAME, one of {', '.join(list_options(group))}",
            )
        picks[group] = str(pick)
    return picks


def read_problem_options(problem: Any) -> dict[str, str]:
    """The options that the problem's own file picks, by group."""
    path = CONF / "problem" / f"{problem}.yaml"
    content = read_yaml(path) if path.is_file() else {}
    entries = content.items() if isinstance(content, dict) else ()
    return {key: value for key, value in entries if isinstance(value, str) and (CONF / key).is_dir()}


def must_be_option(group: str, option: str) -> None:
    """Raise UnknownName unless conf/<group>/<option>.yaml exists."""
    if option not in list_options(group):
        raise UnknownName(
            f"{group}: there is no option {option!r}",
            where=f"{CONF / group}/, picked in params.yaml or on the command line",
            todo=suggest_name(option, list_options(group)),
        )


def read_parameters() -> dict[str, Any]:
    """The picks in params.yaml; raises WrongValue when it is not a mapping."""
    content = read_yaml(PARAMS)
    if not isinstance(content, dict):
        raise WrongValue(
            f"params.yaml holds {type(content).__name__}, not a mapping",
            where=str(PARAMS),
            todo="write one line per group, such as problem: flight_delay",
        )
    return content


def build_defaults(declared: type, picks: Mapping[str, str]) -> list[dict[str, str]]:
    """Hydra's defaults list for the groups that a class declares."""
    entries = []
    for group, every in list_groups(declared).items():
        if every:
            entries += [{f"{group}@{group}.{option}": option} for option in list_options(group)]
        else:
            entries.append({group: picks[group]})
    return entries


def collect_plain_values(declared: type) -> dict[str, Any]:
    """Start values of the fields that are not groups: from params.yaml, else the class's own."""
    params = read_parameters()
    values = {}
    for entry in dataclasses.fields(declared):
        if entry.name in list_groups(declared):
            continue
        if entry.name in params:
            values[entry.name] = convert_to_json(params[entry.name])
        elif entry.default is not dataclasses.MISSING:
            values[entry.name] = convert_to_json(entry.default)
        else:
            values[entry.name] = "???"
    return values


def convert_to_json(value: Any) -> Any:
    """The value in JSON's types: dates become text, tuples lists."""
    return json.loads(json.dumps(value, default=str))


def explain_rejection(
    declared: type, overrides: Sequence[str], picks: Mapping[str, str], cause: Exception
) -> ConfigError:
    """The error for what Hydra or OmegaConf rejected, with the key and the nearest valid one."""
    known = {entry.name for entry in dataclasses.fields(declared)}
    for override in overrides:
        key = override.split("=", 1)[0].lstrip("+~")
        first, *rest = key.split(".")
        if first not in known:
            return UnknownName(
                f"unknown key {first!r}", where=f"command line, {override}", todo=suggest_name(first, known)
            )
        keys: Any = read_keys(first, picks)
        for part in rest:
            if isinstance(keys, dict) and part not in keys and not override.startswith("+"):
                return UnknownName(
                    f"unknown key {part!r} in {key}",
                    where=f"command line, {override}",
                    todo=suggest_name(part, keys) + f"; a new key is added with +{override.lstrip('+~')}",
                )
            keys = keys.get(part) if isinstance(keys, dict) else {}
    lines = " ".join(str(cause).split())
    where = ", ".join(str(CONF / group / f"{option}.yaml") for group, option in picks.items())
    return ConfigError(lines, where=f"{where} or the command line", todo="correct the file or the override named above")


def read_keys(group: str, picks: Mapping[str, str]) -> Any:
    """What stands in a group: its picked option's keys, or every option by name."""
    if group in picks:
        return read_yaml(CONF / group / f"{picks[group]}.yaml")
    return {option: read_yaml(CONF / group / f"{option}.yaml") for option in list_options(group)}


def validate_values(declared: type[Config], values: dict[str, Any], picks: Mapping[str, str]) -> Config:
    """The values as the declared class: no unknown key, no converted type, nothing missing."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(declared).validate_json(
            json.dumps(nest_arguments(declared, add_option_names(declared, values, picks)))
        )
    except ValidationError as cause:
        first = cause.errors()[0]
        raise translate_failure(declared, picks, first["type"], first["loc"], first["msg"], first["input"]) from cause


def add_option_names(declared: type, values: dict[str, Any], picks: Mapping[str, str]) -> dict[str, Any]:
    """The values, with the option's name added in each group whose class has a field `option`."""
    hints, named = typing.get_type_hints(declared), dict(values)
    for group, every in list_groups(declared).items():
        inner = typing.get_args(hints[group])[-1] if every else hints[group]
        if group not in values or "option" not in {entry.name for entry in dataclasses.fields(inner)}:
            continue
        key, content = "_option_" if is_keyed(inner) else "option", values[group]
        if every:
            named[group] = {option: {**entry, key: option} for option, entry in content.items()}
        else:
            named[group] = {**content, key: picks[group]}
    return named


def nest_arguments(declared: Any, value: Any) -> Any:
    """The value with each mapping for which `declared` expects a `Keyed` in the form of that class.

    There, keys between underscores become fields of the class and all others arguments. Anywhere else keys are names
    from outside, such as those of columns, and stay as they are.
    """
    if isinstance(value, list):
        return [nest_arguments(get_entry_hint(declared), entry) for entry in value]
    if not isinstance(value, dict):
        return value
    here = find_dataclass(declared)
    if not dataclasses.is_dataclass(here):
        return {key: nest_arguments(get_entry_hint(declared), entry) for key, entry in value.items()}
    hints = typing.get_type_hints(here)
    if not is_keyed(here):
        return {key: nest_arguments(hints.get(key), entry) for key, entry in value.items()}
    own = {key.strip("_"): entry for key, entry in value.items() if is_reserved(key)}
    fields = {name: nest_arguments(hints.get(name), entry) for name, entry in own.items()}
    return fields | {"arguments": {key: entry for key, entry in value.items() if not is_reserved(key)}}


def is_reserved(key: Any) -> bool:
    """Whether a key stands between underscores."""
    return isinstance(key, str) and key.startswith("_") and key.endswith("_")


def get_entry_hint(declared: Any) -> Any:
    """What a list or mapping of this type holds; None where that is anything."""
    return (typing.get_args(declared) or (None,))[0 if _is_tuple(declared) else -1]


def find_dataclass(declared: Any) -> Any:
    """The class that a type allows beside None; the type itself where there is none."""
    return next((hint for hint in _if_any(declared) if dataclasses.is_dataclass(hint)), declared)


def translate_failure(
    declared: type,
    picks: Mapping[str, str],
    kind: str,
    place: tuple[int | str, ...],
    message: str,
    value: Any,
) -> ConfigError:
    """A validation failure as an error that names the file, the key and what would be right."""
    group = str(place[0]) if place else ""
    parts = [spell_key(declared, place[:count]) for count in range(1, len(place) + 1)]
    last = parts[-1] if parts else ""
    key = ".".join(parts[1:] if group in list_groups(declared) and parts[1:] else parts)
    if group in picks:
        where = f"{CONF / group / picks[group]}.yaml, key {key}"
    elif group in list_groups(declared):
        where = f"{CONF / group}/, key {key}"
    else:
        where = f"params.yaml or the command line, key {key}"
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return UnknownName(
            f"unknown key {last!r}", where=where, todo=suggest_name(last, list_known_keys(declared, place))
        )
    if kind in ("missing", "missing_argument"):
        return WrongValue(f"{key} is missing", where=where, todo=f"add the key {last}:")
    return WrongValue(
        f"{key} is {json.dumps(value, default=str)}: {message}", where=where, todo=f"correct {last or key}:"
    )


def list_known_keys(declared: Any, place: Sequence[int | str]) -> set[str]:
    """The keys that the class allows beside the last key of `place`, as YAML spells them."""
    here = find_owner(declared, place)
    if not dataclasses.is_dataclass(here):
        return set()
    names = {entry.name for entry in dataclasses.fields(here)}
    return {f"_{name}_" for name in names - {"arguments"}} if is_keyed(here) else names


def spell_key(declared: Any, place: Sequence[int | str]) -> str:
    """The last key of `place` as YAML spells it: those of a `Keyed` stand between underscores."""
    last = str(place[-1]) if place else ""
    return f"_{last}_" if place and is_keyed(find_owner(declared, place)) else last


def is_keyed(here: Any) -> bool:
    """Whether this is a class that extends `Keyed`."""
    return isinstance(here, type) and issubclass(here, Keyed)


def find_owner(declared: Any, place: Sequence[int | str]) -> Any:
    """The class that holds the last key of `place`."""
    here = declared
    for part in place[:-1]:
        hints = typing.get_type_hints(here) if dataclasses.is_dataclass(here) else {}
        here = find_dataclass(hints.get(str(part)) or get_entry_hint(here))
    return here


def _if_any(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if type(None) in typing.get_args(hint) else ()


def _is_tuple(hint: Any) -> bool:
    return typing.get_origin(hint) is tuple


def format_yaml(declared: type, overrides: Sequence[str] = ()) -> str:
    """The composed configuration of a stage as YAML, for reading."""
    import yaml

    return yaml.safe_dump(compose_values(declared, overrides), sort_keys=False, allow_unicode=True)


def from_record(
    declared: type[Config], record: Any, *, where: str = "reports/", todo: str = "dvc repro --force tune"
) -> Config:
    """A recorded dataclass read back, as strictly as it declares; raises CorruptFile with `where` and `todo` if not."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(declared).validate_json(json.dumps(record))
    except ValidationError as cause:
        first = cause.errors()[0]
        raise CorruptFile(
            f"a recorded {declared.__name__} has {'.'.join(map(str, first['loc']))}: {first['msg']}",
            where=where,
            todo=todo,
        ) from cause
