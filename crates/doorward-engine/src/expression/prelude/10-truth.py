# What operators' expressions find around them. `compile.rs` joins these files in their order:
# truth, query sets, people, requests, addresses, functions, and the world of one run.
#
# It stands below the expression in one program, so that line numbers of errors are the operator's
# own. Names with an underscore are ours. The interpreter has no `__bool__`, `__len__` and
# `__getitem__` for classes; `rewrite` therefore passes whatever is tested through `_truth`, whatever
# is subscripted through `_plain`, and `len`, `bool`, `any` and `all` through the functions here.
import re
import json
from datetime import date, datetime, timedelta, timezone


def _truth(value):
    if isinstance(value, QuerySet):
        return value._items
    if isinstance(value, (_Headers, _Query)):
        return value._values
    return value


def _plain(value):
    return _truth(value)


def _len(value):
    return len(_truth(value))


def _bool(value=False):
    return bool(_truth(value))


def _any(values):
    for value in values:
        if _truth(value):
            return True
    return False


def _all(values):
    for value in values:
        if not _truth(value):
            return False
    return True


def _when(milliseconds):
    if milliseconds is None:
        return None
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=milliseconds)


def now():
    return _when(_input['now'])


class _Timezone:
    def __init__(self):
        self.utc = timezone.utc

    def now(self):
        return now()
