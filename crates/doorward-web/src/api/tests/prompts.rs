//! Prompts by the API: their expressions, and how one would look.

use serde_json::{Value, json};

use super::kit::{Role, Server};

const PATH: &str = "/stages/prompt/prompts/";
const PREVIEW: &str = "/stages/prompt/prompts/preview/";

fn prompt(more: &Value) -> Value {
    let mut body = json!({ "name": "p", "field_key": "a", "label": "A", "type": "dropdown" });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_text_is_read_as_an_expression_from_the_moment_that_it_is_one() {
    for server in Server::every().await {
        let broken = prompt(&json!({ "placeholder": "return (" }));
        let made = server.post(PATH, &broken).await;
        let path = format!("{PATH}{}/", made["pk"].as_str().unwrap());
        let switched = json!({ "placeholder_expression": true });
        let seen = server.call(Role::Admin, "patch", &path, &switched).await;
        let said = Server::expect(seen, 400)["placeholder"][0].clone();
        assert!(
            said.as_str().unwrap().contains("(line 1, column 9)"),
            "{said}"
        );
        let right = json!({ "placeholder_expression": true, "placeholder": "return [1]" });
        let seen = server.call(Role::Admin, "patch", &path, &right).await;
        assert_eq!(Server::expect(seen, 200)["placeholder_expression"], true);
    }
}

#[tokio::test]
async fn a_prompt_is_shown_as_it_would_look_whether_it_is_saved_or_not() {
    for server in Server::every().await {
        let body = prompt(&json!({
            "placeholder": "return ['a', {'value': 'b', 'label': user.username}]",
            "placeholder_expression": true, "initial_value": "b",
        }));
        server.post(PATH, &body).await;
        let seen = server.call(Role::Admin, "post", PREVIEW, &body).await;
        let shown = Server::expect(seen, 200);
        assert_eq!(shown["component"], "ak-stage-prompt");
        let field = &shown["fields"][0];
        assert_eq!(
            (&field["initial_value"], &field["placeholder"]),
            (&json!("b"), &json!(""))
        );
        let choices = json!([{ "value": "a", "label": "a" }, { "value": "b", "label": "admin" }]);
        assert_eq!(field["choices"], choices, "{shown}");
        let failing =
            prompt(&json!({ "initial_value": "return 1 / 0", "initial_value_expression": true }));
        let seen = server.call(Role::Admin, "post", PREVIEW, &failing).await;
        let said = Server::expect(seen, 400)["non_field_errors"][0].clone();
        assert!(
            said.as_str().unwrap().contains("ZeroDivisionError"),
            "{said}"
        );
        let seen = server.call(Role::Person, "post", PREVIEW, &body).await;
        assert_eq!(seen.status.as_u16(), 403);
        let list = server.get(&format!("{PATH}?name=p")).await.body;
        assert_eq!(
            list["results"].as_array().unwrap().len(),
            1,
            "nothing was saved"
        );
    }
}
