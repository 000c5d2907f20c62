# What expressions may call.
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


def _listed(addresses):
    if addresses is None:
        return []
    return [addresses] if isinstance(addresses, str) else list(addresses)


def ak_send_email(address, subject, body=None, stage=None, template=None, context=None, cc=None, bcc=None):
    to = _listed(address) + _listed(cc) + _listed(bcc)
    return _ask('send_email', {
        'to': [str(one) for one in to], 'subject': str(subject), 'body': body, 'stage': stage,
        'template': template, 'context': _telling(context or {}),
    })


def ak_create_jwt(user, provider, scopes, validity='seconds=60'):
    words = scopes if isinstance(scopes, str) else ' '.join([str(one) for one in scopes])
    return _ask('create_jwt', {
        'user': user.pk, 'provider': str(provider), 'scopes': words, 'validity': str(validity),
    })


def resolve_dns(host, ip_version=None):
    return _ask('resolve_dns', {'host': str(host), 'version': ip_version})


def reverse_dns(ip_addr):
    return _ask('reverse_dns', {'address': str(ip_addr)})


def _refused(name, why='expressions make no connections'):
    def refused(*args, **kwargs):
        raise RuntimeError(name + ' is not available: ' + why)

    return refused


_bound = 'bind the stage to the flow, with this policy at its binding'


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
