//! Answers without a lease, signed over status and body by RFC 9421.

use data_encoding::BASE64;
use openssl::sha::sha256;

use crate::http::Answer;
use crate::keys::KeySet;

/// Whether an answer bears a signature of the product's.
pub(crate) fn is_signed(answer: &Answer, keys: &KeySet) -> bool {
    verified(answer, keys).unwrap_or(false)
}

fn verified(answer: &Answer, keys: &KeySet) -> Option<bool> {
    let digest = format!("sha-256=:{}:", BASE64.encode(&sha256(&answer.body)));
    if answer.header("content-digest")? != digest {
        return None;
    }
    let parameters = answer.header("signature-input")?.strip_prefix("alvara=")?;
    let rest = parameters.strip_prefix("(\"@status\" \"content-digest\");created=")?;
    let (created, rest) = rest.split_once(";keyid=\"")?;
    let (kid, algorithm) = rest.split_once("\";alg=\"")?;
    let plain = created.bytes().all(|byte| byte.is_ascii_digit())
        && algorithm.ends_with('"')
        && !kid.contains('"');
    let signature = answer
        .header("signature")?
        .strip_prefix("alvara=:")?
        .strip_suffix(':')?;
    let signature = BASE64.decode(signature.as_bytes()).ok()?;
    let base = format!(
        "\"@status\": {}\n\"content-digest\": {digest}\n\"@signature-params\": {parameters}",
        answer.status
    );
    // The algorithm is the key's own, whatever the answer says it is.
    Some(plain && keys.vouches(Some(kid), base.as_bytes(), &signature))
}
