# What operators' expressions find around them: people, groups, requests, addresses.
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
    if isinstance(value, _Headers):
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


# --- query sets -------------------------------------------------------------------------------


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


# --- people and things ------------------------------------------------------------------------


class Group:
    def __init__(self, told):
        self.pk = told['pk']
        self.uuid = told['pk']
        self.group_uuid = told['pk']
        self.num_pk = told['num_pk']
        self.name = told['name']
        self.is_superuser = told['is_superuser']
        self.attributes = told['attributes']

    def __eq__(self, other):
        return isinstance(other, Group) and self.pk == other.pk

    def __hash__(self):
        return hash(self.pk)

    def __str__(self):
        return 'Group ' + self.name


class _Users:
    def get(self, **filters):
        found = ak_user_by(**filters)
        if found is None:
            raise LookupError('User matching query does not exist.')
        return found

    def filter(self, **filters):
        found = ak_user_by(**filters)
        return QuerySet([] if found is None else [found])


class User:
    objects = _Users()

    def __init__(self, told):
        self.pk = told['pk']
        self.id = told['pk']
        self.uuid = told['uuid']
        self.uid = told['uid']
        self.username = told['username']
        self.name = told['name']
        self.email = told['email']
        self.path = told['path']
        self.type = told['type']
        self.is_active = told['is_active']
        self.is_superuser = told['is_superuser']
        self.is_authenticated = told['is_authenticated']
        self.is_anonymous = not told['is_authenticated']
        self.attributes = told['attributes']
        self.last_login = _when(told['last_login'])
        self.date_joined = _when(told['date_joined'])
        self.password_change_date = _when(told['password_change_date'])
        self._usable = told['has_usable_password']
        self._merged = told['group_attributes']
        groups = [Group(one) for one in told['groups']]
        self._all = QuerySet(groups)
        direct = told['direct']
        self.groups = QuerySet([one for one in groups if one.pk in direct])
        self.ak_groups = self.groups

    def __eq__(self, other):
        return isinstance(other, User) and self.pk == other.pk

    def __hash__(self):
        return hash(self.pk)

    def __str__(self):
        return self.username

    def all_groups(self):
        return self._all

    def group_attributes(self, request=None):
        return self._merged

    def has_usable_password(self):
        return self._usable

    def save(self, *args, **kwargs):
        raise RuntimeError('an expression cannot write users')


class Application:
    def __init__(self, told):
        self.pk = told['pk']
        self.pbm_uuid = told['pk']
        self.name = told['name']
        self.slug = told['slug']
        self.group = told['group']
        self.meta_launch_url = told['launch_url']

    def __eq__(self, other):
        return isinstance(other, Application) and self.pk == other.pk

    def __hash__(self):
        return hash(self.pk)

    def __str__(self):
        return self.name

    def get_launch_url(self, user=None):
        return self.meta_launch_url or None


class _Thing:
    def __init__(self, told):
        for key, value in told.items():
            setattr(self, key, value)


class _Headers:
    def __init__(self, values):
        self._values = values

    def __contains__(self, name):
        return self.get(name) is not None

    def __iter__(self):
        return iter(self._values)

    def get(self, name, default=None):
        name = name.lower()
        for key, value in self._values.items():
            if key.lower() == name:
                return value
        return default

    def items(self):
        return self._values.items()

    def keys(self):
        return self._values.keys()


class HttpRequest:
    def __init__(self, told, user):
        self.method = told['method']
        self.path = told['path']
        self.GET = told['query']
        self.POST = {}
        self.COOKIES = {}
        self.session = {}
        self.headers = _Headers(told['headers'])
        self.META = {'REMOTE_ADDR': _input['client_ip'], 'HTTP_HOST': told['host'], 'REQUEST_METHOD': told['method']}
        for key, value in told['headers'].items():
            self.META['HTTP_' + key.upper().replace('-', '_')] = value
        self.user = user
        self.brand = _Thing(told['brand'])
        self.request_id = told['request_id']
        self._host = told['host']

    def get_host(self):
        return self._host

    def build_absolute_uri(self, path=None):
        return _input['base_url'] + (path or self.path)


class _Plan:
    def __init__(self, told, context):
        self.flow_pk = told['flow_pk']
        self.flow_slug = told['flow_slug']
        self.context = context


class _Request:
    def __init__(self, user, http_request, obj, context, debug):
        self.user = user
        self.http_request = http_request
        self.obj = obj
        self.context = context
        self.debug = debug


# --- addresses --------------------------------------------------------------------------------


class _Address:
    def __init__(self, told):
        self._number = told['number']
        self._text = told['text']
        self.version = told['version']
        self.compressed = told['text']
        self.is_private = told['is_private']
        self.is_global = told['is_global']
        self.is_loopback = told['is_loopback']
        self.is_link_local = told['is_link_local']
        self.is_multicast = told['is_multicast']
        self.is_unspecified = told['is_unspecified']

    def __eq__(self, other):
        return isinstance(other, _Address) and self.version == other.version and self._number == other._number

    def __hash__(self):
        return hash(self._text)

    def __str__(self):
        return self._text

    def __repr__(self):
        return self._text


class _Network:
    def __init__(self, told):
        self._low = told['low']
        self._high = told['high']
        self._text = told['text']
        self.version = told['version']
        self.prefixlen = told['prefixlen']
        self.num_addresses = self._high - self._low + 1
        self.is_private = told['is_private']
        self.network_address = ip_address(told['first'])
        self.broadcast_address = ip_address(told['last'])

    def __contains__(self, address):
        if not isinstance(address, _Address) or address.version != self.version:
            return False
        return self._low <= address._number <= self._high

    def __eq__(self, other):
        return isinstance(other, _Network) and self._text == other._text

    def __hash__(self):
        return hash(self._text)

    def __str__(self):
        return self._text

    def overlaps(self, other):
        return self.version == other.version and self._low <= other._high and other._low <= self._high

    def subnet_of(self, other):
        return self.version == other.version and other._low <= self._low and self._high <= other._high

    def supernet_of(self, other):
        return other.subnet_of(self)


def ip_address(text):
    if isinstance(text, _Address):
        return text
    return _Address(_ip_address(str(text)))


def ip_network(text, strict=True):
    return _Network(_ip_network(str(text), strict))


class _Ipaddress:
    def __init__(self):
        self.ip_address = ip_address
        self.ip_network = ip_network
        self.IPv4Address = ip_address
        self.IPv6Address = ip_address
        self.IPv4Network = ip_network
        self.IPv6Network = ip_network


# --- functions --------------------------------------------------------------------------------

_messages = []
_logs = []


def ak_message(message):
    if len(_messages) < 20:
        _messages.append(str(message)[:500])


class _Logger:
    def _log(self, level, message, more):
        if len(_logs) < 50:
            for key, value in more.items():
                message = str(message) + ' ' + key + '=' + repr(value)
            _logs.append([level, str(message)[:500]])

    def debug(self, message='', **more):
        self._log('debug', message, more)

    def info(self, message='', **more):
        self._log('info', message, more)

    def warning(self, message='', **more):
        self._log('warning', message, more)

    def error(self, message='', **more):
        self._log('error', message, more)


def regex_match(value, regex):
    return re.search(regex, str(value)) is not None


def regex_replace(value, regex, repl):
    return re.sub(regex, repl, str(value))


def list_flatten(value):
    if isinstance(value, (list, tuple)):
        return value[0] if len(value) > 0 else None
    return value


def slugify(value):
    return _slugify(str(value))


def ak_is_group_member(user, **filters):
    if user is None:
        return False
    return user.all_groups().filter(**filters).exists()


def ak_user_by(**filters):
    told = _ask('user_by', filters)
    return None if told is None else User(told)


def ak_user_has_authenticator(user, device_type=None):
    return _ask('user_has_authenticator', {'user': user.pk, 'device_type': device_type})


class _Result:
    def __init__(self, told):
        self.passing = told['passing']
        self.messages = tuple(told['messages'])
        self.raw_result = told['passing']


def ak_call_policy(name, **context):
    return _Result(_ask('call_policy', {'name': name, 'context': _telling(context)}))


def ak_create_event(action, **context):
    _ask('create_event', {'action': action, 'context': _telling(context)})


def _refused(name):
    def refused(*args, **kwargs):
        raise RuntimeError(name + ' is not available: expressions make no connections')

    return refused


resolve_dns = _refused('resolve_dns')
reverse_dns = _refused('reverse_dns')
ak_send_email = _refused('ak_send_email')
ak_create_jwt = _refused('ak_create_jwt')
ak_create_jwt_raw = _refused('ak_create_jwt_raw')


class _Requests:
    def __init__(self):
        self.get = _refused('requests.get')
        self.post = _refused('requests.post')
        self.put = _refused('requests.put')
        self.request = _refused('requests.request')


def _telling(value):
    if isinstance(value, dict):
        return {str(key): _telling(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_telling(one) for one in value]
    if isinstance(value, QuerySet):
        return [_telling(one) for one in value._items]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (User, Group, Application)):
        return {'pk': value.pk, 'name': value.name}
    return str(value)


# --- the world of this one run ----------------------------------------------------------------


def _made(kind, told):
    if kind == 'user':
        return User(told)
    if kind == 'group':
        return Group(told)
    if kind == 'groups':
        return [Group(one) for one in told]
    if kind == 'application':
        return Application(told)
    if kind == 'thing':
        return _Thing(told)
    return told


_person = User(_input['user'])
context = {}
for _key, _kind, _told in _input['context']:
    context[_key] = _made(_kind, _told)
if 'flow_plan' in _input:
    context['flow_plan'] = _Plan(_input['flow_plan'], context)
http_request = HttpRequest(_input['http_request'], _person)
application = context.get('application')
request = _Request(_person, http_request, application, context, False)
user = _person
ak_client_ip = ip_address(_input['client_ip'])
client_ip = ak_client_ip
ak_is_sso_flow = bool(context.get('is_sso', False))
ak_logger = _Logger()
logger = ak_logger
ipaddress = _Ipaddress()
requests = _Requests()
_timezone = _Timezone()
_yielded = []
_plain_keys = [_key for _key, _kind, _told in _input['context'] if _kind == 'json']


def _changes():
    changed = {}
    for key, value in context.items():
        if key in _plain_keys or key not in _known_keys:
            changed[key] = _telling(value)
    return changed


_known_keys = list(context.keys())


def _finish(result):
    return [_telling(_truth(result)), bool(_truth(result)), _messages, _logs, _changes()]
