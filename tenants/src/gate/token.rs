//! OAuth 2 tokens (RFC 6749, RFC 9068): short access tokens, refresh tokens that are good once.

use alvara_domain::id::{ApiKeyId, TenantId, Ulid};
use alvara_domain::node::NodePath;
use alvara_store::refresh_tokens::{self, Use};
use alvara_store::{Actor, Origin, StoreResult};
use alvara_vault::{
    AccessClaims, Secret, SubjectKind, UnverifiedToken, issue_access_token, new_secret, random,
    token_hash,
};
use serde_json::json;

use super::authenticate::{KnownMember, still_proven};
use super::{Gate, HostTenant};
use crate::denied::{Denied, GateError, TokenRefused};

const REFRESH_PREFIX: &str = "alr_";

/// What is sent to the token endpoint.
#[derive(Clone, Copy)]
pub enum TokenRequest<'a> {
    /// `grant_type=password`: for a person's own tools.
    Password {
        /// The address.
        username: &'a str,
        /// The password.
        password: &'a str,
        /// The one-time code, when the member has those.
        code: Option<&'a str>,
    },
    /// `grant_type=client_credentials`: for a program with an API key.
    ClientCredentials {
        /// The API key's id.
        client_id: &'a str,
        /// Its secret.
        client_secret: &'a str,
    },
    /// `grant_type=refresh_token`.
    Refresh {
        /// The refresh token, which this use ends.
        refresh_token: &'a str,
    },
}

impl std::fmt::Debug for TokenRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password(…)",
            Self::ClientCredentials { .. } => "ClientCredentials(…)",
            Self::Refresh { .. } => "Refresh(…)",
        })
    }
}

/// What the token endpoint answers.
#[derive(Debug)]
pub struct TokenGrant {
    /// The access token, a JWT.
    pub access_token: Secret,
    /// How long it is good, in seconds.
    pub expires_in: i64,
    /// The next refresh token; none for a program, which can ask anew at any time.
    pub refresh_token: Option<Secret>,
}

impl Gate {
    /// Answers the token endpoint.
    ///
    /// # Errors
    /// As [`TokenRefused`] says.
    pub async fn issue_token(
        &self,
        host: &HostTenant,
        request: TokenRequest<'_>,
        origin: &Origin,
    ) -> Result<TokenGrant, TokenRefused> {
        match request {
            TokenRequest::Password {
                username,
                password,
                code,
            } => {
                let known = self
                    .prove_member(host, username, password, code, origin)
                    .await?;
                self.grant_member(known, origin).await
            }
            TokenRequest::ClientCredentials {
                client_id,
                client_secret,
            } => {
                self.grant_program(host, client_id, client_secret, origin)
                    .await
            }
            TokenRequest::Refresh { refresh_token } => {
                self.refresh(host, refresh_token, origin).await
            }
        }
    }

    async fn grant_program(
        &self,
        host: &HostTenant,
        id: &str,
        secret: &str,
        origin: &Origin,
    ) -> Result<TokenGrant, TokenRefused> {
        let refused = |denied| match denied {
            Denied::Failed(error) => TokenRefused::Failed(error),
            Denied::Unauthenticated | Denied::Forbidden => TokenRefused::InvalidClient,
        };
        let id: ApiKeyId = id.parse().map_err(|_| TokenRefused::InvalidClient)?;
        let (principal, id) = self
            .by_api_key(secret, Some(id), origin)
            .await
            .map_err(refused)?;
        if !self.is_at_home(host, &principal) {
            return Err(TokenRefused::InvalidClient);
        }
        let access_token = self
            .access_token(principal.tenant(), id.to_string(), SubjectKind::ApiKey, 0)
            .await?;
        Ok(TokenGrant {
            access_token,
            expires_in: self.config().access_token_seconds,
            refresh_token: None,
        })
    }

    async fn grant_member(
        &self,
        known: KnownMember,
        origin: &Origin,
    ) -> Result<TokenGrant, TokenRefused> {
        let family = Ulid::from_bytes(random::<16>().map_err(GateError::from)?).to_string();
        let (tenant, member) = (known.tenant.id, known.member.id);
        let epoch = known.member.credentials_epoch;
        let access_token = self.member_token(&known).await?;
        let refresh = new_secret(REFRESH_PREFIX).map_err(GateError::from)?;
        let hash = token_hash(refresh.expose());
        let root = NodePath::root(known.tenant.root_node_id);
        let scope = self.inside(tenant, &root, Actor::Member(member), origin);
        let life = self.config().refresh_token_seconds;
        let granted = self
            .db()
            .write(&scope, move |tx| -> StoreResult<bool> {
                if !still_proven(tx, member, epoch)? {
                    return Ok(false);
                }
                let end = tx.now().saturating_add_seconds(life);
                refresh_tokens::insert(tx, &hash, &family, member, end)?;
                tx.audit("session.created", member, (), json!({"by": "token"}))?;
                Ok(true)
            })
            .await?;
        if !granted {
            return Err(TokenRefused::InvalidGrant);
        }
        Ok(TokenGrant {
            access_token,
            expires_in: self.config().access_token_seconds,
            refresh_token: Some(refresh),
        })
    }

    /// Uses a refresh token up and gives the next. One that was used before has been stolen, by
    /// whoever used it first or now: everything that came from the same sign-in ends.
    async fn refresh(
        &self,
        host: &HostTenant,
        token: &str,
        origin: &Origin,
    ) -> Result<TokenGrant, TokenRefused> {
        let hash = token_hash(token);
        let next = new_secret(REFRESH_PREFIX).map_err(GateError::from)?;
        let next_hash = token_hash(next.expose());
        let life = self.config().refresh_token_seconds;
        for (tenant, root) in self.at_home(host).await? {
            let scope = self.inside(tenant, &root, Actor::Platform, origin);
            let (wanted, kept) = (hash.clone(), next_hash.clone());
            let used = self.db().write(&scope, move |tx| -> StoreResult<Use> {
                let used = refresh_tokens::use_once(tx, &wanted)?;
                match &used {
                    // In the transaction that uses the old one up: whoever uses that one again
                    // finds the next one too when it ends the family.
                    Use::Good { family, member } => {
                        let end = tx.now().saturating_add_seconds(life);
                        refresh_tokens::insert(tx, &kept, family, *member, end)?;
                    }
                    Use::Replayed { member } => {
                        let reason = json!({"reason": "refresh token used twice"});
                        tx.audit("session.refused", member, (), reason)?;
                    }
                    Use::Unknown => {}
                }
                Ok(used)
            });
            match used.await? {
                Use::Unknown => {}
                Use::Replayed { .. } => return Err(TokenRefused::InvalidGrant),
                Use::Good { member, .. } => {
                    let known = self.member_of(tenant, member, origin).await?;
                    let known = known
                        .filter(KnownMember::is_welcome)
                        .ok_or(TokenRefused::InvalidGrant)?;
                    return Ok(TokenGrant {
                        access_token: self.member_token(&known).await?,
                        expires_in: self.config().access_token_seconds,
                        refresh_token: Some(next),
                    });
                }
            }
        }
        Err(TokenRefused::InvalidGrant)
    }

    async fn member_token(&self, known: &KnownMember) -> Result<Secret, GateError> {
        let (sub, epoch) = (known.member.id.to_string(), known.member.credentials_epoch);
        self.access_token(known.tenant.id, sub, SubjectKind::Member, epoch)
            .await
    }

    async fn access_token(
        &self,
        tenant: TenantId,
        sub: String,
        kind: SubjectKind,
        epoch: i64,
    ) -> Result<Secret, GateError> {
        let key = self.token_signer().await?;
        let now = self.now().seconds();
        let issuer = self.config().issuer.clone();
        let claims = AccessClaims {
            aud: issuer.clone(),
            iss: issuer,
            client_id: sub.clone(),
            sub,
            tid: tenant.to_string(),
            kind,
            epoch,
            iat: now,
            exp: now.saturating_add(self.config().access_token_seconds),
            jti: Ulid::from_bytes(random::<16>()?).to_string(),
        };
        Ok(Secret::new(issue_access_token(&key, &claims)?))
    }

    pub(super) async fn read_access_token(&self, token: &str) -> Result<AccessClaims, Denied> {
        let token = UnverifiedToken::parse(token).map_err(|_| Denied::Unauthenticated)?;
        let key = self
            .token_verifier(token.kid())
            .await?
            .ok_or(Denied::Unauthenticated)?;
        token
            .verify(&key, &self.config().issuer, self.now().seconds())
            .map_err(|fault| {
                tracing::debug!(%fault, "an access token was refused");
                Denied::Unauthenticated
            })
    }
}
