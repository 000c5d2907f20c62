# The world of this one run.
def _made(kind, told):
    if kind == 'user':
        return User(told)
    if kind == 'group':
        return Group(told)
    if kind == 'groups':
        return [Group(one) for one in told]
    if kind == 'application':
        return Application(told)
    if kind == 'provider':
        provider = _Thing(told)
        provider.application = Application(told['application'])
        return provider
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
prompt_context = context.get('prompt_data', {})
application = context.get('application')
flow_plan = context.get('flow_plan')
tenant = http_request.tenant
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
