//! The administrator's first page and the API's: small and honest about what stands here now.
//!
//! Leaves to others: the console itself (a later version) and the API's description, which is
//! served as a file.

use serde::Serialize;

use super::{Nav, Page, Person};

/// One number on the administrator's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What is counted, in the plural: "Users".
    pub label: String,
    /// How many.
    pub value: u64,
}

/// One thing that is well or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: "Store".
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and if not `ok` what to do.
    pub text: String,
}

/// `/if/admin/`, `admin/home.html`.
#[derive(Clone, Debug, Serialize)]
pub struct AdminHome {
    /// Who looks.
    pub person: Person,
    /// The links in the head.
    pub nav: Nav,
    /// The public address.
    pub base_url: String,
    /// Doorward's version.
    pub version: String,
    /// Users, groups, applications, …
    pub counts: Vec<Count>,
    /// Store, public address, …
    pub checks: Vec<Check>,
    /// The API's page.
    pub api_url: String,
    /// The API's description (OpenAPI).
    pub schema_url: String,
}

impl Page for AdminHome {
    const TEMPLATE: &'static str = "admin/home.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let count = |label: &str, value| Count {
            label: label.into(),
            value,
        };
        let check = |name: &str, ok, text: &str| Check {
            name: name.into(),
            ok,
            text: text.into(),
        };
        let well = Self {
            person: Person::sample(),
            nav: Nav::new(true),
            base_url: "https://auth.example.com".into(),
            version: "0.1.0".into(),
            counts: vec![
                count("Users", 12),
                count("Flows", 1203),
                count("Applications", 7),
            ],
            checks: vec![
                check("Store", true, "SQLite answers."),
                check("Public address", true, "https://auth.example.com"),
            ],
            api_url: "/api/v3/".into(),
            schema_url: "/api/v3/schema/".into(),
        };
        let ill = Self {
            checks: vec![check(
                "Public address",
                false,
                "Not set. Sign-in from other hosts will fail until it is.",
            )],
            ..well.clone()
        };
        vec![("well", well), ("ill", ill)]
    }
}

/// One line of the API's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiResource {
    /// The path: `/api/v3/core/users/`.
    pub path: String,
    /// What can be done, in upper case: `GET POST`.
    pub methods: String,
}

/// `/api/v3/` in a browser, `api/index.html`.
#[derive(Clone, Debug, Serialize)]
pub struct ApiIndex {
    /// The API's description (OpenAPI).
    pub schema_url: String,
    /// What the API knows, in the order to show.
    pub resources: Vec<ApiResource>,
}

impl Page for ApiIndex {
    const TEMPLATE: &'static str = "api/index.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let resource = |path: &str, methods: &str| ApiResource {
            path: path.into(),
            methods: methods.into(),
        };
        let some = Self {
            schema_url: "/api/v3/schema/".into(),
            resources: vec![
                resource("/api/v3/core/users/", "GET POST"),
                resource("/api/v3/core/users/{id}/", "GET PUT PATCH DELETE"),
                resource("/api/v3/policies/bindings/", "GET POST"),
            ],
        };
        vec![
            ("some", some.clone()),
            (
                "none",
                Self {
                    resources: Vec::new(),
                    ..some
                },
            ),
        ]
    }
}
