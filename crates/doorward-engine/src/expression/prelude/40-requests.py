# The request, the running flow, and whatever else has attributes.
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


class _Query:
    """Parameters: the last of a name counts, as in Django."""

    def __init__(self, lists):
        self._lists = lists
        self._values = {name: values[-1] for name, values in lists.items()}

    def __contains__(self, name):
        return name in self._values

    def __iter__(self):
        return iter(self._values)

    def get(self, name, default=None):
        return self._values.get(name, default)

    def getlist(self, name):
        return self._lists.get(name, [])

    def items(self):
        return self._values.items()

    def keys(self):
        return self._values.keys()


class HttpRequest:
    def __init__(self, told, user):
        self.method = told['method']
        self.path = told['path']
        self.GET = _Query(told['query'])
        # Empty on purpose: what is posted, cookies and sessions hold what signs somebody in. What was
        # filled in on a form is in the flow's context.
        self.POST = _Query({})
        self.COOKIES = {}
        self.session = {}
        self.headers = _Headers(told['headers'])
        self.META = {'REMOTE_ADDR': _input['client_ip'], 'HTTP_HOST': told['host'], 'REQUEST_METHOD': told['method']}
        for key, value in told['headers'].items():
            self.META['HTTP_' + key.upper().replace('-', '_')] = value
        self.user = user
        self.brand = _Thing(told['brand'])
        self.tenant = _Thing(told['tenant'])
        self.request_id = told['request_id']
        self._host = told['host']

    def get_host(self):
        return self._host

    def build_absolute_uri(self, path=None):
        path = path or self.path or '/'
        if path.startswith('https://') or path.startswith('http://'):
            return path
        return _input['base_url'] + (path if path.startswith('/') else '/' + path)


class _Plan:
    def __init__(self, told, context):
        self.flow_pk = told['flow_pk']
        self.flow_slug = told['flow_slug']
        self.context = context
        self.append_stage = _refused('flow_plan.append_stage', _bound)
        self.insert_stage = _refused('flow_plan.insert_stage', _bound)


class _Request:
    def __init__(self, user, http_request, obj, context, debug):
        self.user = user
        self.http_request = http_request
        self.obj = obj
        self.context = context
        self.debug = debug
