//! Every way to a token by every state of an account by everything that may be bound to an
//! application: generated, complete, and compared with rules that are written down here and ask
//! nothing of the program.

mod setting;
mod ways;

use std::collections::BTreeSet;

use doorward_engine::resource::{FieldType, kind};

use self::setting::Scene;
use super::kit::Kit;

/// What became of an account, and of what kind it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Internal,
    External,
    ServiceAccount,
    InternalServiceAccount,
    Administrator,
    ShutBefore,
    ShutMeanwhile,
    DeletedMeanwhile,
    PasswordChangedMeanwhile,
    SignedOutMeanwhile,
}

/// What is bound to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Nothing,
    ItsGroup,
    AnotherGroup,
    TextThatPasses,
    TextThatFails,
    TextThatErrs,
    AnotherGroupMeanwhile,
}

/// A way to a token, or what a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    AuthorizeCode,
    AuthorizeImplicit,
    AuthorizeHybrid,
    Pushed,
    AuthorizeAtGithubs,
    AuthorizeRegistered,
    Code,
    CodeAtGithubs,
    Refresh,
    RefreshRegistered,
    MachineBySecret,
    MachineByKey,
    AppPassword,
    AppPasswordAsPassword,
    AppPasswordAsSecret,
    Federated,
    DeviceLetIn,
    DevicePoll,
    ExchangeOwn,
    ExchangeTrusted,
    ExchangeForAnother,
    ExchangeDelegated,
    Introspection,
    Userinfo,
    UserinfoWithKey,
    UserinfoAtGithubs,
}

impl State {
    const ALL: [Self; 10] = [
        Self::Internal,
        Self::External,
        Self::ServiceAccount,
        Self::InternalServiceAccount,
        Self::Administrator,
        Self::ShutBefore,
        Self::ShutMeanwhile,
        Self::DeletedMeanwhile,
        Self::PasswordChangedMeanwhile,
        Self::SignedOutMeanwhile,
    ];

    /// `type` of the account.
    fn kind(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::ServiceAccount => "service_account",
            Self::InternalServiceAccount => "internal_service_account",
            _ => "internal",
        }
    }

    fn is_alive(self) -> bool {
        let dead = [
            Self::ShutBefore,
            Self::ShutMeanwhile,
            Self::DeletedMeanwhile,
        ];
        !dead.contains(&self)
    }

    /// Whether the session in which everything began is there at the end.
    fn is_in_session(self) -> bool {
        let ended = [Self::PasswordChangedMeanwhile, Self::SignedOutMeanwhile];
        self.is_alive() && !ended.contains(&self)
    }

    fn administrates(self) -> bool {
        [Self::Administrator, Self::InternalServiceAccount].contains(&self)
    }
}

impl Bound {
    const ALL: [Self; 7] = [
        Self::Nothing,
        Self::ItsGroup,
        Self::AnotherGroup,
        Self::TextThatPasses,
        Self::TextThatFails,
        Self::TextThatErrs,
        Self::AnotherGroupMeanwhile,
    ];

    fn let_in(self) -> bool {
        self.lets_in() || self == Self::AnotherGroupMeanwhile
    }

    fn lets_in(self) -> bool {
        [Self::Nothing, Self::ItsGroup, Self::TextThatPasses].contains(&self)
    }
}

impl Way {
    const ALL: [Self; 26] = [
        Self::AuthorizeCode,
        Self::AuthorizeImplicit,
        Self::AuthorizeHybrid,
        Self::Pushed,
        Self::AuthorizeAtGithubs,
        Self::AuthorizeRegistered,
        Self::Code,
        Self::CodeAtGithubs,
        Self::Refresh,
        Self::RefreshRegistered,
        Self::MachineBySecret,
        Self::MachineByKey,
        Self::AppPassword,
        Self::AppPasswordAsPassword,
        Self::AppPasswordAsSecret,
        Self::Federated,
        Self::DeviceLetIn,
        Self::DevicePoll,
        Self::ExchangeOwn,
        Self::ExchangeTrusted,
        Self::ExchangeForAnother,
        Self::ExchangeDelegated,
        Self::Introspection,
        Self::Userinfo,
        Self::UserinfoWithKey,
        Self::UserinfoAtGithubs,
    ];

    /// The provider's grant type that it needs; nothing for what uses a token.
    fn grant_type(self) -> Option<&'static str> {
        Some(match self {
            Self::AuthorizeCode
            | Self::Pushed
            | Self::AuthorizeAtGithubs
            | Self::AuthorizeRegistered
            | Self::Code
            | Self::CodeAtGithubs => "authorization_code",
            Self::AuthorizeImplicit => "implicit",
            Self::AuthorizeHybrid => "hybrid",
            Self::Refresh | Self::RefreshRegistered => "refresh_token",
            Self::MachineBySecret
            | Self::MachineByKey
            | Self::AppPassword
            | Self::AppPasswordAsSecret
            | Self::Federated => "client_credentials",
            Self::AppPasswordAsPassword => "password",
            Self::DeviceLetIn | Self::DevicePoll => ways::DEVICE_CODE,
            Self::ExchangeOwn
            | Self::ExchangeTrusted
            | Self::ExchangeForAnother
            | Self::ExchangeDelegated => ways::TOKEN_EXCHANGE,
            Self::Introspection
            | Self::Userinfo
            | Self::UserinfoWithKey
            | Self::UserinfoAtGithubs => return None,
        })
    }
}

const GIVEN: &str = "given";
/// What should have come before did not come to be.
const NOT_BEGUN: &str = "not begun";
/// The browser is sent to sign in.
const SIGN_IN: &str = "sign in";
/// It is shown that this person may not open the application.
const NO_ENTRY: &str = "no entry";

/// What has to become of it.
fn expected(way: Way, state: State, bound: Bound) -> &'static str {
    let if_begun = |begun: bool, then: &'static str| if begun { then } else { NOT_BEGUN };
    let has_begun = state != State::ShutBefore && bound.let_in();
    match way {
        // A request that was sent ahead is judged when somebody brings it, and a client that
        // registered itself has the bindings of the application that it registered with.
        Way::AuthorizeCode
        | Way::AuthorizeImplicit
        | Way::AuthorizeHybrid
        | Way::Pushed
        | Way::AuthorizeAtGithubs
        | Way::AuthorizeRegistered
        | Way::DeviceLetIn => by_browser(state, bound),
        // What is bound was asked when the code was given, a minute ago at most, of the browser that
        // asked for it: a server that brings it has another address, and no challenge.
        Way::Code | Way::CodeAtGithubs => {
            if_begun(has_begun, given_if(state.is_in_session(), "invalid_grant"))
        }
        // It was asked for that the app may stay signed in, so one session's end is not its end.
        Way::Refresh | Way::RefreshRegistered => {
            let lasts = state.is_in_session() || state == State::SignedOutMeanwhile;
            if_begun(
                has_begun,
                given_if(lasts && bound.lets_in(), "invalid_grant"),
            )
        }
        Way::MachineBySecret | Way::MachineByKey => machine(state, bound),
        Way::AppPassword | Way::AppPasswordAsPassword | Way::AppPasswordAsSecret => {
            given_if(state.is_alive() && bound.lets_in(), "invalid_grant")
        }
        // The token comes from another application, on which nothing is bound.
        Way::Federated => match state {
            State::ShutBefore => NOT_BEGUN,
            _ if !state.is_in_session() => "invalid_client",
            // As in an exchange: nobody speaks as who administrates.
            _ => given_if(!state.administrates() && bound.lets_in(), "invalid_grant"),
        },
        Way::DevicePoll => {
            let after = given_if(bound.lets_in(), "access_denied");
            let then = if state.is_in_session() {
                after
            } else {
                "invalid_grant"
            };
            if_begun(has_begun, then)
        }
        Way::ExchangeOwn => {
            let may = state.is_in_session() && bound.lets_in();
            if_begun(has_begun, given_if(may, "invalid_request"))
        }
        Way::ExchangeTrusted => exchanged(state, !state.administrates() && bound.lets_in()),
        Way::ExchangeDelegated => exchanged(state, bound.lets_in()),
        // The first application's client asks for a token for this one, which trusts it.
        Way::ExchangeForAnother if state == State::ShutBefore => NOT_BEGUN,
        Way::ExchangeForAnother if !state.is_in_session() || state.administrates() => {
            "invalid_request"
        }
        Way::ExchangeForAnother => given_if(bound.lets_in(), "invalid_target"),
        // A token that was given counts until it ends, an hour at most, or somebody ends it.
        Way::Introspection => if_begun(has_begun, given_if(state.is_in_session(), "inactive")),
        Way::Userinfo | Way::UserinfoWithKey | Way::UserinfoAtGithubs => {
            if_begun(has_begun, given_if(state.is_in_session(), "invalid_token"))
        }
    }
}

fn given_if(may: bool, otherwise: &'static str) -> &'static str {
    if may { GIVEN } else { otherwise }
}

fn by_browser(state: State, bound: Bound) -> &'static str {
    if state.is_in_session() {
        given_if(bound.lets_in(), NO_ENTRY)
    } else {
        SIGN_IN
    }
}

/// The token comes from the first application, on which nothing is bound.
fn exchanged(state: State, may: bool) -> &'static str {
    match state {
        State::ShutBefore => NOT_BEGUN,
        _ => given_if(state.is_in_session() && may, "invalid_request"),
    }
}

/// The account is the provider's own: what became of the person became of it, too. One of another
/// kind is not taken over, and one that was deleted is made anew, in no group.
fn machine(state: State, bound: Bound) -> &'static str {
    let may = match state {
        State::External
        | State::InternalServiceAccount
        | State::ShutBefore
        | State::ShutMeanwhile => false,
        State::DeletedMeanwhile => bound.lets_in() && bound != Bound::ItsGroup,
        _ => bound.lets_in(),
    };
    given_if(may, "invalid_grant")
}

/// oidc.md 6.1 to 6.3: CVE-2024-38371, CVE-2025-64521, CVE-2023-22492, CVE-2026-43983
#[tokio::test]
async fn every_way_by_every_state_of_an_account_by_everything_that_is_bound() {
    for kit in Kit::every().await {
        let mut scene = Scene::set(kit).await;
        scene.begin().await;
        scene.meanwhile().await;
        let mut wrong = Vec::new();
        for (state, bound, way, seen) in scene.outcomes().await {
            let wanted = expected(way, state, bound);
            if seen != wanted {
                wrong.push(format!("{way:?} {state:?} {bound:?}: {seen}, not {wanted}"));
            }
        }
        assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// A new one of any of them has to be written down here.
#[test]
fn the_matrix_knows_every_grant_type_and_every_kind_of_account() {
    let choices = |model: &str, key: &str| -> BTreeSet<&'static str> {
        let fields = kind(model).unwrap().fields.iter();
        let mut field = fields.filter(|field| field.key == key);
        match field.next().unwrap().holds {
            FieldType::Choice(words, _) | FieldType::Choices(words, _) => {
                words.iter().copied().collect()
            }
            _ => panic!("{key} has no choices"),
        }
    };
    let ways = Way::ALL.into_iter().filter_map(Way::grant_type);
    let known = choices("authentik_providers_oauth2.oauth2provider", "grant_types");
    assert_eq!(ways.collect::<BTreeSet<_>>(), known);
    let kinds = State::ALL.into_iter().map(State::kind);
    assert_eq!(
        kinds.collect::<BTreeSet<_>>(),
        choices("authentik_core.user", "type")
    );
}
