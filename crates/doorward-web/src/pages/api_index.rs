//! The API's page: small and honest about what stands here.
//!
//! Leaves to others: the API's description, which is served as a file.

use serde::Serialize;

use super::Page;

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
