//! Somebody who may not open an application: the one page for it, whichever way they came, and the
//! line in the log.

use axum::response::Response;
use doorward_engine::model::Application;
use doorward_engine::policy::Step;
use doorward_engine::{Context, Person, Snapshot};

use crate::outpost::reasons;
use crate::pages::{self, Refused};
use crate::state::AppState;

/// Where the person's own applications are.
const LIBRARY: &str = "/if/user/";

/// Where an administrator finds every step of a decision.
const TRACE: &str = "/if/admin/why/?reference=";

/// So many sentences of policies are shown.
const SAID_MAX: usize = 50;

/// Who may not open what, and what each binding said.
pub(crate) struct Refusal<'a> {
    pub(crate) application: &'a Application,
    pub(crate) person: &'a Person,
    pub(crate) steps: &'a [Step],
    /// Where another account can be used.
    pub(crate) switch_url: Option<String>,
    /// Whether the page is on the application's own host, so that ways back need our address.
    pub(crate) elsewhere: bool,
}

impl Refusal<'_> {
    /// 403.
    pub(crate) fn page(self, state: &AppState, snapshot: &Snapshot, ctx: &Context) -> Response {
        let library = snapshot.public_url().filter(|_| self.elsewhere);
        let library = library.and_then(|url| url.join(LIBRARY).ok());
        let trace = format!("{TRACE}{}", ctx.request_id);
        let at = snapshot.public_url().filter(|_| self.elsewhere);
        let at = at.and_then(|url| url.join(&trace).ok());
        let trace_url = at.map_or(trace, String::from);
        let said = self.steps.iter().flat_map(|step| step.messages.clone());
        state.pages.respond(&Refused {
            person: pages::Person::new(&*self.person.name, &*self.person.username),
            app: self.application.name.clone(),
            reference_id: ctx.request_id.to_string(),
            switch_account_url: self.switch_url,
            back_url: library.map_or_else(|| LIBRARY.to_owned(), String::from),
            messages: said.take(SAID_MAX).collect(),
            trace_url: self.person.is_superuser.then_some(trace_url),
            reasons: reasons(snapshot, self.application, self.person, self.steps),
        })
    }
}

/// The line that goes with the reference on the page.
pub(crate) fn log(ctx: &Context, application: &Application, person: &Person) {
    tracing::info!(
        request.id = &*ctx.request_id,
        client.address = %ctx.client_ip,
        user.name = &*person.username,
        application = application.slug,
        "somebody may not open an application"
    );
}
