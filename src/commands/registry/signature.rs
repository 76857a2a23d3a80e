//! Signatures beside documents: `provider.yaml.sig` signs `provider.yaml`.
//!
//! A signature is text in base64: 64 bytes of Ed25519 over the document or, where more bytes stand before them, those bytes
//! and then the signature over the document followed by them; they are the time of signing. Registries of StackQL write 15.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bindery_codegen::Source;
use ed25519_dalek::pkcs8::DecodePublicKey;
use ed25519_dalek::{Signature, VerifyingKey};
use thiserror::Error;

use crate::outcome::Failure;

/// What the name of a signature ends with.
const SUFFIX: &str = "sig";

/// How a key begins and ends in its file.
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// The keys that a registry signs with.
#[derive(Debug)]
pub(super) struct Keys(Vec<VerifyingKey>);

/// Documents that are not taken.
#[derive(Debug, Error)]
pub(crate) enum SignatureError {
    #[error("{0} is not what was signed, or was signed with another key; nothing was kept")]
    Wrong(String),
    #[error("{0} is not signed, and --require-signatures wants that; nothing was kept")]
    Missing(String),
    #[error("{0} signs a document that is not there; nothing was kept")]
    NoDocument(String),
}

/// What came of checking.
pub(super) enum Check {
    /// So many signatures are right.
    Verified(usize),
    /// So many signatures are there, and no key.
    NotChecked(usize),
    /// There is none.
    NotSigned,
}

impl Keys {
    /// Reads a file of public keys in PEM.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let usage = |message: String| Failure::Usage(format!("--key {}: {message}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
        let blocks = text.split(BEGIN).skip(1).filter_map(|rest| rest.split_once(END));
        let keys: Result<Vec<VerifyingKey>, _> =
            blocks.map(|(key, _)| VerifyingKey::from_public_key_pem(&format!("{BEGIN}{key}{END}\n"))).collect();
        let keys = keys.map_err(|error| usage(format!("no Ed25519 key: {error}")))?;
        if keys.is_empty() {
            let hint = "of a certificate, take it with `openssl x509 -in FILE -pubkey -noout`";
            return Err(usage(format!("it holds no `{BEGIN}`; {hint}")));
        }
        Ok(Self(keys))
    }

    fn verify(&self, document: &[u8], signature: &[u8]) -> bool {
        let text: Vec<u8> = signature.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let Ok(bytes) = STANDARD.decode(text) else { return false };
        let Some((stamp, signature)) = bytes.split_last_chunk::<64>() else { return false };
        let signature = Signature::from_bytes(signature);
        let message = [document, stamp].concat();
        self.0.iter().any(|key| key.verify_strict(&message, &signature).is_ok())
    }
}

/// Checks what is signed below a folder.
pub(super) fn check(folder: &Path, keys: Option<&Keys>, required: bool) -> Result<Check, Failure> {
    let signatures = Source::find(folder, &[SUFFIX])?;
    let shown = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    if required {
        if keys.is_none() {
            return Err(Failure::Usage("--require-signatures needs --key".to_owned()));
        }
        let documents = Source::find(folder, &["yaml", "yml", "json"])?;
        let is_signed = |document: &&PathBuf| signatures.contains(&signature_of(document));
        if let Some(document) = documents.iter().find(|document| !is_signed(document)) {
            return Err(SignatureError::Missing(shown(document)).into());
        }
    }
    if signatures.is_empty() {
        return Ok(Check::NotSigned);
    }
    let Some(keys) = keys else { return Ok(Check::NotChecked(signatures.len())) };
    for signature in &signatures {
        let document = signature.with_extension("");
        let Ok(text) = fs::read(&document) else { return Err(SignatureError::NoDocument(shown(signature)).into()) };
        let signature = fs::read(signature).unwrap_or_default();
        if !keys.verify(&text, &signature) {
            return Err(SignatureError::Wrong(shown(&document)).into());
        }
    }
    Ok(Check::Verified(signatures.len()))
}

fn signature_of(document: &Path) -> PathBuf {
    let mut name = document.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    name.into()
}
