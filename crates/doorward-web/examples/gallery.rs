//! Writes every page with every sample to a folder, to be looked at and checked:
//! `cargo run -p doorward-web --example gallery -- FOLDER`.

use std::fs;
use std::path::Path;

use doorward_web::assets::PREFIX;
use doorward_web::pages::{Look, Pages, all_samples};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".into());
    let folder = Path::new(&folder);
    let pages = Pages::new(None);
    for sample in all_samples(&pages, &Look::default()) {
        let page = sample.template.trim_end_matches(".html").replace('/', "-");
        let name = format!("{page}--{}.html", sample.name);
        fs::create_dir_all(folder)?;
        fs::write(folder.join(name), sample.html)?;
    }
    for (name, body) in pages.assets().files() {
        let file = folder.join(PREFIX.trim_start_matches('/')).join(name);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(file, body)?;
    }
    Ok(())
}
