//! The pages people see: what each one is told, and how it becomes a response.
//!
//! One documented struct per page ([`Login`], [`Setup`], [`Library`], …). The struct is a
//! contract: an operator's own template gets exactly these names, and [`Page::samples`] are the
//! values every template must survive before it is used. Handlers fill a struct and call
//! [`Pages::respond`]; they never touch HTML, headers or the policy.
//!
//! Leaves to others: which page to show (the handlers), how templates are found
//! ([`crate::templates`]), the headers ([`crate::respond::html`]).
//!
//! Rule: no page needs a script to work, and every change is a `POST` of a form that carries the
//! [`CSRF_FIELD`].

mod about;
mod access;
mod account;
mod address;
mod api_index;
mod captcha;
mod consent;
pub(crate) mod console;
mod deliver;
mod device;
mod device_code;
mod devices;
mod form;
mod go_on;
mod inspection;
mod letter;
mod library;
mod login;
mod message;
mod mismatch;
mod moment;
mod recovery;
mod refused;
mod setup;
mod sign_out;
mod tokens;

use std::path::PathBuf;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use minijinja::value::{Serde, Value};
use serde::Serialize;

pub use about::{AppAbout, AppLink, AppLinkKind};
pub use access::{Access, AgreedRow, KeptRow};
pub use account::{AppSession, OwnSettings, OwnThing, SessionRow, Sessions};
pub use address::PublicAddress;
pub use api_index::{ApiIndex, ApiResource};
pub use captcha::{Captcha, Puzzle};
pub use consent::Consent;
pub use console::{
    AddChoice, AppHead, AppLine, AppPage, AppTile, Chart, ChartBar, Chip, ConsoleAddApplication,
    ConsoleApplication, ConsoleApplicationEnd, ConsoleApplications, ConsoleAsk, ConsoleConnect,
    ConsoleEvent, ConsoleEvents, ConsoleHome, ConsoleInvite, ConsoleInvited, ConsoleOpeners,
    ConsoleSearch, ConsoleSigning, ConsoleTrace, ConsoleWhy, Crumb, EventLine, Fact, Figure,
    Finding, Frame, Hit, MadeObject, MenuLink, OpenerRow, Pager, PieceShown, RecipeShown, Section,
    SeenShown, SeenStep, Tab, WhyLine, WhyRow, WhyShown,
};
pub use console::{
    ConsoleObject, ConsoleObjectCode, ConsoleObjectDelete, ConsoleObjectForm, ConsoleObjectHistory,
    ConsoleObjectList, ConsoleObjects, ConsolePart, KindGroup, KindLine, ObjectAsk, ObjectCell,
    ObjectChoice, ObjectColumn, ObjectFact, ObjectFilter, ObjectHead, ObjectInput, ObjectLine,
    ObjectLink, PastChange, PastVersion, RowInput,
};
pub use deliver::Deliver;
pub use device::{
    Card, MailCode, ProveDevice, SetUpApp, SetUpChoice, SetUpCodes, SetUpMailbox, SetUpPasskey,
};
pub use device_code::{DeviceCode, DeviceConfirm};
pub use devices::{DeviceAdd, DeviceRow, Devices};
pub use form::{Form, FormChoice, FormField, FormInput};
pub use go_on::GoOn;
pub use inspection::{Inspected, Inspection, InspectionStep, StepState};
pub use letter::{Letter, LinkOpened};
pub use library::{AppCard, AskCard, Library};
pub use login::{Login, LoginFields};
pub use message::Message;
pub use mismatch::{Marked, Mismatch, OtherAddress};
pub(crate) use moment::{age, parts};
pub use recovery::Recovery;
pub use refused::Refused;
pub use setup::Setup;
pub use sign_out::{SignOutConfirm, SignedOut, SigningOut};
pub use tokens::{MadeToken, TokenRow, TokenWish, Tokens};

pub use crate::look::{LanguageName, Layout, Look, Switch, Themed};

use crate::assets::Assets;
use crate::look;
use crate::respond::html;
use crate::templates::{Rejected, Templates};

/// The hidden field of every form that holds the masked token.
pub const CSRF_FIELD: &str = "csrf";

/// A page: a context, the template that shows it, and how it is answered.
pub trait Page: Serialize + Sized {
    /// The template's name below the templates folder, for example `flow/login.html`.
    const TEMPLATE: &'static str;

    /// Named values that show every branch of the template; used at start, in tests and in the
    /// gallery.
    fn samples() -> Vec<(&'static str, Self)>;

    /// The status of the answer.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// Seconds for `Retry-After`, if the person has to wait.
    fn retry_after_s(&self) -> Option<u32> {
        None
    }

    /// Addresses of pictures that the page shows besides those of its look.
    fn pictures(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Origins of a script of somebody else's that the page loads, and of all that it needs.
    fn script_origins(&self) -> Option<String> {
        None
    }

    /// Whether a script of ours asks this server for more while the page is open.
    fn has_calls(&self) -> bool {
        false
    }

    /// Addresses of other people's pages that it shows in frames.
    fn frames(&self) -> Vec<&str> {
        Vec::new()
    }

    /// One more origin a form of this page may end at (`https://app.example.com`), because
    /// browsers apply `form-action` to the redirect after a `POST` as well.
    fn form_action_origin(&self) -> Option<&str> {
        None
    }
}

/// What was wrong with one field, in words for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name in the form; empty if the whole form is meant.
    pub field: String,
    /// A sentence that says what to do.
    pub message: String,
}

impl FieldError {
    /// An error beside the field called `field`.
    pub fn at(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }

    /// An error of the form as a whole.
    pub fn form(message: impl Into<String>) -> Self {
        Self::at("", message)
    }
}

/// Who looks at the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The name to greet with; the user name if there is no other.
    pub name: String,
    /// The user name, to tell two accounts apart.
    pub username: String,
}

impl Person {
    /// A person called `name` who signs in as `username`.
    pub fn new(name: impl Into<String>, username: impl Into<String>) -> Self {
        let (name, username) = (name.into(), username.into());
        Self {
            name: if name.is_empty() {
                username.clone()
            } else {
                name
            },
            username,
        }
    }

    pub(crate) fn sample() -> Self {
        Self::new("Mia Müller", "mia")
    }
}

/// Where the links in the head of a signed-in page lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nav {
    /// The applications.
    pub library_url: String,
    /// What they sign in with.
    pub devices_url: String,
    /// Where am I signed in.
    pub sessions_url: String,
    /// What one may change about oneself.
    pub settings_url: String,
    /// A page that asks before it signs out.
    pub sign_out_url: String,
    /// The administrator's pages, only for those who may open them.
    pub admin_url: Option<String>,
}

impl Nav {
    /// The addresses authentik's users know; the admin link only if `is_admin`.
    pub fn new(is_admin: bool) -> Self {
        Self {
            library_url: "/if/user/".into(),
            devices_url: "/if/user/devices/".into(),
            sessions_url: "/if/user/sessions/".into(),
            settings_url: "/if/user/settings/".into(),
            sign_out_url: "/flows/-/default/invalidation/".into(),
            admin_url: is_admin.then(|| "/if/admin/".into()),
        }
    }
}

/// Everything that is needed to answer with a page; made once at start.
#[derive(Debug)]
pub struct Pages {
    templates: Templates,
    assets: Assets,
}

impl Pages {
    /// Loads the templates, the operator's from `overrides` first, and renders each with its
    /// samples. Never fails: an override that does not render is left out, see
    /// [`Pages::rejected`].
    #[expect(clippy::needless_pass_by_value, reason = "called once, with a setting")]
    pub fn new(overrides: Option<PathBuf>) -> Self {
        let assets = Assets::new();
        let templates = Templates::new(overrides.as_deref(), &assets);
        Self { templates, assets }
    }

    /// The operator's templates that are not used, each with the reason.
    pub fn rejected(&self) -> &[Rejected] {
        self.templates.rejected()
    }

    /// Every template that a letter can have.
    pub fn letter_templates(&self) -> Vec<&str> {
        self.templates.letters()
    }

    /// The files under [`crate::assets::PREFIX`].
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// Answers with `page` in the default looks.
    pub fn respond<P: Page>(&self, page: &P) -> Response {
        self.respond_as(page, &look::current())
    }

    /// Answers with `page` and, beside it, what a flow's run holds.
    pub(crate) fn respond_beside<P: Page>(
        &self,
        page: &P,
        inspection: Option<&Inspection>,
    ) -> Response {
        let look = look::current();
        let context = context(page, &look, inspection);
        self.answer(page, &look, self.templates.render(P::TEMPLATE, &context))
    }

    /// Answers with `page` as `look` says.
    ///
    /// If not even the built-in template renders, the answer is 500 in plain text.
    pub fn respond_as<P: Page>(&self, page: &P, look: &Look) -> Response {
        self.answer(page, look, self.html(page, look))
    }

    fn answer<P: Page>(
        &self,
        page: &P,
        look: &Look,
        html: Result<String, minijinja::Error>,
    ) -> Response {
        match html {
            Ok(body) => html::response(page, body, &self.assets, look).map(Body::from),
            Err(error) => html::broken(P::TEMPLATE, &error),
        }
    }

    /// A template that is no page, such as a part of a letter.
    ///
    /// # Errors
    ///
    /// The template engine's, if the built-in template does not render either.
    pub(crate) fn text(&self, template: &str, context: &Value) -> Result<String, minijinja::Error> {
        self.templates.render(template, context)
    }

    /// The HTML of `page`, for tests, the gallery and `respond_as`.
    ///
    /// # Errors
    ///
    /// The template engine's, if the built-in template does not render either.
    pub fn html<P: Page>(&self, page: &P, look: &Look) -> Result<String, minijinja::Error> {
        self.templates
            .render(P::TEMPLATE, &context(page, look, None))
    }
}

/// Calls `$each` with the list of all pages: the one place that has it.
macro_rules! each_page {
    ($each:ident) => {
        $each!(
            Login,
            Consent,
            Deliver,
            DeviceCode,
            DeviceConfirm,
            Captcha,
            Form,
            GoOn,
            Letter,
            LinkOpened,
            Setup,
            Refused,
            Library,
            Sessions,
            Devices,
            OwnSettings,
            Access,
            Tokens,
            SignedOut,
            SignOutConfirm,
            SigningOut,
            Message,
            Mismatch,
            ConsoleHome,
            ConsoleEvents,
            ConsoleEvent,
            ConsoleWhy,
            ConsoleTrace,
            ConsoleAsk,
            ConsoleInvite,
            ConsoleInvited,
            ConsoleSearch,
            ConsoleApplications,
            ConsoleAddApplication,
            ConsoleApplication,
            ConsoleConnect,
            ConsoleOpeners,
            ConsoleSigning,
            ConsoleApplicationEnd,
            ConsoleObjects,
            ConsoleObjectList,
            ConsoleObject,
            ConsoleObjectForm,
            ConsoleObjectDelete,
            ConsoleObjectHistory,
            ConsoleObjectCode,
            ConsolePart,
            PublicAddress,
            ApiIndex,
            Recovery,
            ProveDevice,
            SetUpApp,
            SetUpCodes,
            SetUpMailbox,
            SetUpPasskey
        )
    };
}

/// The page's own names plus `look` and `inspection`.
fn context<P: Page>(page: &P, look: &Look, inspection: Option<&Inspection>) -> Value {
    let page = Value::from(Serde(page));
    let inspection = Value::from(Serde(&inspection));
    minijinja::context! { look => Value::from(Serde(look)), inspection, ..page }
}

/// One page as one of its samples shows it.
#[derive(Debug)]
pub struct Sampled {
    /// The page's template.
    pub template: &'static str,
    /// The sample's name.
    pub name: &'static str,
    /// The whole answer.
    pub response: http::Response<String>,
}

/// Every page with every sample, for the gallery and for tests.
///
/// # Panics
///
/// If a built-in template fails, which the tests of this crate exclude.
pub fn all_samples(pages: &Pages, look: &Look) -> Vec<Sampled> {
    let mut all = Vec::new();
    macro_rules! sample_pages {
        ($($page:ty),*) => {$(
            for (name, page) in <$page>::samples() {
                let html = pages.html(&page, look).expect("built-in templates render");
                let response = html::response(&page, html, &pages.assets, look);
                all.push(Sampled { template: <$page>::TEMPLATE, name, response });
            }
        )*};
    }
    each_page!(sample_pages);
    all
}

/// Each page's template, sample name and context.
pub(crate) fn sample_contexts() -> Vec<(&'static str, &'static str, Value)> {
    let look = Look::default();
    let mut all = Vec::new();
    macro_rules! sample_contexts {
        ($($page:ty),*) => {$(
            for (name, page) in <$page>::samples() {
                all.push((<$page>::TEMPLATE, name, context(&page, &look, None)));
            }
        )*};
    }
    each_page!(sample_contexts);
    let beside = Inspection::sample();
    let card = GoOn::samples().into_iter();
    all.extend(
        card.map(|(name, page)| (GoOn::TEMPLATE, name, context(&page, &look, Some(&beside)))),
    );
    all
}

/// The status of a page with a form: 429 while its reader has to wait, 422 when something was wrong.
fn form_status(wait_s: Option<u32>, errors: &[FieldError]) -> StatusCode {
    match (wait_s, errors.is_empty()) {
        (Some(_), _) => StatusCode::TOO_MANY_REQUESTS,
        (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, true) => StatusCode::OK,
    }
}
