//! Expressions of the kinds that operators write, with what comes out.

use super::kit::run;
use crate::expression::Failure;

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Want {
    Yes,
    No,
    /// No, and this is said.
    Says(&'static str),
    /// It fails, and the text holds this.
    Fails(&'static str),
}

use Want::{Fails, No, Says, Yes};

const CORPUS: &[(&str, Want)] = &[
    // Fixed answers, and what counts as one.
    ("return True", Yes),
    ("return False", No),
    ("pass", No),
    ("# only a comment", No),
    ("", No),
    ("return 1", Yes),
    ("return []", No),
    ("return None", No),
    ("return \"text\"", Yes),
    // Groups.
    (
        "return ak_is_group_member(request.user, name=\"family\")",
        Yes,
    ),
    (
        "return ak_is_group_member(request.user, name=\"admins\")",
        No,
    ),
    (
        "return ak_is_group_member(request.user, name=\"everybody\")",
        Yes,
    ),
    (
        "return ak_is_group_member(request.user, name__startswith=\"media\")",
        Yes,
    ),
    (
        "return ak_is_group_member(request.user, name__iexact=\"FAMILY\")",
        Yes,
    ),
    (
        "return ak_is_group_member(request.user, pk=\"g-media\")",
        Yes,
    ),
    (
        "return request.user.groups.filter(name=\"family\").exists()",
        Yes,
    ),
    (
        "return request.user.groups.filter(name=\"everybody\").exists()",
        No,
    ),
    (
        "return request.user.all_groups().filter(name=\"everybody\").exists()",
        Yes,
    ),
    (
        "return request.user.ak_groups.filter(name__in=[\"x\", \"family\"]).exists()",
        Yes,
    ),
    (
        "return \"family\" in [group.name for group in request.user.groups.all()]",
        Yes,
    ),
    ("return len(request.user.groups.all()) == 2", Yes),
    ("return request.user.groups.all().count() > 2", No),
    (
        "return request.user.groups.exclude(name=\"family\").first().name == \"media-users\"",
        Yes,
    ),
    (
        "return request.user.groups.order_by(\"-name\").first().name == \"media-users\"",
        Yes,
    ),
    (
        "return list(request.user.groups.values_list(\"name\", flat=True)) == [\"family\", \"media-users\"]",
        Yes,
    ),
    (
        "return \"admins\" not in request.user.groups.values_list(\"name\", flat=True)",
        Yes,
    ),
    (
        "if request.user.groups.filter(name=\"admins\"):\n    return True\nreturn False",
        No,
    ),
    (
        "return not request.user.groups.filter(name=\"admins\")",
        Yes,
    ),
    (
        "return bool(request.user.groups.filter(name=\"admins\"))",
        No,
    ),
    (
        "return request.user.groups.filter(name=\"admins\") or request.user.is_superuser",
        No,
    ),
    ("return request.user.groups.filter(name=\"admins\")", No),
    (
        "return any(request.user.groups.filter(name=n) for n in [\"admins\", \"staff\"])",
        No,
    ),
    (
        "return all([g.name for g in request.user.groups.all()])",
        Yes,
    ),
    (
        "found = request.user.groups.filter(name=\"admins\")\nreturn True if found else False",
        No,
    ),
    (
        "return request.user.groups.all()[0].name == \"family\"",
        Yes,
    ),
    (
        "wanted = {\"family\", \"admins\"}\nreturn bool(wanted & {g.name for g in request.user.groups.all()})",
        Yes,
    ),
    // People.
    ("return request.user.username == \"mia\"", Yes),
    ("return user.email.endswith(\"@example.org\")", Yes),
    (
        "return request.user.email.split(\"@\")[1].lower() in (\"example.com\", \"example.net\")",
        No,
    ),
    ("return request.user.is_superuser", No),
    ("return request.user.attributes.get(\"mfa\", False)", Yes),
    (
        "return request.user.attributes[\"employee\"][\"number\"] > 40",
        Yes,
    ),
    (
        "return \"b\" in request.user.attributes.get(\"tags\", [])",
        Yes,
    ),
    (
        "return request.user.group_attributes(request).get(\"quota\") == \"5 GB\"",
        Yes,
    ),
    (
        "return request.user.type == \"internal\" and request.user.path.startswith(\"users/\")",
        Yes,
    ),
    ("return request.user.has_usable_password()", Yes),
    ("return request.user.missing", Fails("AttributeError")),
    ("return request.user.check_password(\"right\")", Yes),
    ("return request.user.check_password(\"wrong\")", No),
    (
        "return request.user.sources.filter(slug=\"x\").exists()",
        No,
    ),
    (
        "return request.user.app_entitlements(application).filter(name=\"x\").exists()",
        No,
    ),
    (
        "return request.user.app_entitlements_attributes(application) == {\"quota\": 3}",
        Yes,
    ),
    (
        "return [one.name for one in user.app_entitlements(application)] == [\"admin\"]",
        Yes,
    ),
    (
        "return user.app_entitlements(None).exists() or user.app_entitlements_attributes() != {}",
        No,
    ),
    (
        "return request.user in request.user.groups.first().users.all()",
        Yes,
    ),
    (
        "return request.user.groups.last().users.filter(username=\"mia\").exists()",
        No,
    ),
    (
        "return [u.username for u in request.user.groups.first().users.all()] == [\"mia\"]",
        Yes,
    ),
    ("return request.user.groups.last().users.exists()", No),
    ("request.user.set_password(\"x\")", Fails("cannot write")),
    // Messages.
    (
        "ak_message(\"Only for staff.\")\nreturn False",
        Says("Only for staff."),
    ),
    (
        "if not ak_is_group_member(request.user, name=\"staff\"):\n    ak_message(f\"{request.user.name} is not staff\")\n    return False\nreturn True",
        Says("Mia Muster is not staff"),
    ),
    // Addresses.
    ("return ak_client_ip in ip_network(\"192.168.0.0/16\")", Yes),
    ("return ak_client_ip in ip_network(\"10.0.0.0/8\")", No),
    ("return ak_client_ip.is_private", Yes),
    (
        "nets = [\"10.0.0.0/8\", \"192.168.1.0/24\"]\nreturn any(ak_client_ip in ip_network(n) for n in nets)",
        Yes,
    ),
    (
        "return ip_address(\"2001:db8::1\") in ip_network(\"2001:db8::/32\")",
        Yes,
    ),
    (
        "return str(ip_address(\"::1\")) == \"::1\" and ip_address(\"::1\").is_loopback",
        Yes,
    ),
    ("return ip_address(\"192.168.1.20\") == ak_client_ip", Yes),
    (
        "return ip_network(\"192.168.1.7/24\", strict=False).prefixlen == 24",
        Yes,
    ),
    ("ip_network(\"192.168.1.7/24\")", Fails("host bits")),
    ("ip_address(\"nonsense\")", Fails("ValueError")),
    (
        "from ipaddress import ip_network as net\nreturn ak_client_ip in net(\"192.168.1.0/24\")",
        Yes,
    ),
    (
        "import ipaddress\nreturn ipaddress.ip_address(\"10.1.2.3\") in ipaddress.ip_network(\"10.0.0.0/8\")",
        Yes,
    ),
    // The request.
    ("return request.http_request.method == \"GET\"", Yes),
    ("return http_request.GET.get(\"next\") == \"/media\"", Yes),
    (
        "return http_request.GET[\"next\"] == \"/media\" and \"x\" not in http_request.GET",
        Yes,
    ),
    (
        "return http_request.GET.getlist(\"next\") == [\"/home\", \"/media\"]",
        Yes,
    ),
    (
        "return http_request.POST or http_request.COOKIES or http_request.session",
        No,
    ),
    (
        "return http_request.tenant.name == \"Default\" and tenant.name == \"Default\"",
        Yes,
    ),
    (
        "return http_request.build_absolute_uri() == \"https://auth.example.org/if/flow/x/\"",
        Yes,
    ),
    (
        "return \"Firefox\" in request.http_request.META.get(\"HTTP_USER_AGENT\", \"\")",
        Yes,
    ),
    (
        "return request.http_request.headers[\"X-Device\"] == \"tv\"",
        Yes,
    ),
    (
        "return request.http_request.headers.get(\"x-device\") == \"tv\" and \"Cookie\" not in http_request.headers",
        Yes,
    ),
    (
        "return http_request.build_absolute_uri(\"/x\") == \"https://auth.example.org/x\"",
        Yes,
    ),
    // The context of flows.
    (
        "return context[\"prompt_data\"][\"email\"].endswith(\"@Example.org\")",
        Yes,
    ),
    (
        "return request.context.get(\"prompt_data\", {}).get(\"age\", 0) >= 18",
        Yes,
    ),
    ("return prompt_data[\"username\"] != \"x\"", No),
    ("return pending_user.username == request.user.username", Yes),
    (
        "return context[\"application\"].slug == \"movies\" and application.name == \"Movies\"",
        Yes,
    ),
    (
        "return context.get(\"geoip\", {}).get(\"country\") in [\"CH\", \"DE\"]",
        Yes,
    ),
    ("return ak_is_sso_flow", No),
    ("return \"source\" in context", No),
    ("return nothing_of_the_kind", Fails("NameError")),
    (
        "from authentik.stages.prompt.stage import PLAN_CONTEXT_PROMPT\nreturn \"email\" in context[PLAN_CONTEXT_PROMPT]",
        Yes,
    ),
    // Time.
    (
        "from datetime import datetime\nreturn datetime.now().weekday() == 4",
        Yes,
    ),
    (
        "from datetime import datetime, timezone\nreturn 7 <= datetime.now(timezone.utc).hour < 18",
        Yes,
    ),
    (
        "from django.utils.timezone import now\nfrom datetime import timedelta\nreturn now() - request.user.last_login < timedelta(days=1)",
        Yes,
    ),
    (
        "from django.utils import timezone\nreturn (timezone.now() - request.user.date_joined).days > 365",
        Yes,
    ),
    // Texts.
    ("return regex_match(request.user.username, \"^m.a$\")", Yes),
    (
        "return regex_replace(\"a-b\", \"-\", \"_\") == \"a_b\"",
        Yes,
    ),
    (
        "return list_flatten([\"one\", \"two\"]) == \"one\" and list_flatten([]) is None",
        Yes,
    ),
    (
        "return slugify(\"Mia Müster, Ärztin!\") == \"mia-mster-rztin\"",
        Yes,
    ),
    (
        "import re\nreturn re.match(r\"(\\w+)@\", request.user.email).group(1) == \"mia\"",
        Yes,
    ),
    (
        "import json\nreturn json.loads('{\"a\": [1, 2]}')[\"a\"][1] == 2",
        Yes,
    ),
    // Errors and control.
    (
        "try:\n    return request.user.attributes[\"none\"]\nexcept KeyError:\n    return True",
        Yes,
    ),
    ("raise ValueError(\"no\")", Fails("ValueError: no (line 1)")),
    ("x = 1\nreturn x / 0", Fails("(line 2)")),
    (
        "total = 0\nfor n in range(10):\n    if n % 2:\n        continue\n    total += n\nreturn total == 20",
        Yes,
    ),
    (
        "def allowed(user):\n    return user.username in (\"mia\", \"tom\")\n\nreturn allowed(request.user)",
        Yes,
    ),
    (
        "names = {g.name: g for g in request.user.groups.all()}\nreturn names[\"family\"].attributes[\"floor\"] == 2",
        Yes,
    ),
    (
        "user = request.user\ncontext = request.context\nreturn user.pk == 7 and len(context) == 5",
        Yes,
    ),
    ("  return True", Yes),
    // The server.
    (
        "return ak_user_by(username=\"mia\").name == \"Mia Muster\"",
        Yes,
    ),
    (
        "return ak_user_by(email=\"nobody@example.org\") is None",
        Yes,
    ),
    ("return ak_call_policy(\"is-family\").passing", Yes),
    (
        "return ak_call_policy(\"is-family\").messages[0] == \"welcome\"",
        Yes,
    ),
    (
        "return ak_call_policy(\"unknown\").passing",
        Fails("cannot be answered"),
    ),
    (
        "ak_create_event(\"seen\", who=request.user)\nreturn True",
        Yes,
    ),
    (
        "return ak_user_has_authenticator(request.user, \"totp\")",
        Yes,
    ),
    (
        "return resolve_dns(\"example.org\")[0] == \"192.0.2.1\"",
        Yes,
    ),
    ("return resolve_dns(\"example.org\", 6)", No),
    ("return resolve_dns(\"a b\")", Fails("the name of a host")),
    (
        "return reverse_dns(ak_client_ip).endswith(\".example.org\")",
        Yes,
    ),
    (
        "return ak_send_email(\"mia@example.org\", \"Hello\", body=\"x\", cc=[\"tom@example.org\"])",
        Yes,
    ),
    // Prompts and mappings.
    (
        "return prompt_context[\"username\"] == \"x\" and prompt_context is context[\"prompt_data\"]",
        Yes,
    ),
    (
        "return {\"name\": request.user.name, \"groups\": [g.name for g in request.user.all_groups()]}",
        Yes,
    ),
    ("for group in user.all_groups():\n    yield group.name", Yes),
    (
        "return requests.get(\"https://example.org\").ok",
        Fails("not available"),
    ),
    ("request.user.save()", Fails("cannot write")),
    (
        "return open(\"/etc/passwd\").read()",
        Fails("PermissionError"),
    ),
    (
        "import os\nreturn os.environ[\"HOME\"]",
        Fails("PermissionError"),
    ),
    ("import subprocess", Fails("ModuleNotFoundError")),
];

#[test]
fn what_operators_write_comes_out_as_they_mean_it() {
    let mut wrong = Vec::new();
    for (source, want) in CORPUS {
        let outcome = run(source);
        let right = match (&outcome, want) {
            (Ok(outcome), Yes) => outcome.passing,
            (Ok(outcome), No) => !outcome.passing && outcome.messages.is_empty(),
            (Ok(outcome), Says(text)) => !outcome.passing && outcome.messages == [*text],
            (Err(Failure::Raised(message)), Fails(text)) => message.contains(text),
            _ => false,
        };
        if !right {
            wrong.push(format!("{source}\n   wanted {want:?}, came {outcome:?}"));
        }
    }
    assert!(CORPUS.len() >= 60);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
