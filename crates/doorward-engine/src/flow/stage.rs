//! The stages this version knows, from the configuration object to the one whose turn it is.
//!
//! A new stage is one file beside this one and one line in each `match` here. Rule: a kind that is
//! not known, or whose settings cannot be read, is no stage: the run refuses.

use serde::de::DeserializeOwned;

use super::captcha::Captcha;
use super::consent::Consent;
use super::deny::Deny;
use super::dummy::Dummy;
use super::email::Email;
use super::identification::Identification;
use super::invitation::InvitationStage;
use super::password::Password;
use super::prompt::PromptStage;
use super::redirect::Redirect;
use super::set_up_app::SetUpApp;
use super::set_up_codes::SetUpCodes;
use super::set_up_email::SetUpEmail;
use super::set_up_passkey::SetUpPasskey;
use super::user_delete::UserDelete;
use super::user_login::UserLogin;
use super::user_logout::UserLogout;
use super::user_write::UserWrite;
use super::validate::Validate;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, Refusal};
use crate::engine::Fault;
use crate::model;

/// A stage with its settings.
pub(super) enum Stage {
    Captcha(Captcha),
    Consent(Consent),
    Deny(Deny),
    Dummy(Dummy),
    Email(Email),
    Identification(Identification),
    Invitation(InvitationStage),
    Password(Password),
    Prompt(PromptStage),
    Redirect(Redirect),
    UserDelete(UserDelete),
    SetUpApp(SetUpApp),
    SetUpCodes(SetUpCodes),
    SetUpEmail(SetUpEmail),
    SetUpPasskey(SetUpPasskey),
    /// Somebody else says who it is. Nobody can be asked yet, so it is never passed.
    Source,
    Validate(Validate),
    UserLogin(UserLogin),
    UserLogout(UserLogout),
    UserWrite(UserWrite),
}

/// What a stage says when it is reached or answered.
pub(super) enum Turn {
    /// It is done; the next one's turn.
    Passed,
    /// It asks.
    Ask(Ask),
    /// The stage with this uuid is to be done in its place.
    Detour(String),
    /// The answer is wrong; it asks again.
    Wrong(Mistake),
    /// Several things in the answer are wrong; it asks again.
    Rejected(Vec<Mistake>),
    /// The run ends, on the way to this approved address.
    Leave(String),
    /// It goes on in another flow, with what is known or without.
    Switch {
        /// The other flow.
        slug: String,
        /// Whether what is known goes along.
        keep: bool,
    },
    /// The run ends here.
    Refuse(Refusal),
    /// Another request has answered this step first.
    Lost,
}

impl Stage {
    /// Reads a stage; `None` if this version cannot carry it out.
    pub(super) fn read(stage: &model::Stage) -> Option<Self> {
        match stage.kind.as_str() {
            "authentik_stages_captcha.captchastage" => settings(stage).map(Self::Captcha),
            "authentik_stages_consent.consentstage" => settings(stage).map(Self::Consent),
            "authentik_stages_deny.denystage" => settings(stage).map(Self::Deny),
            "authentik_stages_dummy.dummystage" => settings(stage).map(Self::Dummy),
            "authentik_stages_email.emailstage" => settings(stage).map(Self::Email),
            "authentik_stages_invitation.invitationstage" => settings(stage).map(Self::Invitation),
            "authentik_stages_identification.identificationstage" => {
                settings(stage).map(Self::Identification)
            }
            "authentik_stages_password.passwordstage" => settings(stage).map(Self::Password),
            "authentik_stages_prompt.promptstage" => settings(stage).map(Self::Prompt),
            "authentik_stages_redirect.redirectstage" => settings(stage).map(Self::Redirect),
            "authentik_stages_source.sourcestage" => Some(Self::Source),
            "authentik_stages_user_delete.userdeletestage" => settings(stage).map(Self::UserDelete),
            "authentik_stages_authenticator_totp.authenticatortotpstage" => {
                settings(stage).map(Self::SetUpApp)
            }
            "authentik_stages_authenticator_static.authenticatorstaticstage" => {
                settings(stage).map(Self::SetUpCodes)
            }
            "authentik_stages_authenticator_email.authenticatoremailstage" => {
                settings(stage).map(Self::SetUpEmail)
            }
            "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage" => {
                settings(stage).map(Self::SetUpPasskey)
            }
            "authentik_stages_authenticator_validate.authenticatorvalidatestage" => {
                settings(stage).map(Self::Validate)
            }
            "authentik_stages_user_login.userloginstage" => settings(stage).map(Self::UserLogin),
            "authentik_stages_user_logout.userlogoutstage" => settings(stage).map(Self::UserLogout),
            "authentik_stages_user_write.userwritestage" => settings(stage).map(Self::UserWrite),
            _ => None,
        }
    }

    /// The name of its questions; a stage that asks nothing has the name of the page with a button.
    fn component(&self) -> &'static str {
        match self {
            Self::Captcha(_) => "ak-stage-captcha",
            Self::Consent(_) => "ak-stage-consent",
            Self::Deny(_)
            | Self::Dummy(_)
            | Self::Invitation(_)
            | Self::Redirect(_)
            | Self::Source
            | Self::UserDelete(_)
            | Self::UserWrite(_) => "ak-stage-dummy",
            Self::Email(_) => "ak-stage-email",
            Self::Identification(_) => "ak-stage-identification",
            Self::Password(_) => "ak-stage-password",
            Self::Prompt(_) => "ak-stage-prompt",
            Self::SetUpApp(_) => "ak-stage-authenticator-totp",
            Self::SetUpCodes(_) => "ak-stage-authenticator-static",
            Self::SetUpEmail(_) => "ak-stage-authenticator-email",
            Self::SetUpPasskey(_) => "ak-stage-authenticator-webauthn",
            Self::Validate(_) => "ak-stage-authenticator-validate",
            Self::UserLogin(_) => "ak-stage-user-login",
            Self::UserLogout(_) => "ak-stage-session-end",
        }
    }

    /// It is this stage's turn and nothing was answered yet.
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        match self {
            Self::Captcha(stage) => Ok(stage.reach(walk)),
            Self::Consent(stage) => stage.reach(walk).await,
            Self::Deny(stage) => Ok(stage.reach(walk)),
            Self::Dummy(stage) => stage.reach(),
            Self::Email(stage) => stage.reach(walk).await,
            Self::Invitation(stage) => Ok(stage.reach(walk)),
            Self::Identification(stage) => Ok(stage.reach(walk)),
            Self::Password(stage) => Ok(stage.reach(walk)),
            Self::Prompt(stage) => Ok(stage.reach(walk).await),
            Self::Redirect(stage) => Ok(stage.reach(walk)),
            Self::UserDelete(stage) => Ok(stage.reach(walk)),
            Self::SetUpApp(stage) => stage.reach(walk).await,
            Self::SetUpCodes(stage) => stage.reach(walk).await,
            Self::SetUpEmail(stage) => stage.reach(walk).await,
            Self::SetUpPasskey(stage) => stage.reach(walk).await,
            Self::Source => Ok(Turn::Refuse(Refusal::NoSource)),
            Self::Validate(stage) => stage.reach(walk).await,
            Self::UserLogin(stage) => stage.reach(walk).await,
            Self::UserLogout(stage) => stage.reach(walk).await,
            Self::UserWrite(stage) => stage.reach(walk).await,
        }
    }

    /// Somebody answered this stage.
    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        if answer
            .component
            .as_deref()
            .is_some_and(|component| component != self.component())
        {
            return Ok(Turn::Wrong(Mistake::WrongComponent));
        }
        match self {
            Self::Captcha(stage) => stage.answer(walk, answer).await,
            Self::Consent(stage) => stage.answer(walk, answer).await,
            Self::Dummy(_) => Ok(Turn::Passed),
            Self::Email(stage) => stage.answer(walk).await,
            // These ask nothing that could be answered: they decide by what the run holds.
            Self::Deny(stage) => Ok(stage.reach(walk)),
            Self::Invitation(stage) => Ok(stage.reach(walk)),
            Self::Redirect(stage) => Ok(stage.reach(walk)),
            Self::Source => Ok(Turn::Refuse(Refusal::NoSource)),
            Self::UserWrite(stage) => stage.reach(walk).await,
            Self::UserDelete(stage) => stage.answer(walk).await,
            Self::Identification(stage) => stage.answer(walk, answer).await,
            Self::Password(stage) => stage.answer(walk, answer).await,
            Self::Prompt(stage) => stage.answer(walk, answer).await,
            Self::SetUpApp(stage) => stage.answer(walk, answer).await,
            Self::SetUpCodes(stage) => stage.answer(walk).await,
            Self::SetUpEmail(stage) => stage.answer(walk, answer).await,
            Self::SetUpPasskey(stage) => stage.answer(walk, answer).await,
            Self::Validate(stage) => stage.answer(walk, answer).await,
            Self::UserLogin(stage) => stage.answer(walk, answer).await,
            Self::UserLogout(stage) => stage.answer(walk).await,
        }
    }
}

fn settings<T: DeserializeOwned>(stage: &model::Stage) -> Option<T> {
    T::deserialize(&stage.config)
        .inspect_err(|error| tracing::error!(stage = stage.name, %error, "a stage cannot be read"))
        .ok()
}
