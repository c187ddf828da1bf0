//! Passwords: hashed and checked beside the transactions, never in one.

use alvara_domain::mail::CredentialChange;
use alvara_store::Origin;
use alvara_store::{members, refresh_tokens, sessions};

use super::{Gate, tell_of_change};
use crate::denied::{Denied, GateError, SignInRefused};
use crate::principal::Principal;

/// Shortest password a member may choose, in characters.
pub const SHORTEST_PASSWORD: usize = 10;
/// Longest password a member may choose, in characters.
pub const LONGEST_PASSWORD: usize = 200;

/// Whether a password may be chosen: 10 to 200 characters, not the same few over and over. No rule
/// about kinds of characters, which only makes people predictable (NIST SP 800-63B).
#[must_use]
pub fn is_acceptable_password(password: &str) -> bool {
    let length = password.chars().count();
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    (SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length) && distinct.len() >= 5
}

impl Gate {
    /// Hashes a password for a member's row. Takes tens of milliseconds, on a thread of its own.
    ///
    /// # Errors
    /// When the password is absurdly long or the process is ending.
    pub async fn hash_password(&self, password: &str) -> Result<String, GateError> {
        let password = password.to_owned();
        self.hashing(move |passwords| passwords.hash(&password))
            .await?
            .map_err(GateError::from)
    }

    /// Checks a password against a member's hash, or spends the same time when there is no member.
    pub(super) async fn check_password(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, GateError> {
        let password = password.to_owned();
        self.hashing(move |passwords| match hash {
            Some(hash) => passwords.verify(&password, &hash),
            None => passwords.dummy_verify(&password),
        })
        .await
    }

    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&alvara_vault::Passwords) -> T + Send + 'static,
    ) -> Result<T, GateError> {
        let _turn = self
            .0
            .hashing
            .acquire()
            .await
            .map_err(|_| GateError::Ending)?;
        let gate = self.clone();
        tokio::task::spawn_blocking(move || work(&gate.0.passwords))
            .await
            .map_err(|_| GateError::Ending)
    }

    /// Changes the password of the member who asks. Every access token and refresh token ends, and
    /// every session but the one it came with.
    ///
    /// The caller has checked [`is_acceptable_password`]. A wrong `current` counts like a wrong
    /// sign-in, so that a stolen session cannot be used to guess.
    ///
    /// # Errors
    /// As for signing in.
    pub async fn change_password(
        &self,
        principal: &Principal,
        current: &str,
        next: &str,
        origin: &Origin,
    ) -> Result<(), SignInRefused> {
        let member = self.prove(principal, current, origin).await?;
        let (id, kept) = (member.id, member.session);
        let hash = self.hash_password(next).await?;
        let scope = self.own_scope(principal, origin);
        self.db()
            .write(&scope, move |tx| {
                members::set_password(tx, id, &hash)?;
                tell_of_change(tx, id, CredentialChange::Password)?;
                refresh_tokens::end_of_member(tx, id)?;
                for session in sessions::list(tx, id)? {
                    if Some(&session.id_hash) != kept.as_ref() {
                        sessions::remove(tx, &session.id_hash)?;
                    }
                }
                tx.audit("member.password_changed", id, (), ())
            })
            .await
            .map_err(SignInRefused::from)
    }
}

impl From<Denied> for SignInRefused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated | Denied::Forbidden => Self::Credentials,
            Denied::Failed(error) => Self::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_acceptable_password;

    #[test]
    fn length_counts_and_monotony_does_not_pass() {
        // R-TEN-07
        for good in ["correct horse battery", "ação é só isso", "0123456789"] {
            assert!(is_acceptable_password(good), "{good}");
        }
        for bad in [
            "",
            "short",
            "aaaaaaaaaaaaaaaa",
            "abababababababab",
            &"x1y2z".repeat(41),
        ] {
            assert!(!is_acceptable_password(bad), "{bad}");
        }
    }
}
