//! What programs ask, from the key they hold to the signed answer. The HTTP calls and the dialects
//! share this; none of them holds a rule.

mod meter;
pub mod offline;
mod recognise;
mod register;
mod renew;
mod seats;

use std::sync::Arc;

use alvara_domain::certificate::{Compact, ComputerKeyClaims, TokenType};
use alvara_domain::fingerprint::Fingerprint;
use alvara_domain::id::{LicenseId, MachineId};
use alvara_domain::key::{ActivationKey, KeyError, RenewalKey};
use alvara_domain::license::License;
use alvara_domain::machine::{ArrivedBy, Machine, MachineState};
use alvara_domain::product::{Product, Version, module_bits};
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::{Code, Facts, Lookup, Verdict, decide};
use alvara_store::{Origin, Scope, TenantTx, modules, products, tenants};
use alvara_tenants::{HostTenant, ProgramAccess};
use alvara_vault::Secret;

use crate::error::{AppError, AppResult};
use crate::keyring::Ring;
use crate::license::renewal_key;
use crate::license::users;
use crate::license::validate::{ValidationAsks, validate};
use crate::machine::activate::{Activated, ActivationRequest, Case, activate, note_request};
use crate::machine::certify;
use crate::machine::clones;
use crate::machine::contact::{Contact, ContactRequest, KeyDue, KeyRoom, contact};
use crate::machine::deactivate::{DeactivatedBy, deactivate};
use crate::machine::token::machine_token;
use crate::platform::Platform;
use crate::release::{self, Update};

pub use meter::MeterAnswer;
pub use register::RegistrationAnswer;
pub use renew::{RenewalAnswer, RenewalRequest, RenewalTerms};
pub use seats::SeatAnswer;

/// Where a program knocked, and from where.
#[derive(Debug, Clone)]
pub struct Knock {
    /// What its host name leads to.
    pub host: HostTenant,
    /// Its address and the request's id.
    pub origin: Origin,
}

impl Knock {
    /// Through which door it came.
    #[must_use]
    pub fn door(&self) -> ArrivedBy {
        match self.host {
            HostTenant::Tenant(_) => ArrivedBy::TenantHost,
            HostTenant::Shared | HostTenant::Unknown => ArrivedBy::SharedHost,
        }
    }
}

/// An activation, signed.
#[derive(Debug)]
pub struct ActivationAnswer {
    /// License, product, machine, and whether it is new.
    pub activated: Activated,
    /// By which the machine is known on later calls.
    pub token: Secret,
    /// What is installed.
    pub computer_key: String,
    /// Proof of this contact.
    pub lease: String,
    /// When the program should call again.
    pub next_check_at: UtcTime,
    /// When this was decided.
    pub now: UtcTime,
}

/// A machine's call, decided and, where it may run, signed.
#[derive(Debug)]
pub struct ContactAnswer {
    /// License, product, machine and verdict.
    pub contact: Contact,
    /// Proof of this contact; only where the machine may run.
    pub lease: Option<String>,
    /// A new computer key, where one is due.
    pub computer_key: Option<String>,
    /// When the program should call again.
    pub next_check_at: UtcTime,
    /// When this was decided.
    pub now: UtcTime,
    /// The product's keys, to sign an answer that has no lease.
    pub ring: Arc<Ring>,
}

/// The answer to a question about a license. Without a license only the verdict is there.
#[derive(Debug)]
pub struct ValidationAnswer {
    /// Whether it may be used so.
    pub verdict: Verdict,
    /// The license and its product, where they were found.
    pub found: Option<(License, Product)>,
    /// The product's keys, to sign the answer.
    pub ring: Option<Arc<Ring>>,
    /// Proof of contact, where a machine asked about itself and may run.
    pub lease: Option<String>,
    /// When this was decided.
    pub now: UtcTime,
}

/// Which release a program asks for.
#[derive(Debug, Clone)]
pub struct ReleaseQuestion {
    /// Code of the product; the tenant's default product when not said.
    pub product: Option<String>,
    /// Such as `stable`.
    pub channel: String,
    /// Such as `windows-x64`, or `any`.
    pub platform: String,
    /// The version it runs.
    pub have: Option<Version>,
}

/// By what a program names its license.
#[derive(Debug, Clone)]
pub enum Presented {
    /// The activation key as somebody typed it.
    Key(String),
    /// The computer key it holds.
    ComputerKey(String),
}

impl Platform {
    /// Activates the machine a program runs on.
    ///
    /// # Errors
    /// [`AppError::Refused`] with `KEY_MALFORMED`, `NOT_FOUND`, or what else the verdict says.
    pub async fn activate(
        &self,
        knock: &Knock,
        key: &str,
        request: ActivationRequest,
    ) -> AppResult<ActivationAnswer> {
        let key = ActivationKey::parse(key).map_err(|error| malformed(error, self.now()))?;
        let access = self
            .gate()
            .program_by_key(&knock.host, &key, &knock.origin)
            .await?;
        let access = access.ok_or_else(|| unknown(self.now()))?;
        self.activate_license(&access.scope, access.license, request, None)
            .await
    }

    async fn activate_license(
        &self,
        scope: &Scope,
        license: LicenseId,
        request: ActivationRequest,
        nonce: Option<String>,
    ) -> AppResult<ActivationAnswer> {
        let platform = self.clone();
        let (said, asked) = (request.machine(), nonce.clone());
        let work = move |tx: &mut TenantTx<'_>| {
            let activated = activate(tx, platform.keys(), license, &request)?;
            note_request(tx, &activated, asked.as_deref())?;
            let stamp = Stamp::load(tx, &platform, &activated.license, &activated.product)?;
            Ok::<_, AppError>((activated, stamp, tx.now()))
        };
        let (activated, stamp, now) = match self.db().write(scope, work).await {
            // Under a known fingerprint, or it would not have been compared.
            Err(AppError::Refused(verdict)) if verdict.code == Code::FingerprintMismatch => {
                let note = move |tx: &mut TenantTx<'_>| clones::note_conflict(tx, license, &said);
                self.db().write(scope, note).await?;
                return Err(AppError::Refused(verdict));
            }
            decided => decided?,
        };
        let computer_key = stamp.computer_key(
            &activated.license,
            &activated.product,
            &activated.machine,
            now,
        )?;
        let lease = certify::lease(
            stamp.ring.active(),
            &activated.license,
            &activated.machine,
            nonce,
            now,
        )?;
        let token = machine_token(
            self.vault(),
            activated.machine.id,
            activated.machine.activated_at,
        )?;
        let next_check_at = activated.license.terms.next_check_at(now);
        Ok(ActivationAnswer {
            activated,
            token,
            computer_key,
            lease,
            next_check_at,
            now,
        })
    }

    /// A machine calls with its token.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when nobody has this token.
    pub async fn heartbeat(
        &self,
        knock: &Knock,
        token: &str,
        request: ContactRequest,
        nonce: Option<String>,
    ) -> AppResult<ContactAnswer> {
        let access = self
            .gate()
            .program_by_token(&knock.host, token, &knock.origin)
            .await?;
        let access = access.ok_or(AppError::NotFound("machine"))?;
        let machine = access.machine.ok_or(AppError::NotFound("machine"))?;
        self.contact(&access.scope, machine, request, nonce).await
    }

    /// A machine calls and says only its fingerprint.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when no such machine came through this door.
    pub async fn check_fingerprint(
        &self,
        knock: &Knock,
        fingerprint: &Fingerprint,
        request: &ContactRequest,
    ) -> AppResult<ContactAnswer> {
        let mut first = None;
        for access in self
            .gate()
            .programs_by_fingerprint(&knock.host, fingerprint, &knock.origin)
            .await?
        {
            let Some(machine) = access.machine else {
                continue;
            };
            let answer = self
                .contact(&access.scope, machine, request.clone(), None)
                .await?;
            // A machine may run under several licenses, some of them past; any good one will do.
            if answer.contact.verdict.valid {
                return Ok(answer);
            }
            first.get_or_insert(answer);
        }
        first.ok_or(AppError::NotFound("machine"))
    }

    async fn contact(
        &self,
        scope: &Scope,
        machine: MachineId,
        request: ContactRequest,
        nonce: Option<String>,
    ) -> AppResult<ContactAnswer> {
        let platform = self.clone();
        let work = move |tx: &mut TenantTx<'_>| {
            let contact = contact(tx, platform.keys(), machine, &request)?;
            let stamp = Stamp::load(tx, &platform, &contact.license, &contact.product)?;
            Ok::<_, AppError>((contact, stamp, tx.now()))
        };
        let (contact, stamp, now) = self.db().write(scope, work).await?;
        let computer_key = match contact.key {
            KeyDue::Yes => Some(stamp.computer_key(
                &contact.license,
                &contact.product,
                &contact.machine,
                now,
            )?),
            KeyDue::No => None,
        };
        let lease = if contact.verdict.valid {
            Some(certify::lease(
                stamp.ring.active(),
                &contact.license,
                &contact.machine,
                nonce,
                now,
            )?)
        } else {
            None
        };
        let next_check_at = contact.license.terms.next_check_at(now);
        Ok(ContactAnswer {
            contact,
            lease,
            computer_key,
            next_check_at,
            now,
            ring: stamp.ring,
        })
    }

    /// Answers whether a license may be used. A key that is unknown, mistyped or another tenant's is
    /// an answer too. A machine that asks about itself, with a fingerprint that is activated, has
    /// thereby had contact and gets a lease.
    ///
    /// # Errors
    /// Only when something of ours fails.
    pub async fn validate(
        &self,
        knock: &Knock,
        presented: &Presented,
        asks: ValidationAsks,
        nonce: Option<String>,
    ) -> AppResult<ValidationAnswer> {
        let (platform, said) = (self.clone(), asks.machine());
        let read = move |tx: &mut TenantTx<'_>, license: LicenseId| {
            let validated = validate(tx, license, &asks)?;
            let ring = platform.keys().ring(tx, validated.product.id)?;
            Ok::<_, AppError>((validated, ring, tx.now()))
        };
        let (host, origin) = (&knock.host, &knock.origin);
        let found = match presented {
            Presented::Key(text) => match ActivationKey::parse(text) {
                Err(error) => return Ok(self.no_license(Lookup::Malformed(error))),
                Ok(key) => self.gate().read_by_key(host, &key, origin, read).await?,
            },
            Presented::ComputerKey(text) => match self.by_computer_key(knock, text).await? {
                Some(access) => {
                    let (scope, license) = (access.scope.clone(), access.license);
                    let read = move |tx: &mut TenantTx<'_>| read(tx, license);
                    let read = self.db().read(&scope, read).await?;
                    Some((access, read))
                }
                None => None,
            },
        };
        let Some((access, (mut validated, ring, now))) = found else {
            return Ok(self.no_license(Lookup::NotFound));
        };
        if validated.verdict.valid
            && let Some(user) = validated.newcomer.take()
        {
            self.name_user(&access, user, &mut validated.verdict)
                .await?;
        }
        let seated = validated
            .machine
            .filter(|machine| machine.state == MachineState::Active && validated.verdict.valid);
        let lease = match seated {
            Some(machine) => {
                let call = ContactRequest {
                    room: KeyRoom::None,
                    machine: said,
                    ..ContactRequest::default()
                };
                self.contact(&access.scope, machine.id, call, nonce)
                    .await?
                    .lease
            }
            None => None,
        };
        Ok(ValidationAnswer {
            verdict: validated.verdict,
            found: Some((validated.license, validated.product)),
            ring: Some(ring),
            lease,
            now,
        })
    }

    /// Names a user whom a validation said; when the last place went meanwhile, the verdict says so.
    async fn name_user(
        &self,
        access: &ProgramAccess,
        user: String,
        verdict: &mut Verdict,
    ) -> AppResult<()> {
        let license = access.license;
        let work = move |tx: &mut TenantTx<'_>| {
            let case = Case::load(tx, license)?;
            users::admit(tx, &case, &user)
        };
        match self.db().write(&access.scope, work).await {
            Ok(Some(warning)) => *verdict = verdict.clone().warned(warning),
            Ok(None) => {}
            Err(AppError::Refused(refused)) => *verdict = *refused,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn no_license(&self, lookup: Lookup<'_>) -> ValidationAnswer {
        let now = self.now();
        ValidationAnswer {
            verdict: decide(&Facts::of(lookup), now),
            found: None,
            ring: None,
            lease: None,
            now,
        }
    }

    /// A computer key names its license; that it is ours is proven by its signature, for otherwise
    /// anybody could ask about any license by its id.
    async fn by_computer_key(&self, knock: &Knock, text: &str) -> AppResult<Option<ProgramAccess>> {
        let Ok(compact) = Compact::parse(text) else {
            return Ok(None);
        };
        let Ok(claims) = compact.claims::<ComputerKeyClaims>(TokenType::ComputerKey) else {
            return Ok(None);
        };
        let host = match &knock.host {
            HostTenant::Shared => self.issuer_host(&claims.iss).await?,
            own => own.clone(),
        };
        let Some(access) = self
            .gate()
            .program_by_license(&host, claims.sub, &knock.origin)
            .await?
        else {
            return Ok(None);
        };
        let (platform, license, kid) = (self.clone(), access.license, compact.header.kid.clone());
        let key = self.db().read(&access.scope, move |tx| {
            let license =
                alvara_store::licenses::find(tx, license)?.ok_or(AppError::NotFound("license"))?;
            platform.keys().verifying_key(tx, license.product_id, &kid)
        });
        let signed = key
            .await?
            .is_some_and(|key| key.verify(compact.signing_input.as_bytes(), &compact.signature));
        Ok(signed.then_some(access))
    }

    /// The tenant whose URL an issuer is. Only says where to look; the signature decides.
    async fn issuer_host(&self, issuer: &str) -> AppResult<HostTenant> {
        let authority = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
        Ok(self.gate().resolve_host(authority).await?)
    }

    /// A program gives its seat back.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the token is not this machine's.
    pub async fn deactivate(&self, knock: &Knock, token: &str, id: MachineId) -> AppResult<()> {
        let access = self
            .gate()
            .program_by_token(&knock.host, token, &knock.origin)
            .await?;
        let access = access
            .filter(|access| access.machine == Some(id))
            .ok_or(AppError::NotFound("machine"))?;
        self.db()
            .write(&access.scope, move |tx| {
                deactivate(tx, id, DeactivatedBy::Program)
            })
            .await
    }

    /// A program renews the license of its machine with a renewal key.
    ///
    /// # Errors
    /// Those of [`renewal_key::use_key`]; `KEY_MALFORMED` as [`AppError::Refused`].
    pub async fn renew_by_fingerprint(
        &self,
        knock: &Knock,
        fingerprint: &Fingerprint,
        key: &str,
    ) -> AppResult<License> {
        let key = RenewalKey::parse(key).map_err(|error| malformed(error, self.now()))?;
        let mut refused = AppError::NotFound("machine");
        for access in self
            .gate()
            .programs_by_fingerprint(&knock.host, fingerprint, &knock.origin)
            .await?
        {
            let (license, platform, key) = (access.license, self.clone(), key.clone());
            let renewed = self
                .db()
                .write(&access.scope, move |tx| {
                    renewal_key::use_key(tx, platform.vault(), license, &key)
                })
                .await;
            match renewed {
                // The machine runs under several licenses and the key is for one of the others.
                Err(error @ (AppError::RenewalKeyOfAnotherProduct | AppError::Renewal(_))) => {
                    refused = error
                }
                // On the shared host those may be of several tenants, and the key is one of theirs.
                Err(error @ AppError::NotFound(_)) => {
                    if matches!(refused, AppError::NotFound(_)) {
                        refused = error;
                    }
                }
                other => return other,
            }
        }
        Err(refused)
    }

    /// The newest release a program may be told of, whoever asks. Without a product's code it is
    /// the tenant's default product.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where the host is nobody's, the product unknown or nothing published.
    pub async fn newest_release(&self, knock: &Knock, asked: ReleaseQuestion) -> AppResult<Update> {
        let scope = self
            .gate()
            .public(&knock.host, &knock.origin)
            .await?
            .ok_or(AppError::NotFound("release"))?;
        let read = move |tx: &mut TenantTx<'_>| {
            let product = match &asked.product {
                Some(code) => products::find_by_code(tx, code)?.map(|product| product.id),
                None => tenants::load_own(tx)?.default_product_id,
            };
            let product = product.ok_or(AppError::NotFound("release"))?;
            release::latest(
                tx,
                product,
                (&asked.channel, &asked.platform),
                asked.have.as_ref(),
            )
        };
        self.db().read(&scope, read).await
    }

    pub(crate) fn now(&self) -> UtcTime {
        self.db().clock().now()
    }
}

/// What signing needs and only the transaction could read.
pub(crate) struct Stamp {
    pub(crate) ring: Arc<Ring>,
    issuer: String,
    module_bits: u32,
}

impl Stamp {
    pub(crate) fn load(
        tx: &mut TenantTx<'_>,
        platform: &Platform,
        license: &License,
        product: &Product,
    ) -> AppResult<Self> {
        let ring = platform.keys().ring(tx, product.id)?;
        let issuer = platform.address().tenant_url(&tenants::load_own(tx)?);
        let granted: Vec<&str> = license
            .modules
            .iter()
            .filter(|module| module.is_live(tx.now()))
            .map(|module| module.code.as_str())
            .collect();
        let module_bits = if granted.is_empty() {
            0
        } else {
            let all = modules::list(tx, product.id)?;
            module_bits(
                all.iter()
                    .filter(|module| granted.contains(&module.code.as_str())),
            )
        };
        Ok(Self {
            ring,
            issuer,
            module_bits,
        })
    }

    pub(crate) fn computer_key(
        &self,
        license: &License,
        product: &Product,
        machine: &Machine,
        now: UtcTime,
    ) -> AppResult<String> {
        certify::computer_key(
            self.ring.active(),
            (license, product, machine),
            (&self.issuer, self.module_bits),
            now,
        )
    }
}

fn malformed(error: KeyError, now: UtcTime) -> AppError {
    AppError::Refused(Box::new(decide(&Facts::of(Lookup::Malformed(error)), now)))
}

fn unknown(now: UtcTime) -> AppError {
    AppError::Refused(Box::new(decide(&Facts::of(Lookup::NotFound), now)))
}
