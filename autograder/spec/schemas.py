"""What an author's plain values are validated with: models of pydantic, made of the records on demand.

A record says by its annotations what a file may hold. An assignment that was kept needs no more than the records (see
`compiled`): pydantic is imported where YAML is read, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from msgspec import Meta, to_builtins
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    create_model,
    model_validator,
)

from autograder.spec.fields import Fields, defaults_of, fields_of

# Put together at run time, which type checkers cannot follow.
_Annotated: Any = Annotated
_Union: Any = Union

_STRICT = {bool: Field(strict=True), int: Field(strict=True), float: Field(strict=True, allow_inf_nan=False)}
_LIMITS = ("ge", "gt", "le", "lt", "min_length", "pattern")


@cache
def schema_of(kind: type[Fields]) -> type[BaseModel]:
    """Return the model of a record: what it finds sound it returns as the record itself."""

    def as_record(model: BaseModel) -> Any:
        return kind(**{name: getattr(model, name) for name in model.model_fields_set})

    defaults = {name: to_builtins(value) for name, value in defaults_of(kind).items()}
    fields: dict[str, Any] = {
        field.name: (_translate(field.type), defaults.get(field.name, ...)) for field in fields_of(kind)
    }
    validators: dict[str, Any] = {"as_record": model_validator(mode="after")(as_record)}
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid", defer_build=True), __doc__=kind.__doc__,
                        __validators__=validators, **fields)


def _translate(annotation: Any) -> Any:
    """Return the annotation of a field as pydantic takes it, with the rules that hold for every file."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner, *metas = arguments
        ruled: tuple[Any, ...] = (_translate(inner), *(rule for meta in metas for rule in _rules(meta, inner)))
        return _Annotated[ruled]
    if origin in (Union, UnionType):
        return _union(arguments)
    if origin in (tuple, dict):
        return origin[tuple(argument if argument is ... else _translate(argument) for argument in arguments)]
    if annotation in _STRICT:
        return _Annotated[annotation, _STRICT[annotation]]
    return schema_of(annotation) if _is_record(annotation) else annotation


def _is_record(annotation: Any) -> bool:
    return get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, Fields)


def _union(members: tuple[Any, ...]) -> Any:
    """Tell records by their `kind` where each has one, else by the first field of each."""
    if not all(map(_is_record, members)):
        return _Union[tuple(map(_translate, members))]
    if all("kind" in member.__struct_fields__ for member in members):
        return _Annotated[_Union[tuple(map(schema_of, members))], Field(discriminator="kind")]
    first = {member.__struct_fields__[0]: member for member in members}

    def tell(value: Any) -> str | None:
        return next((name for name in first if name in value), None) if isinstance(value, dict) else None

    tagged = tuple(_Annotated[schema_of(member), Tag(name)] for name, member in first.items())
    return _Annotated[_Union[tagged], Discriminator(tell)]


def _rules(meta: Meta, inner: Any) -> list[Any]:
    """Return what pydantic calls a rule; the last is looked at first."""
    extra = meta.extra or {}
    rules: list[Any] = [StringConstraints(strip_whitespace=True)] if "strips" in extra else []
    limits = {name: limit for name in _LIMITS if (limit := getattr(meta, name)) is not None}
    if limits:
        rules.append(Field(**limits))
    if "takes_numbers" in extra:
        text: tuple[Any, ...] = (inner, *rules)
        rules.append(BeforeValidator(_as_text, json_schema_input_type=_Union[_Annotated[text], int, float]))
    if "text_for" in extra:
        accepted = _Union[str, int, float, schema_of(inner)]
        rules.append(BeforeValidator(_mapping_with(extra["text_for"]), json_schema_input_type=accepted))
    return rules


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _as_text(value: Any) -> Any:
    return str(value) if _is_plain(value) else value


def _mapping_with(field: str) -> Callable[[Any], Any]:
    return lambda value: {field: value} if _is_plain(value) else value
