use crate::VaultError;

/// `N` bytes from OpenSSL's generator, the one source of randomness for secrets.
///
/// # Errors
/// When the operating system's entropy cannot be read; nothing may continue with weaker bytes.
pub fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0u8; N];
    openssl::rand::rand_bytes(&mut bytes)?;
    Ok(bytes)
}
