//! authentik's links into its administration, `/if/admin/#/core/applications/sonarr;…`: what stands behind
//! the `#` comes here by the script and leads to the page that is in its place.
//!
//! Rule: an old link never ends nowhere; what has no page of its own leads to the nearest list.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::Operator;
use crate::extract::Asks;
use crate::respond::see_other;
use crate::state::AppState;

const PATH: &str = "/if/admin/old/";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route(PATH, get(lead))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
}

/// `GET /if/admin/old/?to=/core/applications/sonarr`
async fn lead(_operator: Operator, Asks(asked): Asks<Asked>) -> Response {
    see_other(&page_for(&asked.to))
}

/// authentik's addresses and the pages in their place; with `{}` in it, the key goes on.
const LISTS: &[(&str, &str, &str)] = &[
    ("/administration/overview", "/if/admin/", ""),
    ("/administration/dashboard", "/if/admin/events/", ""),
    ("/administration/system-tasks", "/if/admin/system/", ""),
    (
        "/core/applications",
        "/if/admin/applications/",
        "/if/admin/applications/{}/",
    ),
    (
        "/core/providers",
        "/if/admin/objects/",
        "/if/admin/objects/family/provider/{}/",
    ),
    (
        "/outpost/outposts",
        "/if/admin/objects/authentik_outposts.outpost/",
        "/if/admin/objects/authentik_outposts.outpost/{}/",
    ),
    ("/events/log", "/if/admin/events/", "/if/admin/events/{}/"),
    ("/events/rules", "/if/admin/events/", ""),
    ("/events/transports", "/if/admin/events/", ""),
    ("/policy/policies", "/if/admin/sign-in/", ""),
    (
        "/policy/reputation",
        "/if/admin/objects/authentik_policies_reputation.reputation/",
        "",
    ),
    ("/core/property-mappings", "/if/admin/objects/", ""),
    (
        "/blueprints/instances",
        "/if/admin/objects/authentik_blueprints.blueprintinstance/",
        "/if/admin/objects/authentik_blueprints.blueprintinstance/{}/",
    ),
    ("/files", "/if/admin/look/", ""),
    (
        "/flow/flows",
        "/if/admin/objects/authentik_flows.flow/",
        "/if/admin/objects/authentik_flows.flow/{}/",
    ),
    (
        "/flow/stages/prompts",
        "/if/admin/objects/authentik_stages_prompt.prompt/",
        "",
    ),
    ("/flow/stages", "/if/admin/sign-in/", ""),
    (
        "/identity/users",
        "/if/admin/objects/authentik_core.user/",
        "/if/admin/objects/authentik_core.user/{}/",
    ),
    (
        "/identity/groups",
        "/if/admin/objects/authentik_core.group/",
        "/if/admin/objects/authentik_core.group/{}/",
    ),
    ("/identity/roles", "/if/admin/people/", ""),
    ("/identity/initial-permissions", "/if/admin/people/", ""),
    (
        "/core/sources",
        "/if/admin/objects/authentik_core.source/",
        "",
    ),
    (
        "/core/tokens",
        "/if/admin/objects/authentik_core.token/",
        "",
    ),
    (
        "/flow/stages/invitations",
        "/if/admin/objects/authentik_stages_invitation.invitation/",
        "",
    ),
    (
        "/core/brands",
        "/if/admin/objects/authentik_brands.brand/",
        "",
    ),
    (
        "/crypto/certificates",
        "/if/admin/objects/authentik_crypto.certificatekeypair/",
        "",
    ),
    ("/outpost/integrations", "/if/admin/system/", ""),
    ("/admin/settings", "/if/admin/system/", ""),
    ("/enterprise/licenses", "/if/admin/system/", ""),
];

fn page_for(old: &str) -> String {
    let path = old.split(';').next().unwrap_or_default();
    let path = path.trim_end_matches('/');
    let known = LISTS.iter().filter(|(from, ..)| is_below(path, from));
    let Some((from, list, one)) = known.max_by_key(|(from, ..)| from.len()) else {
        return "/if/admin/".to_owned();
    };
    let key = path[from.len()..].trim_start_matches('/');
    let key = key.split('/').next().unwrap_or_default();
    let is_key = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    if key.is_empty() || one.is_empty() || !key.chars().all(is_key) {
        return (*list).to_owned();
    }
    one.replace("{}", key)
}

fn is_below(path: &str, from: &str) -> bool {
    let rest = path.strip_prefix(from);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{LISTS, page_for};
    use crate::pages::Section;
    use doorward_engine::resource;

    #[test]
    fn an_old_link_leads_to_the_page_in_its_place() {
        for (old, new) in [
            ("/administration/overview", "/if/admin/"),
            ("/core/applications", "/if/admin/applications/"),
            (
                "/core/applications/sonarr;%7B%22page%22%3A%22page-overview%22%7D",
                "/if/admin/applications/sonarr/",
            ),
            (
                "/identity/users/7",
                "/if/admin/objects/authentik_core.user/7/",
            ),
            ("/flow/stages", "/if/admin/sign-in/"),
            (
                "/flow/stages/invitations",
                "/if/admin/objects/authentik_stages_invitation.invitation/",
            ),
            ("/core/applicationsX", "/if/admin/"),
            ("/core/applications/<script>", "/if/admin/applications/"),
            ("//evil.example", "/if/admin/"),
            ("", "/if/admin/"),
        ] {
            assert_eq!(page_for(old), new, "{old}");
        }
    }

    #[test]
    fn every_kind_that_an_old_link_leads_to_is_one_of_the_registry() {
        for (from, list, one) in LISTS {
            for page in [list, one] {
                let Some(rest) = page.strip_prefix("/if/admin/objects/") else {
                    let known = |section: Section| page.starts_with(section.url());
                    assert!(
                        page.is_empty() || Section::ALL.into_iter().any(known),
                        "{page}"
                    );
                    continue;
                };
                let model = rest.split('/').next().unwrap_or_default();
                let known =
                    model.is_empty() || model == "family" || resource::kind(model).is_some();
                assert!(known, "{from} leads to {page}");
            }
        }
    }
}
