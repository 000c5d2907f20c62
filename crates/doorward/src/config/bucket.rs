//! From the settings of media in S3 to a bucket's address.
//!
//! Rule: name and region are checked before they become part of a host.

use doorward_engine::media::Bucket;
use doorward_protocol::s3;
use url::Url;

use super::check::Checker;

const AMAZON: &str = "amazonaws.com";

impl Checker<'_> {
    /// The bucket, if media are kept in one.
    pub(super) fn bucket(&mut self) -> Option<Bucket> {
        self.choice("media_backend");
        self.choice("media_s3.addressing");
        if self.layers.text("media_backend") != Some("s3") {
            return None;
        }
        let text = |path: &str| self.layers.text(path).unwrap_or_default().to_owned();
        let key = s3::Key {
            access_key: text("media_s3.access_key"),
            secret_key: text("media_s3.secret_key"),
            region: text("media_s3.region"),
        };
        let token = self.layers.text("media_s3.security_token");
        let security_token = token.map(str::to_owned);
        for path in [
            "media_s3.bucket",
            "media_s3.access_key",
            "media_s3.secret_key",
        ] {
            if self.layers.text(path).is_none() {
                let name = self.layers.name_of(path);
                self.problems
                    .push(format!("{name}: needed to keep media in S3"));
            }
        }
        let address = self.bucket_address(&key.region)?;
        Some(Bucket {
            address,
            key,
            security_token,
        })
    }

    fn bucket_address(&mut self, region: &str) -> Option<Url> {
        let named = self.read("media_s3.region", |text| host_part(text).map(|()| true));
        let amazon = format!("https://s3.{region}.{AMAZON}");
        let endpoint = self
            .layers
            .text("media_s3.endpoint")
            .unwrap_or(&amazon)
            .to_owned();
        let style = self.layers.text("media_s3.addressing").unwrap_or_default();
        let in_host = match style {
            "auto" => endpoint.ends_with(AMAZON),
            style => style == "virtual",
        };
        let endpoint = self.read("media_s3.endpoint", |_| server(&endpoint).map(Some))?;
        let bucket =
            |name: &str| host_part(name).and_then(|()| address(&endpoint, name, in_host).map(Some));
        self.read("media_s3.bucket", bucket).filter(|_| named)
    }
}

/// An address of a server, perhaps with a path.
fn server(text: &str) -> Result<Url, String> {
    const WANTED: &str = "not an address like https://minio.example.com";
    let url = Url::parse(text).map_err(|_| WANTED)?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (is_plain && is_web && url.password().is_none())
        .then_some(url)
        .ok_or_else(|| WANTED.to_owned())
}

fn address(server: &Url, bucket: &str, in_host: bool) -> Result<Url, String> {
    let mut url = server.clone();
    if in_host {
        let host = format!("{bucket}.{}", server.host_str().unwrap_or_default());
        url.set_host(Some(&host))
            .map_err(|error| error.to_string())?;
    } else {
        let path = format!("{}/{bucket}", server.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    Ok(url)
}

/// What a bucket or a region may be called: it may become part of a host.
fn host_part(text: &str) -> Result<(), String> {
    let is_plain =
        |one: u8| one.is_ascii_lowercase() || one.is_ascii_digit() || b"-._".contains(&one);
    let is_named = text.bytes().all(is_plain) && !text.contains("..") && text.len() <= 63;
    let begins = text
        .bytes()
        .next()
        .is_none_or(|one| one.is_ascii_alphanumeric());
    (is_named && begins).then_some(()).ok_or_else(|| {
        format!("{text:?} is not a name of lower-case letters, digits, dots and dashes")
    })
}

#[cfg(test)]
mod tests {
    use super::{address, host_part, server};

    #[test]
    fn a_buckets_name_stands_in_the_path_or_in_the_host() {
        for (endpoint, in_host, bucket) in [
            (
                "https://s3.eu-west-1.amazonaws.com",
                true,
                "https://a-b.s3.eu-west-1.amazonaws.com/",
            ),
            (
                "https://minio.example.com:9000",
                false,
                "https://minio.example.com:9000/a-b",
            ),
            (
                "http://127.0.0.1:9000/s3/",
                false,
                "http://127.0.0.1:9000/s3/a-b",
            ),
        ] {
            let server = server(endpoint).unwrap();
            let found = address(&server, "a-b", in_host).unwrap();
            assert_eq!(found.as_str(), bucket);
        }
        assert!(address(&server("http://127.0.0.1").unwrap(), "a", true).is_err());
    }

    #[test]
    fn what_could_leave_its_place_in_an_address_is_no_name() {
        for name in ["a", "a-b.c_d", "0a"] {
            assert_eq!(host_part(name), Ok(()), "{name}");
        }
        let long = "a".repeat(64);
        for name in [
            "../a", "a/b", "a..b", "-a", ".a", "A", "a@b", "a:1", "ä", &long,
        ] {
            assert!(host_part(name).is_err(), "{name}");
        }
        for text in [
            "minio",
            "ftp://a",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://u:p@a",
        ] {
            assert!(server(text).is_err(), "{text}");
        }
    }
}
