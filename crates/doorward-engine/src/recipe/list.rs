//! The recipes that the program knows, read once.

use std::sync::OnceLock;

use super::Recipe;

macro_rules! recipes {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../recipes/", $name, ".yaml")))),*]
    };
}

/// Every file, by its name.
pub(super) const FILES: &[(&str, &str)] = recipes!(
    "actual-budget"
    "adguard-home"
    "argocd"
    "audiobookshelf"
    "bazarr"
    "bookstack"
    "copyparty"
    "dozzle"
    "forgejo"
    "freshrss"
    "gitea"
    "gitlab"
    "grafana"
    "hedgedoc"
    "home-assistant"
    "homepage"
    "immich"
    "jellyfin"
    "karakeep"
    "kavita"
    "lidarr"
    "linkding"
    "mealie"
    "miniflux"
    "minio"
    "nextcloud"
    "onedev"
    "open-webui"
    "outline"
    "paperless"
    "portainer"
    "prowlarr"
    "proxmox"
    "qbittorrent"
    "radarr"
    "sabnzbd"
    "sonarr"
    "syncthing"
    "uptime-kuma"
    "vaultwarden"
    "vikunja"
    "whoami"
    "wikijs"
);

/// Every recipe, by name.
///
/// # Panics
///
/// If a file that is part of the program cannot be read, which a test excludes.
pub fn all() -> &'static [Recipe] {
    static ALL: OnceLock<Vec<Recipe>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |(_, text): &(&str, &str)| {
            serde_yaml_ng::from_str(text).expect("a recipe that is part of the program can be read")
        };
        let mut all: Vec<Recipe> = FILES.iter().map(read).collect();
        all.sort_by_cached_key(|one| one.name.to_lowercase());
        all
    })
}

/// The recipe with this slug.
pub fn find(slug: &str) -> Option<&'static Recipe> {
    all().iter().find(|one| one.slug == slug)
}
