//! What needs no server: the built-in look.

#[test]
fn outside_of_a_request_the_look_is_built_in() {
    assert_eq!(super::current(), super::Look::default());
}

#[test]
fn the_built_in_palette_is_the_one_of_the_stylesheet() {
    use doorward_engine::brand::css;
    let sheet = include_str!("../../assets/doorward.css");
    let (_, root) = sheet.split_once(":root{").unwrap();
    let (root, _) = root.split_once('}').unwrap();
    let read = css::read(&format!(":root{{{root}}}"));
    assert_eq!(read.palette.stylesheet(), "");
    assert_eq!(read.left_out, ["color-scheme", "--r", "--m"]);
}
