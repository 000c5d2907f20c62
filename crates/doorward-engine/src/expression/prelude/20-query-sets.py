# Lists that are asked as Django's are.
def _step(value, name):
    if value is None:
        return None
    if isinstance(value, dict):
        return value.get(name)
    if name in ('pk', 'id', 'uuid', 'group_uuid') and hasattr(value, 'pk'):
        return getattr(value, name, value.pk)
    return getattr(value, name)


_LOOKUPS = (
    'exact', 'iexact', 'in', 'contains', 'icontains', 'startswith', 'istartswith', 'endswith',
    'iendswith', 'regex', 'iregex', 'isnull', 'gt', 'gte', 'lt', 'lte',
)


def _fits_one(value, lookup, wanted):
    if lookup == 'isnull':
        return (value is None) == bool(wanted)
    if value is None:
        return lookup == 'exact' and wanted is None
    if lookup == 'exact':
        return value == wanted or (isinstance(wanted, str) and not isinstance(value, bool) and str(value) == wanted)
    if lookup == 'in':
        return value in [getattr(one, 'pk', one) for one in wanted]
    if lookup == 'gt':
        return value > wanted
    if lookup == 'gte':
        return value >= wanted
    if lookup == 'lt':
        return value < wanted
    if lookup == 'lte':
        return value <= wanted
    if lookup == 'contains' and isinstance(value, (list, dict)):
        if isinstance(wanted, list):
            return all(one in value for one in wanted)
        return wanted in value
    text = str(value)
    wanted = str(wanted)
    if lookup == 'regex':
        return re.search(wanted, text) is not None
    if lookup == 'iregex':
        return re.search(wanted, text, re.IGNORECASE) is not None
    if lookup[0] == 'i':
        text = text.lower()
        wanted = wanted.lower()
        lookup = lookup[1:]
    if lookup == 'exact':
        return text == wanted
    if lookup == 'contains':
        return wanted in text
    if lookup == 'startswith':
        return text.startswith(wanted)
    return text.endswith(wanted)


def _fits(one, filters):
    for key, wanted in filters.items():
        path = key.split('__')
        lookup = 'exact'
        if len(path) > 1 and path[-1] in _LOOKUPS:
            lookup = path.pop()
        value = one
        for name in path:
            value = _step(value, name)
        if isinstance(wanted, (User, Group, Application)):
            wanted = wanted.pk
            value = getattr(value, 'pk', value)
        if not _fits_one(value, lookup, wanted):
            return False
    return True


class QuerySet:
    def __init__(self, items):
        self._items = items

    def __iter__(self):
        return iter(self._items)

    def __contains__(self, item):
        return item in self._items

    def __eq__(self, other):
        return isinstance(other, QuerySet) and self._items == other._items

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return '<QuerySet ' + repr(self._items) + '>'

    def all(self):
        return self

    def distinct(self):
        return self

    def filter(self, **filters):
        return QuerySet([one for one in self._items if _fits(one, filters)])

    def exclude(self, **filters):
        return QuerySet([one for one in self._items if not _fits(one, filters)])

    def exists(self):
        return len(self._items) > 0

    def count(self):
        return len(self._items)

    def first(self):
        return self._items[0] if self._items else None

    def last(self):
        return self._items[-1] if self._items else None

    def get(self, **filters):
        found = [one for one in self._items if _fits(one, filters)]
        if len(found) != 1:
            raise LookupError('get() found ' + str(len(found)) + ' objects, not one')
        return found[0]

    def order_by(self, *names):
        items = list(self._items)
        for name in reversed(names):
            path = name.lstrip('-').split('__')
            items = sorted(items, key=lambda one: _path(one, path), reverse=name.startswith('-'))
        return QuerySet(items)

    def values_list(self, *names, flat=False):
        rows = [[_path(one, name.split('__')) for name in names] for one in self._items]
        if flat:
            return QuerySet([row[0] for row in rows])
        return QuerySet([tuple(row) for row in rows])

    def values(self, *names):
        return QuerySet([{name: _path(one, name.split('__')) for name in names} for one in self._items])


def _path(value, names):
    for name in names:
        value = _step(value, name)
    return value
