//! Every question that a stage can ask, as clients get it, judged by authentik's published OpenAPI file.

use std::collections::BTreeSet;

use doorward_engine::authenticator::Class;
use doorward_engine::flow::{
    AppInfo, Ask, AskCaptcha, AskConsent, AskDevice, AskMail, AskName, AskPassword, AskPrompt,
    Challenge, Choice, Configure, DeviceChoice, FlowInfo, ForApp, ForMailbox, Mistake, Permission,
    PromptField, PromptType, Refusal, UserField,
};
use doorward_engine::oauth::About;
use doorward_engine::resource::{FieldType, registry};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::envelope;
use crate::published;

/// The number of a question among all that there are: a new one is to be added to [`questions`], too.
fn number(ask: &Ask) -> usize {
    match ask {
        Ask::Identification(_) => 0,
        Ask::Password(_) => 1,
        Ask::Prompt(_) => 2,
        Ask::Captcha(_) => 3,
        Ask::Mail(_) => 4,
        Ask::Consent(_) => 5,
        Ask::GoOn { .. } => 6,
        Ask::DeleteAccount { .. } => 7,
        Ask::App(_) => 8,
        Ask::Mailbox(_) => 9,
        Ask::Codes(_) => 10,
        Ask::Device(_) => 11,
        Ask::Passkey(_) => 12,
        Ask::UserLogin => 13,
        Ask::SignOut => 14,
        Ask::SessionEnd => 15,
    }
}

const QUESTIONS: usize = 16;

/// The options that browsers are given; their form is WebAuthn's own.
fn options() -> Value {
    json!({ "challenge": "AAAA", "rpId": "auth.example.org", "userVerification": "required" })
}

fn captcha(js_url: Option<&str>) -> AskCaptcha {
    AskCaptcha {
        site_key: "a key".into(),
        js_url: js_url.map(str::to_owned),
        interactive: js_url.is_some(),
        bits: 16,
        open_at: 0,
    }
}

/// A name asked for with nothing beside it, and with everything.
fn names() -> [Ask; 2] {
    let bare = AskName {
        user_fields: vec![UserField::Username],
        password: false,
        show_password: false,
        remember: false,
        enrollment: None,
        recovery: None,
        source_labels: false,
        remember_name: false,
        passwordless: None,
        passkey: None,
        unknown_credential: None,
        captcha: None,
    };
    let full = AskName {
        user_fields: vec![UserField::Email, UserField::Username, UserField::Upn],
        password: true,
        show_password: true,
        remember: true,
        enrollment: Some("sign-up".into()),
        recovery: Some("recover".into()),
        source_labels: true,
        remember_name: true,
        passwordless: Some("passkeys".into()),
        passkey: Some(options()),
        unknown_credential: Some("AAAA".into()),
        captcha: Some(captcha(None)),
    };
    [bare, full].map(Ask::Identification)
}

/// The words that a field of the registry may hold.
fn words_of(model: &str, field: &str) -> &'static [&'static str] {
    let kind = registry().find(|kind| kind.model == model).unwrap();
    match kind.field(field).unwrap().holds {
        FieldType::Choice(words, _) => words,
        other => panic!("{other:?}"),
    }
}

/// A field of every kind that a form may have, by the registry.
fn form() -> Ask {
    let choices = [("a", "A"), ("b", "B")].map(|(value, label)| Choice {
        value: value.into(),
        label: label.into(),
    });
    let field = |(order, word): (usize, &&str)| PromptField {
        key: format!("field-{order}"),
        label: (*word).to_owned(),
        kind: PromptType::deserialize(json!(word)).unwrap(),
        required: order % 2 == 0,
        placeholder: "like this".into(),
        initial_value: String::new(),
        order: i64::try_from(order).unwrap(),
        sub_text: String::new(),
        choices: word.contains("down").then(|| choices.to_vec()),
    };
    let words = words_of("authentik_stages_prompt.prompt", "type");
    let fields = words.iter().enumerate().map(field).collect();
    Ask::Prompt(AskPrompt { fields })
}

/// A device of every class, one that is not there yet for every stage that sets one up, and nobody's.
fn devices() -> [Ask; 3] {
    let choice = |class: Class| DeviceChoice {
        class,
        id: 7,
        name: "Mine".into(),
        last_used: (class == Class::Totp).then_some(1_800_000_000_000),
        hint: (class == Class::Email).then(|| "m***@example.org".into()),
        mailed: false,
    };
    let configure = Class::ALL.map(|class| Configure {
        pk: uuid::Uuid::from_u128(7).to_string(),
        name: "Set one up".into(),
        model: class.stage_model().into(),
    });
    [
        AskDevice {
            devices: Class::ALL.map(choice).into(),
            passkey: Some(options()),
            ..AskDevice::default()
        },
        AskDevice {
            configure: configure.into(),
            ..AskDevice::default()
        },
        AskDevice {
            passkey: Some(options()),
            passwordless: true,
            unknown_credential: Some("AAAA".into()),
            ..AskDevice::default()
        },
    ]
    .map(Ask::Device)
}

fn consent() -> Ask {
    let permission = |id: &str| Permission {
        id: id.into(),
        name: "Your email address".into(),
    };
    Ask::Consent(AskConsent {
        header: "App wiki would like to know".into(),
        permissions: vec![permission("email")],
        additional: vec![permission("")],
        token: "a token".into(),
    })
}

fn mailboxes() -> [Ask; 2] {
    [None, Some("mia@example.org".to_owned())].map(|sent_to| {
        let suggestion = "mia@example.org".into();
        Ask::Mailbox(ForMailbox {
            sent_to,
            suggestion,
        })
    })
}

fn passwords() -> [Ask; 2] {
    [None, Some("recover".to_owned())].map(|recovery| {
        Ask::Password(AskPassword {
            show_password: recovery.is_some(),
            remember: false,
            recovery,
        })
    })
}

fn letter() -> Ask {
    Ask::Mail(AskMail {
        sent: true,
        to: Some("mia@example.org".into()),
        until: None,
    })
}

fn app() -> Ask {
    let url = "otpauth://totp/auth.example.org:mia?secret=AAAA".into();
    let (key, qr) = ("AAAA".into(), None);
    Ask::App(ForApp { url, key, qr })
}

fn questions() -> Vec<Ask> {
    let name = String::from("One more step");
    let mut all = vec![
        form(),
        consent(),
        letter(),
        app(),
        Ask::Captcha(captcha(None)),
        Ask::Captcha(captcha(Some("https://captcha.example.org/api.js"))),
        Ask::GoOn { name: name.clone() },
        Ask::DeleteAccount { name },
        Ask::Codes(vec!["0fbp-yx6m-3bew".into()]),
        Ask::Passkey(json!({ "challenge": "AAAA", "rp": { "id": "auth.example.org" } })),
        Ask::UserLogin,
        Ask::SignOut,
        Ask::SessionEnd,
    ];
    all.extend(names());
    all.extend(devices());
    all.extend(mailboxes());
    all.extend(passwords());
    all
}

fn mistakes() -> Vec<Mistake> {
    vec![
        Mistake::NoName,
        Mistake::WrongPassword,
        Mistake::WrongComponent,
        Mistake::Missing("code"),
        Mistake::NotText("code"),
        Mistake::NotTruth("remember_me"),
    ]
}

/// On the way to an application and not, after a mistake and not, in every layout that there is.
fn situations(ask: &Ask) -> Vec<Challenge> {
    let situation = |(turn, layout): (usize, &&str)| Challenge {
        flow: FlowInfo {
            slug: "a-flow".into(),
            title: "Welcome".into(),
            layout: (*layout).to_owned(),
            designation: "authentication".into(),
            application: (turn % 2 == 0).then(|| AppInfo {
                name: "Wiki".into(),
                launch_url: String::new(),
                about: About::default(),
            }),
            ..FlowInfo::default()
        },
        pending_user: ["", "mia"][turn % 2].to_owned(),
        mistakes: if turn == 1 { mistakes() } else { Vec::new() },
        ask: ask.clone(),
    };
    let layouts = words_of("authentik_flows.flow", "layout");
    layouts.iter().enumerate().map(situation).collect()
}

/// An answer of the executor.
fn told(response: &Value) -> Value {
    let path = "/flows/executor/a-flow/";
    json!({ "method": "get", "path": path, "status": 200, "request": null, "response": response })
}

#[test]
fn every_challenge_that_a_stage_can_give_fits_the_published_contract() {
    let questions = questions();
    let numbers: BTreeSet<_> = questions.iter().map(number).collect();
    assert_eq!(numbers, (0..QUESTIONS).collect(), "one of each");
    let mut all: Vec<_> = questions
        .iter()
        .flat_map(situations)
        .map(|challenge| told(&envelope::challenge(&challenge, "/if/user/")))
        .collect();
    all.push(told(&envelope::redirect("/if/user/")));
    all.push(told(&envelope::fault("0123456789abcdef01234567")));
    let why = Refusal::NotApplicable;
    for user in ["", "mia"] {
        all.push(told(&envelope::denied(why.message(), user, "Welcome", "/")));
    }
    published::judge(&all);
}
