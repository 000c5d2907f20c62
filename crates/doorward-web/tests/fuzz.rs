//! The fuzz target of whole OAuth requests with stable Rust, in every run of the tests.

#[path = "../../../fuzz/oauth_requests_body.rs"]
mod body;
#[path = "../../../fuzz/replay.rs"]
mod replay;

use http::StatusCode;

#[test]
fn oauth_requests_neither_fail_nor_leak_nor_lead_astray() {
    replay::holds("oauth_requests", body::oauth_requests);
}

/// A place where nothing works would prove nothing.
#[test]
fn the_place_of_the_oauth_requests_answers_whoever_is_right() {
    let form = "content-type: application/x-www-form-urlencoded\n";
    let token = "POST /application/o/token/\n";
    let secret = "client_id=photos&client_secret=secret-of-photos-that-is-in-the-seeds";
    let authorize = "GET /application/o/authorize/?client_id=photos&response_type=code&scope=openid\
                     &redirect_uri=https%3A%2F%2Fphotos.example.org%2Fcallback\n";
    for (request, status) in [
        (
            format!("{token}{form}\n{secret}&grant_type=client_credentials"),
            StatusCode::OK,
        ),
        (
            format!("{token}{form}\n{secret}&grant_type=authorization_code&code=guessed"),
            StatusCode::BAD_REQUEST,
        ),
        (format!("{authorize}cookie: mia\n\n"), StatusCode::SEE_OTHER),
    ] {
        let answered = body::answered(request.as_bytes());
        assert_eq!(answered, Some(status), "{request}");
    }
}
