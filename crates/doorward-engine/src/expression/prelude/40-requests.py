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
