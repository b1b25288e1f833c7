"""Trouble on demand: error codes, slow answers, HTTP errors, cut connections (checklist G8)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .errors import ControlError

KINDS = ("errcode", "delay", "http", "drop_before", "drop_after", "timeout")


@dataclass
class Fault:
    """One fault; `count` is how often it still strikes (None: until deleted), `path` may be *.

    `share` is the chance that it strikes a call that fits (None: every one).
    """

    id: int
    path: str
    kind: str
    errcode: int | None = None
    errmsg: str | None = None
    seconds: float = 0.0
    status: int = 502
    count: int | None = None
    share: float | None = None
    openid: str | None = None
    appid: str | None = None
    struck: int = 0

    def fits(self, path: str, appid: str | None, openid: str | None) -> bool:
        return (
            self.path in ("*", path)
            and self.appid in (None, appid)
            and self.openid in (None, openid)
            and (self.count is None or self.count > 0)
        )

    def as_json(self) -> dict[str, object]:
        return vars(self).copy()


def _number(body: dict[str, object], name: str, default: float | None) -> float | None:
    value = body.get(name, default)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ControlError(400, f"{name} is a number", field=name)
    return value


def _text(body: dict[str, object], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise ControlError(400, f"{name} is a text", field=name)
    return value


class Faults:
    """The faults in the order they were added; the first that fits strikes."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._faults: list[Fault] = []
        self._count = 0
        self._chance = chance or random.Random()

    def add(self, body: dict[str, object]) -> Fault:
        """A fault from the body of POST /sandbox/faults; ControlError 400 when it makes no sense."""
        path, kind = _text(body, "path"), _text(body, "kind")
        if not path or kind not in KINDS:
            raise ControlError(400, f"path and kind ({', '.join(KINDS)}) are needed")
        errcode = _number(body, "errcode", None)
        if kind == "errcode" and errcode is None:
            raise ControlError(400, "errcode is needed", field="errcode")
        count, share = _number(body, "count", None), _number(body, "share", None)
        if share is not None and not 0 < share <= 1:
            raise ControlError(400, "share is above 0 and at most 1", field="share")
        self._count += 1
        fault = Fault(
            id=self._count,
            path=path,
            kind=kind,
            errcode=None if errcode is None else int(errcode),
            errmsg=_text(body, "errmsg"),
            seconds=float(_number(body, "seconds", 30.0 if kind == "timeout" else 1.0) or 0),
            status=int(_number(body, "status", 502) or 502),
            count=None if count is None else int(count),
            share=None if share is None else float(share),
            openid=_text(body, "openid"),
            appid=_text(body, "appid"),
        )
        self._faults.append(fault)
        return fault

    def strike(self, path: str, appid: str | None, openid: str | None) -> Fault | None:
        """The fault for this call, counted; None when all is well."""
        for fault in self._faults:
            if fault.fits(path, appid, openid) and (fault.share is None or self._chance.random() < fault.share):
                fault.struck += 1
                if fault.count is not None:
                    fault.count -= 1
                return fault
        return None

    def all(self) -> list[Fault]:
        return list(self._faults)

    def remove(self, fault_id: int | None = None) -> int:
        """Remove one or all; how many went."""
        kept = [] if fault_id is None else [fault for fault in self._faults if fault.id != fault_id]
        removed = len(self._faults) - len(kept)
        self._faults = kept
        return removed
