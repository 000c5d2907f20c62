//! `/if/user/tokens/`: a person's tokens and app passwords.
//!
//! Leaves what may be made to `engine::account::token`. Rules: a key is on the answer to the form that made
//! it and nowhere else; that form sent twice makes one token; nothing is made or removed but right after
//! signing in.

use axum::extract::State;
use axum::response::Response;
use doorward_engine::account::token::{self, Made, NAME_MAX_CHARS, Opens, OwnToken, Wish};
use doorward_engine::resource::Refusal;
use serde::Deserialize;

use super::own::{Given, Own, refused};
use crate::extract::Asks;
use crate::flow::sign_in_again;
use crate::pages::{FieldError, MadeToken, TokenRow, TokenWish, Tokens};
use crate::respond::see_other;
use crate::state::AppState;

pub(super) const PATH: &str = "/if/user/tokens/";

/// For how long, as the form has it.
const DAYS: [i64; 4] = [30, 90, 365, 1095];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was just done.
    done: String,
}

/// `GET /if/user/tokens/`
pub(super) async fn show(
    State(state): State<AppState>,
    Asks(asked): Asks<Asked>,
    own: Own,
) -> Result<Response, Response> {
    let mut page = page(&state, &own).await?;
    let is_gone = asked.done == "removed";
    page.notice = is_gone.then(|| "It is removed and opens nothing any more.".to_owned());
    Ok(state.pages.respond(&page))
}

async fn page(state: &AppState, own: &Own) -> Result<Tokens, Response> {
    let tokens = token::tokens(&state.engine, own.ctx()).await;
    let tokens = tokens.map_err(|refusal| refused(state, own, PATH, refusal))?;
    Ok(Tokens {
        person: own.shown(),
        nav: own.nav(),
        tokens: tokens.iter().map(row).collect(),
        made: None,
        wish: TokenWish {
            once: token::once(),
            ..TokenWish::default()
        },
        days: DAYS.to_vec(),
        errors: Vec::new(),
        sign_in_again_url: own.sign_in_again_url(PATH),
        csrf: own.csrf(state),
        action: PATH.to_owned(),
        now_ms: own.ctx().now,
        notice: None,
    })
}

fn row(token: &OwnToken) -> TokenRow {
    TokenRow {
        id: token.identifier.clone(),
        name: token.name.clone(),
        kind: token.opens.word().to_owned(),
        created_ms: token.created_at,
        expires_ms: token.expires_at,
    }
}

/// `POST /if/user/tokens/`
pub(super) async fn change(
    State(state): State<AppState>,
    given: Given,
) -> Result<Response, Response> {
    if given.own.sign_in_again_url(PATH).is_some() {
        return Ok(see_other(&sign_in_again(PATH)));
    }
    if given.get("do") == "remove" {
        remove(&state, &given).await
    } else {
        make(&state, &given).await
    }
}

async fn remove(state: &AppState, given: &Given) -> Result<Response, Response> {
    let own = &given.own;
    token::remove(&state.engine, own.ctx(), given.get("token"))
        .await
        .map_err(|refusal| refused(state, own, PATH, refusal))?;
    Ok(see_other(&format!("{PATH}?done=removed")))
}

async fn make(state: &AppState, given: &Given) -> Result<Response, Response> {
    let own = &given.own;
    let wish = match wish(given) {
        Ok(wish) => wish,
        Err(error) => return again(state, given, error).await,
    };
    match token::make(&state.engine, own.ctx(), wish).await {
        Ok(made) => Ok(state.pages.respond(&Tokens {
            made: Some(told(own, &made)),
            ..page(state, own).await?
        })),
        Err(Refusal::Invalid(errors)) => {
            let is_made = errors.has("identifier");
            let said = "This was made already, and its key is shown only once. Remove it and make another.";
            let said = said.to_owned();
            let said = if is_made { said } else { errors.to_string() };
            again(state, given, FieldError::at("name", said)).await
        }
        Err(refusal) => Err(refused(state, own, PATH, refusal)),
    }
}

/// What the form asks for.
fn wish(given: &Given) -> Result<Wish<'_>, FieldError> {
    let name = given.get("name");
    let is_name = (1..=NAME_MAX_CHARS).contains(&name.chars().count());
    if !is_name || name.chars().any(char::is_control) {
        let said = "Write in 1 to 64 characters what it is for.";
        return Err(FieldError::at("name", said));
    }
    let days = given.get("days").parse();
    let days = days.ok().filter(|days| DAYS.contains(days));
    let (Some(opens), Some(days)) = (Opens::of(given.get("kind")), days) else {
        return Err(FieldError::form(
            "Something in the form could not be read. Please try again.",
        ));
    };
    Ok(Wish {
        name,
        opens,
        days,
        once: given.get("once"),
    })
}

/// The form as it was typed, with what was wrong.
async fn again(state: &AppState, given: &Given, error: FieldError) -> Result<Response, Response> {
    let page = page(state, &given.own).await?;
    let wish = TokenWish {
        name: given.get("name").to_owned(),
        kind: given.get("kind").to_owned(),
        days: given.get("days").parse().unwrap_or(DAYS[1]),
        ..page.wish
    };
    Ok(state.pages.respond(&Tokens {
        errors: vec![error],
        wish,
        ..page
    }))
}

fn told(own: &Own, made: &Made) -> MadeToken {
    MadeToken {
        name: made.token.name.clone(),
        kind: made.token.opens.word().to_owned(),
        key: made.key.clone(),
        username: own.person.username.to_string(),
        expires_ms: made.token.expires_at,
    }
}
