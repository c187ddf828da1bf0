use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::HEXLOWER;

use crate::{VaultError, random};

/// Longest password, in bytes, that is hashed at all; longer ones are wrong by definition.
const LONGEST: usize = 1024;

/// What one argon2id hash costs. The default is OWASP's: 19 MiB, two passes, one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB, at least 8 for each lane.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes; they are computed one after the other.
    pub lanes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

/// Hashes and checks passwords (argon2id, PHC strings).
///
/// Every call takes tens of milliseconds on purpose: run it on a blocking thread and never
/// inside a transaction.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    nobody: String,
}

impl Passwords {
    /// Prepares a hasher, and the hash of a random password against which sign-ins of unknown
    /// members are measured.
    ///
    /// # Errors
    /// When argon2 does not allow the cost.
    pub fn new(cost: PasswordCost) -> Result<Self, VaultError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|_| VaultError::Password)?;
        let mut passwords = Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            nobody: String::new(),
        };
        passwords.nobody = passwords.hash(&HEXLOWER.encode(&random::<16>()?))?;
        Ok(passwords)
    }

    /// A PHC string (`$argon2id$v=19$m=…`) with a fresh salt, at most 200 characters.
    ///
    /// # Errors
    /// When the password is longer than 1024 bytes or there is no randomness to be had.
    pub fn hash(&self, password: &str) -> Result<String, VaultError> {
        if password.len() > LONGEST {
            return Err(VaultError::Password);
        }
        let salt: [u8; 16] = random()?;
        let hash: argon2::password_hash::phc::PasswordHash = self
            .argon2
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(|_| VaultError::Password)?;
        Ok(hash.to_string())
    }

    /// Whether the password is the one that was hashed. The cost is the stored hash's own, so
    /// hashes made before a change of cost still work. A damaged hash is simply false.
    #[must_use]
    pub fn verify(&self, password: &str, hash: &str) -> bool {
        if password.len() > LONGEST {
            self.spend();
            return false;
        }
        match PasswordHash::new(hash) {
            Ok(parsed) => self
                .argon2
                .verify_password(password.as_bytes(), &parsed)
                .is_ok(),
            Err(_) => {
                self.spend();
                false
            }
        }
    }

    /// Spends the time that checking a password takes, and says no. Call it when there is no such
    /// member, so that the answer does not come back sooner.
    #[must_use]
    pub fn dummy_verify(&self, password: &str) -> bool {
        if password.len() > LONGEST {
            self.spend();
        } else if let Ok(parsed) = PasswordHash::new(&self.nobody) {
            let _ = self.argon2.verify_password(password.as_bytes(), &parsed);
        }
        false
    }

    fn spend(&self) {
        if let Ok(parsed) = PasswordHash::new(&self.nobody) {
            let _ = self.argon2.verify_password(b"", &parsed);
        }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords(argon2id)")
    }
}

#[cfg(test)]
mod tests {
    use super::{PasswordCost, Passwords};

    fn light() -> Passwords {
        Passwords::new(PasswordCost {
            memory_kib: 64,
            passes: 1,
            lanes: 1,
        })
        .unwrap()
    }

    #[test]
    fn the_right_password_and_no_other() {
        // R-TEN-07
        let passwords = light();
        let hash = passwords.hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(hash.len() <= 200);
        assert!(passwords.verify("correct horse battery", &hash));
        assert!(!passwords.verify("correct horse batterz", &hash));
        assert!(!passwords.verify("", &hash));
        assert!(!passwords.verify("x", "$argon2id$broken"));
        assert!(!passwords.dummy_verify("correct horse battery"));
        assert_ne!(hash, passwords.hash("correct horse battery").unwrap());
    }

    #[test]
    fn a_hash_of_another_cost_still_verifies() {
        let old = Passwords::new(PasswordCost {
            memory_kib: 32,
            passes: 2,
            lanes: 1,
        })
        .unwrap();
        let hash = old.hash("correct horse battery").unwrap();
        assert!(light().verify("correct horse battery", &hash));
    }

    #[test]
    fn a_megabyte_of_password_is_not_hashed() {
        let passwords = light();
        assert!(passwords.hash(&"a".repeat(1_000_000)).is_err());
        let hash = passwords.hash("a").unwrap();
        assert!(!passwords.verify(&"a".repeat(1_000_000), &hash));
    }

    #[test]
    fn the_default_cost_is_owasps() {
        let cost = PasswordCost::default();
        assert_eq!((cost.memory_kib, cost.passes, cost.lanes), (19_456, 2, 1));
    }
}
