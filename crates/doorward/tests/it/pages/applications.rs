//! The administrator's pages of applications: the list, the form that makes one, and what it leads to.

use super::{LOGIN, Step};
use crate::kit::Kit;

/// In the order of somebody who adds one and takes it away again.
pub(super) fn pages(kit: &Kit) -> Vec<Step> {
    let list = |path: &str| kit.url(LOGIN, &format!("/if/admin/applications/{path}"));
    let address = "new/?address=https://grafana.home.localhost";
    let one = |name: &str, path: &str| Step::open(name, &list(path), 200, "Grafana");
    vec![
        Step::open("applications", &list(""), 200, "Applications"),
        Step::open(
            "applications-none",
            &list("?search=nothing"),
            200,
            "Applications",
        ),
        Step::open(
            "application-address",
            &list("new/"),
            200,
            "Add an application",
        ),
        Step::open("application-new", &list(address), 200, "Add an application"),
        Step::press("application-wrong", "Create", 422, "Add an application")
            .fill("Where do people open it?", "ftp://grafana.home.localhost"),
        Step::press("application-connect", "Create", 200, "Grafana")
            .fill("Where do people open it?", "https://grafana.home.localhost"),
        Step::press("application-secret", "Show the secret", 200, "Grafana"),
        one("application-overview", "grafana/"),
        one("application-signing", "grafana/sign-in/"),
        one("application-who", "grafana/who/"),
        Step::press("application-who-wrong", "Let them in", 422, "Grafana")
            .fill("User name", "nobody"),
        Step::press("application-who-group", "Let the group in", 200, "Grafana")
            .fill("Name of the group", "media"),
        one("application-more", "grafana/more/"),
        one("application-delete", "grafana/more/?delete"),
        Step::press("application-gone", "Delete it", 200, "Applications"),
        Step::open("application-labels", &list("app/connect/"), 200, "App app"),
        Step::open(
            "application-nginx",
            &list("app/connect/?proxy=nginx"),
            200,
            "App app",
        ),
    ]
}
