//! The outpost's own requests, recognized inside a sub-request.
//!
//! Owns which path or query means callback, start or sign-out. Leaves acting on it to the web.
//! The rule that must stay true: only the literal prefix with its slash counts, never a path that
//! could be read as something else.

use percent_encoding::percent_decode_str;

use super::{CALLBACK_SIGNATURE, LOGOUT_SIGNATURE, OUTPOST_PREFIX, normalize_path};

/// A request to the outpost itself that arrived through the application's host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InBand {
    /// A login comes back.
    Callback,
    /// Somebody signs out.
    SignOut,
    /// A login starts.
    Start,
    /// Any other path under the prefix. It opens nothing: treat it like the application's own.
    Other,
}

impl InBand {
    /// What a path with query means to the outpost; `None` for the application's own.
    ///
    /// The two query signatures count on any path, with a value of `true` in any case.
    pub fn recognize(path_and_query: &str) -> Option<Self> {
        let query = path_and_query.split_once('?').map(|(_, query)| query);
        if let Some(signed) = query.and_then(Self::signed) {
            return Some(signed);
        }
        let name = path_and_query.strip_prefix(OUTPOST_PREFIX)?;
        normalize_path(path_and_query).ok()?;
        match name.split(['?', '#']).next().unwrap_or_default() {
            "callback" => Some(Self::Callback),
            "sign_out" => Some(Self::SignOut),
            "start" => Some(Self::Start),
            _ => Some(Self::Other),
        }
    }

    fn signed(query: &str) -> Option<Self> {
        // The names share this beginning; most queries end here.
        if !query.contains("uthentik") && !query.contains('%') {
            return None;
        }
        let query = query.split('#').next().unwrap_or_default();
        query.split('&').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let name = percent_decode_str(name).decode_utf8_lossy();
            let kind = signature(&name)?;
            value.eq_ignore_ascii_case("true").then_some(kind)
        })
    }
}

fn signature(name: &str) -> Option<InBand> {
    match name {
        CALLBACK_SIGNATURE => Some(InBand::Callback),
        LOGOUT_SIGNATURE => Some(InBand::SignOut),
        _ => None,
    }
}

/// Whether a query parameter's name is one of the two signatures, in any case.
pub fn is_signature(name: &str) -> bool {
    name.eq_ignore_ascii_case(CALLBACK_SIGNATURE) || name.eq_ignore_ascii_case(LOGOUT_SIGNATURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outposts_own_paths_and_signatures_are_recognized() {
        for (path, expected) in [
            (
                "/outpost.goauthentik.io/callback?ticket=x",
                InBand::Callback,
            ),
            ("/outpost.goauthentik.io/sign_out", InBand::SignOut),
            ("/outpost.goauthentik.io/start?rd=%2f..%2f", InBand::Start),
            ("/outpost.goauthentik.io/ping", InBand::Other),
            ("/outpost.goauthentik.io/", InBand::Other),
            ("/any?X-authentik-auth-callback=true", InBand::Callback),
            (
                "/any?a=1&X-authentik-auth-callback=TRUE&b",
                InBand::Callback,
            ),
            ("/?X%2Dauthentik-logout=true", InBand::SignOut),
        ] {
            assert_eq!(InBand::recognize(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn case_20h_a_path_that_only_looks_like_the_prefix_is_the_applications_own() {
        for path in [
            "/",
            "/outpost.goauthentik.io",
            "/outpost.goauthentik.io-x",
            "/outpost.goauthentik.iox/callback",
            "/outpost.goauthentik.io/../admin",
            "/outpost.goauthentik.io/%2e%2e/admin",
            "/outpost.goauthentik.io/..;/admin",
            "/outpost.goauthentik.io//callback",
            "/outpost.goauthentik.io%2fcallback",
            "/%2foutpost.goauthentik.io/callback",
            "//outpost.goauthentik.io/callback",
            "/Outpost.goauthentik.io/callback",
            "/x/outpost.goauthentik.io/callback",
            "/any?X-authentik-auth-callback",
            "/any?X-authentik-auth-callback=",
            "/any?X-authentik-auth-callback=1",
            "/any?x=X-authentik-logout=true",
            "/any#?X-authentik-logout",
            "/X-authentik-logout=true",
        ] {
            assert_eq!(InBand::recognize(path), None, "{path}");
        }
    }
}
