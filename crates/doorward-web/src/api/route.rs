//! One operation beyond the seven of every kind: where it is, who answers it, what it takes and
//! gives. The router and the OpenAPI document are made from the same list of them.

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use doorward_engine::resource::Holds;
use doorward_engine::resource::form::Form;

use crate::state::AppState;

/// What an operation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// 204.
    Nothing,
    /// 200 without a body.
    Done,
    /// 200 with an object of this schema.
    One(&'static str),
    /// 200 with an array of them.
    Many(&'static str),
    /// 200 with text of this media type.
    Text(&'static str),
}

/// What an operation takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// No body.
    Nothing,
    /// A form of the engine.
    Form(&'static Form),
    /// An object of this schema.
    Schema(&'static str),
    /// `multipart/form-data` with these parts.
    Upload(&'static str),
}

/// A query parameter: its name and what it holds.
pub(super) type Parameter = (&'static str, Holds);

/// A query parameter without which there is no answer.
#[derive(Clone, Copy)]
pub(super) struct Needed {
    /// Its name.
    pub(super) name: &'static str,
    /// What it, or each of it, holds.
    pub(super) holds: Holds,
    /// Whether it may be there several times.
    pub(super) is_many: bool,
}

impl Needed {
    /// One that is there once.
    pub(super) const fn one(name: &'static str, holds: Holds) -> Self {
        Self {
            name,
            holds,
            is_many: false,
        }
    }

    /// One that may be there several times.
    pub(super) const fn list(name: &'static str, holds: Holds) -> Self {
        Self {
            is_many: true,
            ..Self::one(name, holds)
        }
    }
}

/// One operation.
pub(super) struct Route {
    /// `get`, `post` …
    pub(super) method: &'static str,
    /// Below `/api/v3`.
    pub(super) path: &'static str,
    /// authentik's name for it.
    pub(super) id: &'static str,
    /// Whether nobody needs to be signed in.
    pub(super) anonymous: bool,
    /// Query parameters of its own.
    pub(super) query: &'static [Parameter],
    /// The one that it needs.
    pub(super) needs: Option<Needed>,
    /// Whether it also takes the filters of the kind with this model.
    pub(super) filters_of: Option<&'static str>,
    /// Its body.
    pub(super) takes: Takes,
    /// Its answer.
    pub(super) gives: Gives,
    handler: Option<MethodRouter<AppState>>,
}

impl Route {
    fn new(method: &'static str, path: &'static str, id: &'static str, gives: Gives) -> Self {
        Self {
            method,
            path,
            id,
            anonymous: false,
            query: &[],
            needs: None,
            filters_of: None,
            takes: Takes::Nothing,
            gives,
            handler: None,
        }
    }

    /// A GET.
    pub(super) fn get(path: &'static str, id: &'static str, gives: Gives) -> Self {
        Self::new("get", path, id, gives)
    }

    /// A POST.
    pub(super) fn post(path: &'static str, id: &'static str, gives: Gives) -> Self {
        Self::new("post", path, id, gives)
    }

    /// A PUT.
    pub(super) fn put(path: &'static str, id: &'static str, gives: Gives) -> Self {
        Self::new("put", path, id, gives)
    }

    /// A PATCH.
    pub(super) fn patch(path: &'static str, id: &'static str, gives: Gives) -> Self {
        Self::new("patch", path, id, gives)
    }

    /// A DELETE.
    pub(super) fn delete(path: &'static str, id: &'static str, gives: Gives) -> Self {
        Self::new("delete", path, id, gives)
    }

    /// Nobody needs to be signed in.
    pub(super) fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// Its query parameters.
    pub(super) fn query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    /// Needs this query parameter.
    pub(super) fn needs(mut self, needed: Needed) -> Self {
        self.needs = Some(needed);
        self
    }

    /// Takes the filters of a kind, too.
    pub(super) fn filters_of(mut self, model: &'static str) -> Self {
        self.filters_of = Some(model);
        self
    }

    /// Takes a form.
    pub(super) fn form(mut self, form: &'static Form) -> Self {
        self.takes = Takes::Form(form);
        self
    }

    /// Takes an object that a schema describes.
    pub(super) fn schema(mut self, name: &'static str) -> Self {
        self.takes = Takes::Schema(name);
        self
    }

    /// Takes an upload that a schema describes.
    pub(super) fn upload(mut self, name: &'static str) -> Self {
        self.takes = Takes::Upload(name);
        self
    }

    /// Who answers; without one, another module routes it.
    pub(super) fn to<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.handler = Some(on(self.filter(), handler));
        self
    }

    /// Its body may be larger than others; after [`Route::to`].
    pub(super) fn body_max_bytes(mut self, limit: usize) -> Self {
        let limit = DefaultBodyLimit::max(limit);
        self.handler = self.handler.map(|handler| handler.layer(limit));
        self
    }

    fn filter(&self) -> MethodFilter {
        match self.method {
            "post" => MethodFilter::POST,
            "put" => MethodFilter::PUT,
            "patch" => MethodFilter::PATCH,
            "delete" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        }
    }

    /// The router's address and handler; its one parameter is called `key` everywhere, because a
    /// router takes only one name for one place.
    pub(super) fn served(self) -> Option<(String, MethodRouter<AppState>)> {
        let named = |part: &str| if part.starts_with('{') { "{key}" } else { part }.to_owned();
        let parts: Vec<_> = self.path.split('/').map(named).collect();
        Some((format!("/api/v3{}", parts.join("/")), self.handler?))
    }
}
