//! Rust with `openidconnect`. It asks by the kit's own requests, so that there is no second TLS here.

use ::openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreDeviceAuthorizationResponse, CoreGrantType, CoreIdToken,
    CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    CoreTokenResponse, CoreUserInfoClaims,
};
use ::openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode,
    AuthorizationCodeHash, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    EndSessionUrl, EndpointMaybeSet, EndpointSet, HttpRequest, HttpResponse, IntrospectionUrl,
    IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RefreshToken, RequestTokenError,
    RevocationUrl, Scope, TokenIntrospectionResponse as _, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::house::{House, Registered};
use crate::kit::Engine;
use crate::kit::browser::Browser;
use crate::kit::http::Request;

/// What of the document the library leaves to its users.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Endpoints {
    #[serde(rename = "device_authorization_endpoint")]
    device_authorization: DeviceAuthorizationUrl,
    #[serde(rename = "end_session_endpoint")]
    end_session: EndSessionUrl,
    #[serde(rename = "introspection_endpoint")]
    introspection: IntrospectionUrl,
    #[serde(rename = "revocation_endpoint")]
    revocation: RevocationUrl,
}

impl AdditionalProviderMetadata for Endpoints {}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointSet,
    EndpointSet,
    EndpointSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// An app whose callback is a page of the kit's echo.
struct App {
    client: Client,
    endpoints: Endpoints,
    home: String,
}

/// What the app remembers between asking and being answered.
struct Asked {
    url: Url,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// The library's requests, sent.
fn send(request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let (head, body) = request.into_parts();
    let mut ours = Request::new(head.method.as_str(), &head.uri.to_string());
    let mut content_type = "";
    for (name, value) in &head.headers {
        let value = value.to_str().expect("text");
        match name.as_str() {
            "content-type" => content_type = value,
            _ => ours = ours.header(name.as_str(), value),
        }
    }
    if !body.is_empty() {
        ours = ours.body(content_type, body);
    }
    let answer = ours.send()?;
    let mut theirs = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        theirs = theirs.header(name, value);
    }
    theirs.body(answer.body).map_err(std::io::Error::other)
}

impl App {
    /// Registered with `grants` and discovered.
    fn new(house: &House, slug: &str, grants: &[&str]) -> (Self, Registered) {
        let home = format!("http://127.0.0.1:{}", house.kit.echo.port());
        let registered = house.register(slug, &home, &json!({ "grant_types": grants }));
        let issuer = IssuerUrl::new(registered.issuer.clone()).unwrap();
        let found = Metadata::discover(&issuer, &send).expect("the document and the keys");
        let endpoints = found.additional_metadata().clone();
        let secret = ClientSecret::new(registered.secret.clone());
        let client = CoreClient::from_provider_metadata(
            found,
            ClientId::new(registered.id.clone()),
            Some(secret),
        )
        .set_redirect_uri(RedirectUrl::new(format!("{home}/callback")).unwrap())
        .set_device_authorization_url(endpoints.device_authorization.clone())
        .set_introspection_url(endpoints.introspection.clone())
        .set_revocation_url(endpoints.revocation.clone());
        (
            Self {
                client,
                endpoints,
                home,
            },
            registered,
        )
    }

    fn asks(&self, flow: CoreAuthenticationFlow, scopes: &[&str]) -> Asked {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = scopes.iter().map(|scope| Scope::new((*scope).to_owned()));
        let asked = self
            .client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) = asked.add_scopes(scopes).set_pkce_challenge(challenge).url();
        Asked {
            url,
            state,
            nonce,
            verifier,
        }
    }

    /// The parameters of the answer that Mia's browser brings, after the app has compared its state.
    #[track_caller]
    fn answered(
        &self,
        house: &House,
        mia: &mut Browser,
        asked: &Asked,
    ) -> impl Fn(&str) -> String + use<> {
        let page = house.through(mia, asked.url.as_str(), "mia").expect(200);
        assert!(
            page.url
                .as_str()
                .starts_with(&format!("{}/callback", self.home)),
            "{}",
            page.url
        );
        let text = page
            .url
            .query()
            .or(page.url.fragment())
            .expect("an answer")
            .to_owned();
        let parameter = move |name: &str| {
            let mut all = url::form_urlencoded::parse(text.as_bytes());
            let found = all.find(|(key, _)| key == name);
            found
                .unwrap_or_else(|| panic!("{name} in {text}"))
                .1
                .into_owned()
        };
        assert_eq!(parameter("state"), *asked.state.secret());
        parameter
    }

    #[track_caller]
    fn exchanged(&self, code: String, verifier: PkceCodeVerifier) -> CoreTokenResponse {
        let request = self
            .client
            .exchange_code(AuthorizationCode::new(code))
            .unwrap();
        request
            .set_pkce_verifier(verifier)
            .request(&send)
            .expect("tokens")
    }

    /// What an ID token says, as the library has verified it.
    #[track_caller]
    fn claims<'a>(&self, token: &'a CoreIdToken, nonce: &Nonce) -> &'a CoreIdTokenClaims {
        let claims = token
            .claims(&self.client.id_token_verifier(), nonce)
            .expect("an ID token");
        assert_eq!(
            claims.preferred_username().map(|name| &***name),
            Some("mia")
        );
        claims
    }

    /// `at_hash`, which the library leaves to its users to compare.
    #[track_caller]
    fn is_of(&self, access: &AccessToken, token: &CoreIdToken, claims: &CoreIdTokenClaims) {
        let verifier = self.client.id_token_verifier();
        let (alg, key) = (
            token.signing_alg().unwrap(),
            token.signing_key(&verifier).unwrap(),
        );
        let hash = AccessTokenHash::from_token(access, alg, key).unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash));
    }

    fn is_active(&self, token: &AccessToken) -> bool {
        self.client
            .introspect(token)
            .request(&send)
            .expect("an answer")
            .active()
    }

    fn renewed(&self, token: &RefreshToken) -> Result<CoreTokenResponse, String> {
        let request = self.client.exchange_refresh_token(token).unwrap();
        request.request(&send).map_err(|error| match error {
            RequestTokenError::ServerResponse(told) => told.error().to_string(),
            other => other.to_string(),
        })
    }
}

#[test]
fn openidconnect_signs_mia_in_renews_takes_back_and_signs_her_out() {
    let house = House::new(Engine::Sqlite);
    let (app, registered) = App::new(&house, "photos", &["authorization_code", "refresh_token"]);
    let mut mia = house.kit.browser();
    let asked = app.asks(
        CoreAuthenticationFlow::AuthorizationCode,
        &["profile", "email", "offline_access"],
    );
    let answer = app.answered(&house, &mut mia, &asked);
    assert_eq!(answer("iss"), registered.issuer);
    let tokens = app.exchanged(answer("code"), asked.verifier);
    let id_token = tokens.id_token().expect("an ID token");
    let claims = app.claims(id_token, &asked.nonce);
    app.is_of(tokens.access_token(), id_token, claims);
    let subject = Some(claims.subject().clone());
    let told: CoreUserInfoClaims = app
        .client
        .user_info(tokens.access_token().clone(), subject)
        .unwrap()
        .request(&send)
        .expect("claims");
    assert_eq!(told.email().map(|one| &***one), Some("mia@example.org"));
    let first = tokens.refresh_token().expect("a refresh token");
    let second = app.renewed(first).expect("tokens");
    assert!(app.is_active(second.access_token()));
    let refresh = second.refresh_token().expect("another").clone();
    app.client
        .revoke_token(refresh.clone().into())
        .unwrap()
        .request(&send)
        .expect("taken back");
    assert_eq!(
        app.renewed(&refresh).err().as_deref(),
        Some("invalid_grant")
    );
    assert!(!app.is_active(second.access_token()));
    let bye = PostLogoutRedirectUrl::new(format!("{}/bye", app.home)).unwrap();
    let out = LogoutRequest::from(app.endpoints.end_session.clone())
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(bye)
        .set_state(CsrfToken::new("of-the-app".to_owned()));
    let page = mia.open(out.http_get_url().as_str()).expect(200);
    assert_eq!(
        page.url.as_str(),
        format!("{}/bye?state=of-the-app", app.home)
    );
    let asked = app.asks(CoreAuthenticationFlow::AuthorizationCode, &[]);
    let page = mia.open(asked.url.as_str()).expect(200);
    assert!(
        page.url.as_str().starts_with(&house.url("/if/flow/")),
        "{}",
        page.url
    );
}

#[test]
fn openidconnect_verifies_what_comes_in_the_fragment_of_implicit_and_hybrid_answers() {
    let house = House::new(Engine::Sqlite);
    let (app, _) = App::new(
        &house,
        "photos",
        &["authorization_code", "implicit", "hybrid"],
    );
    let mut mia = house.kit.browser();
    let asked = app.asks(CoreAuthenticationFlow::Implicit(true), &["profile"]);
    let answer = app.answered(&house, &mut mia, &asked);
    let id_token: CoreIdToken = answer("id_token").parse().unwrap();
    let claims = app.claims(&id_token, &asked.nonce);
    app.is_of(&AccessToken::new(answer("access_token")), &id_token, claims);
    let both = vec![CoreResponseType::Code, CoreResponseType::IdToken];
    let asked = app.asks(CoreAuthenticationFlow::Hybrid(both), &["profile"]);
    let answer = app.answered(&house, &mut mia, &asked);
    let id_token: CoreIdToken = answer("id_token").parse().unwrap();
    let claims = app.claims(&id_token, &asked.nonce);
    let verifier = app.client.id_token_verifier();
    let (alg, key) = (
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&verifier).unwrap(),
    );
    let code = AuthorizationCode::new(answer("code"));
    let hash = AuthorizationCodeHash::from_code(&code, alg, key).unwrap();
    assert_eq!(claims.code_hash(), Some(&hash));
    let tokens = app.exchanged(answer("code"), asked.verifier);
    app.claims(tokens.id_token().expect("an ID token"), &asked.nonce);
}

#[test]
fn openidconnect_works_for_itself_and_lets_a_device_in_that_mia_agrees_to() {
    let house = House::new(Engine::Sqlite);
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let (app, _) = App::new(&house, "movies", &["client_credentials", device]);
    let own = app.client.exchange_client_credentials().unwrap();
    let own = own
        .add_scope(Scope::new("profile".to_owned()))
        .request(&send)
        .expect("a token");
    assert!(app.is_active(own.access_token()));
    let begun = app
        .client
        .exchange_device_code()
        .add_scope(Scope::new("profile".to_owned()));
    let begun: CoreDeviceAuthorizationResponse = begun.request(&send).expect("codes");
    let complete = begun.verification_uri_complete().expect("an address");
    let mut mia = house.kit.browser();
    house.lets_in(&mut mia, complete.secret(), begun.user_code().secret());
    let tokens = app.client.exchange_device_access_token(&begun).unwrap();
    let tokens = tokens
        .request(&send, |_| panic!("it is let in"), None)
        .expect("tokens");
    let id_token = tokens.id_token().expect("an ID token");
    let verifier = app.client.id_token_verifier();
    let claims = id_token.claims(&verifier, |nonce: Option<&Nonce>| match nonce {
        None => Ok(()),
        Some(_) => Err("nobody sent one".to_owned()),
    });
    app.is_of(
        tokens.access_token(),
        id_token,
        claims.expect("an ID token"),
    );
}
