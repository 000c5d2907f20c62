//! Flask with Authlib.

use serde_json::json;

use super::house::{App, House, home, python};
use super::journey::{SCOPE, the_whole_way};
use crate::kit::Engine;

#[test]
fn authlib_signs_people_in_stays_connected_and_signs_them_out() {
    let house = House::new(Engine::Sqlite);
    let at = home();
    let grants =
        json!({ "grant_types": ["authorization_code", "refresh_token", "client_credentials"] });
    let registered = house.register("photos", &at, &grants);
    let mut command = python("authlib_app.py");
    command.env("SCOPE", SCOPE);
    let app = App::start(&house, &at, &registered, command);
    the_whole_way(&house, &app, &registered);
}
