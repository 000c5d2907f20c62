//! A security key made of software, for tests that have no browser.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use ciborium::Value as Cbor;
use serde_json::{Value, json};

use crate::encoding::{base64url, random_bytes, sha256};

/// One credential and what its authenticator claims; tests change the fields to lie.
pub struct SoftKey {
    key: EcdsaKeyPair,
    /// The credential's id.
    pub id: Vec<u8>,
    /// For whom it is kept.
    pub handle: Vec<u8>,
    /// The model.
    pub aaguid: [u8; 16],
    /// Present, verified, backup eligible, backed up …
    pub flags: u8,
    /// The counter.
    pub sign_count: u32,
    /// Where the browser claims to be.
    pub origin: String,
    /// Whether the page is in a frame of another site.
    pub cross_origin: bool,
}

/// Present and verified.
pub const PRESENT_AND_VERIFIED: u8 = 0b101;

impl SoftKey {
    /// A new credential, used on `origin`.
    ///
    /// # Panics
    /// Never: P-256 keys can be made.
    pub fn generate(origin: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
        Self {
            key: key.expect("a key pair can be made"),
            id: random_bytes::<32>().to_vec(),
            handle: Vec::new(),
            aaguid: [0; 16],
            flags: PRESENT_AND_VERIFIED,
            sign_count: 0,
            origin: origin.to_owned(),
            cross_origin: false,
        }
    }

    /// The answer to creation options.
    ///
    /// # Panics
    /// If the options are not of the standard's form.
    pub fn create(&mut self, options: &Value) -> Value {
        let handle = options["user"]["id"].as_str().expect("a user's id");
        self.handle = crate::encoding::from_base64url(handle).expect("base64url");
        let party = options["rp"]["id"].as_str().expect("a relying party");
        let mut data = self.authenticator_data(party, 1 << 6);
        data.extend(self.aaguid);
        let length = u16::try_from(self.id.len()).expect("a short id");
        data.extend(length.to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        let object = cbor(&Cbor::Map(vec![
            (text("fmt"), text("none")),
            (text("attStmt"), Cbor::Map(Vec::new())),
            (text("authData"), Cbor::Bytes(data)),
        ]));
        let client_data = self.client_data("webauthn.create", options);
        self.answer(&json!({
            "clientDataJSON": base64url(client_data),
            "attestationObject": base64url(object),
            "transports": ["internal", "hybrid", "telepathy"],
        }))
    }

    /// The answer to request options.
    ///
    /// # Panics
    /// If the options are not of the standard's form.
    pub fn get(&self, options: &Value) -> Value {
        let party = options["rpId"].as_str().expect("a relying party");
        let data = self.authenticator_data(party, 0);
        let client_data = self.client_data("webauthn.get", options);
        let signed = [&*data, &sha256(&client_data)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed);
        self.answer(&json!({
            "clientDataJSON": base64url(client_data),
            "authenticatorData": base64url(data),
            "signature": base64url(signature.expect("a key can sign")),
            "userHandle": base64url(&self.handle),
        }))
    }

    fn answer(&self, response: &Value) -> Value {
        let id = base64url(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": response, "clientExtensionResults": {},
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, party: &str, flags: u8) -> Vec<u8> {
        let mut data = sha256(party.as_bytes()).to_vec();
        data.push(self.flags | flags);
        data.extend(self.sign_count.to_be_bytes());
        data
    }

    fn cose(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        cbor(&Cbor::Map(vec![
            (Cbor::from(1), Cbor::from(2)),
            (Cbor::from(3), Cbor::from(-7)),
            (Cbor::from(-1), Cbor::from(1)),
            (Cbor::from(-2), Cbor::Bytes(point[1..33].to_vec())),
            (Cbor::from(-3), Cbor::Bytes(point[33..].to_vec())),
        ]))
    }
}

fn text(text: &str) -> Cbor {
    Cbor::Text(text.to_owned())
}

pub(super) fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("values have a CBOR form");
    bytes
}
