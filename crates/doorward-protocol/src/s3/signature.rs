//! AWS Signature Version 4, in a header.
//!
//! Rule: everything that is sent is signed, the body by its hash.

use std::fmt;

use crate::encoding::{hex, hmac_sha256, sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Whose signature it is, and for which part of the world.
#[derive(Clone)]
pub struct Key {
    /// The name of the key.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
    /// `us-east-1`
    pub region: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}

/// A request as it is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `GET`
    pub method: &'a str,
    /// As [`super::in_path`] spells it, with its first slash.
    pub path: &'a str,
    /// As [`super::query`] spells it.
    pub query: &'a str,
    /// Names in lower case and in order, `x-amz-date` (`20130524T000000Z`) and the hash of the body
    /// (`x-amz-content-sha256`) among them.
    pub headers: &'a [(&'a str, &'a str)],
}

/// The value of `Authorization`.
pub fn authorization(request: &Signed<'_>, key: &Key) -> String {
    let names: Vec<_> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let instant = request.header("x-amz-date");
    let date = instant.split('T').next().unwrap_or_default();
    let scope = format!("{date}/{}/s3/aws4_request", key.region);
    let whole = hex(sha256(request.canonical(&names).as_bytes()));
    let signed = format!("{ALGORITHM}\n{instant}\n{scope}\n{whole}");
    let signature = hex(hmac_sha256(&key.of_day(date), signed.as_bytes()));
    let name = &key.access_key;
    format!("{ALGORITHM} Credential={name}/{scope},SignedHeaders={names},Signature={signature}")
}

impl Key {
    fn of_day(&self, date: &str) -> [u8; 32] {
        let first = format!("AWS4{}", self.secret_key);
        let parts = [date, &self.region, "s3", "aws4_request"];
        let day = hmac_sha256(first.as_bytes(), parts[0].as_bytes());
        parts[1..]
            .iter()
            .fold(day, |key, part| hmac_sha256(&key, part.as_bytes()))
    }
}

impl Signed<'_> {
    fn header(&self, wanted: &str) -> &str {
        let mut found = self.headers.iter().filter(|(name, _)| *name == wanted);
        found.next().map_or("", |(_, value)| value)
    }

    fn canonical(&self, names: &str) -> String {
        let line = |(name, value): &(&str, &str)| format!("{name}:{}\n", value.trim());
        let headers: String = self.headers.iter().map(line).collect();
        let Self {
            method,
            path,
            query,
            ..
        } = self;
        let body = self.header("x-amz-content-sha256");
        format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{body}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Signed, authorization};

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");
    const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");

    fn key() -> Key {
        Key {
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            region: "us-east-1".to_owned(),
        }
    }

    /// The four examples of the Amazon S3 API reference, "Signature Calculations for the
    /// Authorization Header".
    #[test]
    fn the_published_examples_of_signature_version_4_come_out() {
        let body = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        let empty = ("x-amz-content-sha256", EMPTY);
        let range: &[_] = &[HOST, ("range", "bytes=0-9"), empty, DATE];
        let put: &[_] = &[
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            HOST,
            ("x-amz-content-sha256", body),
            DATE,
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ];
        let plain: &[_] = &[HOST, empty, DATE];
        for (method, path, query, headers, signature) in [
            (
                "GET",
                "/test.txt",
                "",
                range,
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            (
                "PUT",
                "/test%24file.text",
                "",
                put,
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            ),
            (
                "GET",
                "/",
                "lifecycle=",
                plain,
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            ),
            (
                "GET",
                "/",
                "max-keys=2&prefix=J",
                plain,
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            ),
        ] {
            let request = Signed {
                method,
                path,
                query,
                headers,
            };
            let said = authorization(&request, &key());
            assert!(said.ends_with(&format!("Signature={signature}")), "{said}");
            let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
            let begin = format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                 SignedHeaders={},",
                names.join(";")
            );
            assert!(said.starts_with(&begin), "{said}");
        }
    }

    #[test]
    fn a_key_is_never_printed() {
        assert_eq!(format!("{:?}", key()), "Key(…)");
    }
}
