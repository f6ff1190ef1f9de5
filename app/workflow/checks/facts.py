"""What a check sees, by name, loaded when it is read: the form, the process data, the datasets."""

from collections.abc import Iterator, Mapping

from app.workflow.registry import CheckContext, registry


class CheckFacts(Mapping[str, object]):
    """``form`` and ``data`` whole, entries of the process data by name, datasets (and ``actor``) by name.

    :ivar missing: names asked for that nobody knows; a table that reads one cannot be trusted.
    """

    def __init__(self, context: CheckContext) -> None:
        self._context = context
        self.missing: set[str] = set()

    def __getitem__(self, name: str) -> object:
        if name == "form":
            return self._context.form
        if name == "data":
            return self._context.data
        if name in self._context.data:
            return self._context.data[name]
        if name == "actor" or name in registry.datasets:
            return self._context.facts(name)
        self.missing.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from {"form", "data", *self._context.data, *registry.datasets}

    def __len__(self) -> int:
        return len({"form", "data", *self._context.data, *registry.datasets})
