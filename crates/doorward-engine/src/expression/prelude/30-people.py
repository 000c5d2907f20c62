# People, groups and applications, as the server tells them.
class _Members:
    """The members of a group: asked for when they are looked at. As in Django, all() lists them."""

    def __init__(self, group):
        self._group = group
        self._found = None

    def all(self):
        if self._found is None:
            self._found = QuerySet([User(one) for one in _ask('group_users', {'group': self._group})])
        return self._found

    def filter(self, **filters):
        return self.all().filter(**filters)

    def exclude(self, **filters):
        return self.all().exclude(**filters)

    def get(self, **filters):
        return self.all().get(**filters)

    def values_list(self, *names, flat=False):
        return self.all().values_list(*names, flat=flat)

    def exists(self):
        return self.all().exists()

    def count(self):
        return self.all().count()

    def first(self):
        return self.all().first()


class Group:
    def __init__(self, told):
        self.pk = told['pk']
        self.uuid = told['pk']
        self.group_uuid = told['pk']
        self.num_pk = told['num_pk']
        self.name = told['name']
        self.is_superuser = told['is_superuser']
        self.attributes = told['attributes']
        self.users = _Members(told['pk'])

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


def _merge(base, over):
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


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
        # Nobody comes from a source yet; the built-in one keeps no connections.
        self.sources = QuerySet([])

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

    def check_password(self, raw_password):
        return _ask('check_password', {'user': self.pk, 'password': str(raw_password)})

    def app_entitlements(self, app=None):
        return QuerySet([_Thing(one) for one in self._entitlements(app)])

    def app_entitlements_attributes(self, app=None):
        merged = {}
        for one in self._entitlements(app):
            _merge(merged, one['attributes'])
        return merged

    def _entitlements(self, app):
        if app is None or self.pk is None:
            return []
        return _ask('app_entitlements', {'user': self.pk, 'application': app.pk})

    def save(self, *args, **kwargs):
        raise RuntimeError('an expression cannot write users')

    def set_password(self, *args, **kwargs):
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
