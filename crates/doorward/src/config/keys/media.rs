//! Where media are kept: a folder or S3, under authentik's names for all files and for media alone.

use super::{Key, Kind};
use crate::config::key::key;

pub(super) const DIR: Key = key(
    "media_dir",
    Kind::Path,
    "",
    &["storage.media.file.path", "storage.file.path"],
    "Where uploaded pictures are kept, in `media/public` below. Not set: the data directory, or `/` if authentik's old `/media/public` is there.",
);
pub(super) const BACKEND: Key = key(
    "media_backend",
    Kind::Choice(&["file", "s3"]),
    "file",
    &["storage.media.backend", "storage.backend"],
    "Where uploaded pictures are kept: in a folder (`media_dir`), or in a bucket of S3 or of what speaks like it. Doorward serves them itself either way.",
);
pub(super) const NAME: Key = key(
    "media_s3.bucket",
    Kind::Text,
    "",
    &["storage.media.s3.bucket_name", "storage.s3.bucket_name"],
    "The bucket's name. Files are below `media/public/` in it, as authentik's are.",
);
pub(super) const ENDPOINT: Key = key(
    "media_s3.endpoint",
    Kind::Address,
    "",
    &["storage.media.s3.endpoint", "storage.s3.endpoint"],
    "The server, as `https://minio.example.com`. Not set: Amazon's of the region.",
);
pub(super) const REGION: Key = key(
    "media_s3.region",
    Kind::Text,
    "us-east-1",
    &["storage.media.s3.region", "storage.s3.region"],
    "The region; servers that have none accept the default.",
);
pub(super) const ADDRESSING: Key = key(
    "media_s3.addressing",
    Kind::Choice(&["auto", "path", "virtual"]),
    "auto",
    &[
        "storage.media.s3.addressing_style",
        "storage.s3.addressing_style",
    ],
    "Where the bucket's name stands: `path` of the address, or `virtual`: in the host. `auto` is `virtual` at Amazon and `path` elsewhere.",
);
pub(super) const ACCESS_KEY: Key = key(
    "media_s3.access_key",
    Kind::Secret,
    "",
    &["storage.media.s3.access_key", "storage.s3.access_key"],
    "The name of the key. It may list, read, write and delete below `media/public/` and needs nothing else.",
);
pub(super) const SECRET_KEY: Key = key(
    "media_s3.secret_key",
    Kind::Secret,
    "",
    &["storage.media.s3.secret_key", "storage.s3.secret_key"],
    "The key.",
);
pub(super) const SECURITY_TOKEN: Key = key(
    "media_s3.security_token",
    Kind::Secret,
    "",
    &[
        "storage.media.s3.security_token",
        "storage.s3.security_token",
    ],
    "What goes with a key that is good for a time only.",
);
