//! Caddy: the shipped file as it is, and a site that imports it.

use super::{Connection, Piece};

const SHIPPED: &str = include_str!("../../../../deploy/caddy/doorward.caddy");

pub(super) fn files(connection: &Connection) -> Vec<Piece> {
    let site = connection.app.authority();
    let gateway = connection.gateway.origin();
    let upstream = connection.upstream.origin();
    vec![
        Piece {
            place: "doorward.caddy",
            about: "Beside the Caddyfile, which has `import doorward.caddy` at its top.",
            once: true,
            text: SHIPPED.to_owned(),
        },
        Piece {
            place: "Caddyfile",
            about: "The application's site. `route` keeps the order of what stands in it.",
            once: false,
            text: format!(
                "{site} {{\n\troute {{\n\t\timport doorward {gateway}\n\t\treverse_proxy {upstream}\n\t}}\n}}\n"
            ),
        },
    ]
}
