//! nginx: the shipped files with the real address, and a server that includes them; the same in one piece
//! for Nginx Proxy Manager, which has one field.

use super::{Connection, Piece, SHIPPED_AT, without_remarks};

const HTTP: &str = include_str!("../../../../deploy/nginx/doorward-http.conf");
const LOCATIONS: &str = include_str!("../../../../deploy/nginx/doorward-locations.conf");
const CHECK: &str = include_str!("../../../../deploy/nginx/doorward-check.conf");
const ASK: &str = include_str!("../../../../deploy/nginx/doorward-ask.conf");

/// A shipped file that speaks to Doorward where it is.
fn shipped(text: &str, connection: &Connection) -> String {
    let text = without_remarks(text).replace(SHIPPED_AT, &connection.gateway.authority_with_port());
    if connection.gateway.is_https() {
        text.replace("proxy_pass http://doorward", "proxy_pass https://doorward")
    } else {
        text
    }
}

pub(super) fn files(connection: &Connection) -> Vec<Piece> {
    let once = |place, about, text| Piece {
        place,
        about,
        once: true,
        text: shipped(text, connection),
    };
    let host = connection.app.host();
    let upstream = connection.upstream.origin();
    vec![
        once(
            "doorward-http.conf",
            "Beside nginx.conf, included in its http block.",
            HTTP,
        ),
        once(
            "doorward-locations.conf",
            "What a guarded server answers by itself.",
            LOCATIONS,
        ),
        once(
            "doorward-check.conf",
            "The question before each guarded location.",
            CHECK,
        ),
        once("doorward-ask.conf", "What the question says.", ASK),
        Piece {
            place: "the application's server",
            about: "With the certificate that it has. The first line belongs into the http block, once.",
            once: false,
            text: format!(
                "# in http, once: include doorward-http.conf;\nserver {{\n    listen 443 ssl;\n    server_name {host};\n    \
                 include doorward-locations.conf;\n\n    location / {{\n        include doorward-check.conf;\n        \
                 proxy_pass {upstream};\n    }}\n}}\n"
            ),
        },
    ]
}

/// Everything in the one field that there is, and what has to be around it.
pub(super) fn manager(connection: &Connection) -> Vec<Piece> {
    let ask = shipped(ASK, connection);
    let locations =
        shipped(LOCATIONS, connection).replace("    include doorward-ask.conf;\n", &indented(&ask));
    let check = indented(&shipped(CHECK, connection));
    vec![
        Piece {
            place: "/data/nginx/custom/http.conf",
            about: "In the container of Nginx Proxy Manager, once for all applications; then start it anew.",
            once: true,
            text: shipped(HTTP, connection),
        },
        Piece {
            place: "Proxy Host, Advanced",
            about: "Into the field for custom configuration of the application's proxy host. Leave \"Cache Assets\" off.",
            once: false,
            text: format!(
                "{locations}\nlocation / {{\n{check}    proxy_pass $forward_scheme://$server:$port;\n}}\n"
            ),
        },
    ]
}

fn indented(text: &str) -> String {
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("    {line}\n"),
    };
    text.lines().map(line).collect()
}
