//! What machines without network ask by hand: the same use cases, carried in text.

use std::sync::Arc;

use alvara_domain::id::{LicenseId, ProductId};
use alvara_domain::key::ActivationKey;
use alvara_domain::machine::ArrivedBy;
use alvara_domain::offline::{self, Document, OfflineError};
use alvara_domain::time::UtcTime;
use alvara_store::page::PageRequest;
use alvara_store::{Scope, TenantTx, licenses};
use alvara_tenants::HostTenant;

use super::{ActivationAnswer, Knock, malformed, unknown};
use crate::error::{AppError, AppResult, ReceiptFault};
use crate::keyring::Ring;
use crate::machine::accept_receipt::{Accepted, accept_receipt};
use crate::machine::activate::ActivationRequest;
use crate::platform::Platform;

/// An activation by hand: the answer, and the text that goes back to the machine.
#[derive(Debug)]
pub struct OfflineAnswer {
    /// What was decided.
    pub activation: ActivationAnswer,
    /// The response in its block.
    pub text: String,
}

/// A receipt that was accepted, and what signs the answer.
#[derive(Debug)]
pub struct ReceiptAnswer {
    /// What it did.
    pub accepted: Accepted,
    /// The product's keys.
    pub ring: Arc<Ring>,
    /// When this was decided.
    pub now: UtcTime,
}

impl Platform {
    /// Activates the machine that a request is of. The same request given twice is the same machine
    /// asking again.
    ///
    /// # Errors
    /// Those of [`Platform::activate`]; [`AppError::Offline`] for a fingerprint that is none.
    pub async fn activate_offline(
        &self,
        knock: &Knock,
        request: offline::Request,
    ) -> AppResult<OfflineAnswer> {
        let key = ActivationKey::parse(&request.key).map_err(|e| malformed(e, self.now()))?;
        let access = self
            .gate()
            .program_by_key(&knock.host, &key, &knock.origin)
            .await?;
        let access = access.ok_or_else(|| unknown(self.now()))?;
        self.answer(&access.scope, access.license, request, knock.door())
            .await
    }

    /// The same for whoever has a scope already: the command line.
    ///
    /// # Errors
    /// As for [`Platform::activate_offline`].
    pub async fn activate_offline_in(
        &self,
        scope: &Scope,
        request: offline::Request,
    ) -> AppResult<OfflineAnswer> {
        let key = ActivationKey::parse(&request.key).map_err(|e| malformed(e, self.now()))?;
        let filter = licenses::LicenseFilter {
            key_lookup: Some(self.vault().lookup(&key.canonical())?),
            ..licenses::LicenseFilter::default()
        };
        let page = PageRequest::new(Some(1), None);
        let found = self
            .db()
            .read(scope, move |tx| licenses::list(tx, &filter, &page))
            .await?;
        let license = found.items.first().ok_or_else(|| unknown(self.now()))?.id;
        self.answer(scope, license, request, ArrivedBy::TenantHost)
            .await
    }

    async fn answer(
        &self,
        scope: &Scope,
        license: LicenseId,
        request: offline::Request,
        door: ArrivedBy,
    ) -> AppResult<OfflineAnswer> {
        let (nonce, asked) = (request.nonce.clone(), asked(request, door)?);
        let activation = self
            .activate_license(scope, license, asked, Some(nonce.to_string()))
            .await?;
        let response = offline::Response {
            v: offline::VERSION,
            nonce,
            machine: offline::ActivatedMachine {
                id: activation.activated.machine.id,
                token: activation.token.expose().to_owned(),
            },
            computer_key: activation.computer_key.clone(),
            lease: activation.lease.clone(),
        };
        Ok(OfflineAnswer {
            text: response.write()?,
            activation,
        })
    }

    /// Takes a machine's receipt and frees its seat.
    ///
    /// # Errors
    /// Those of [`accept_receipt`]. What is not found is refused like what is not proven.
    pub async fn deactivate_offline(
        &self,
        knock: &Knock,
        receipt: offline::Receipt,
    ) -> AppResult<ReceiptAnswer> {
        let host = match &knock.host {
            HostTenant::Shared => self.issuer_host(&receipt.iss).await?,
            own => own.clone(),
        };
        let access = self
            .gate()
            .program_by_machine(&host, receipt.machine, &knock.origin)
            .await?;
        let access = access.ok_or(AppError::ReceiptRefused(ReceiptFault::Proof))?;
        self.deactivate_offline_in(&access.scope, receipt).await
    }

    /// The same for whoever has a scope already: the command line.
    ///
    /// # Errors
    /// As for [`Platform::deactivate_offline`].
    pub async fn deactivate_offline_in(
        &self,
        scope: &Scope,
        receipt: offline::Receipt,
    ) -> AppResult<ReceiptAnswer> {
        let platform = self.clone();
        let work = move |tx: &mut TenantTx<'_>| {
            let accepted = accept_receipt(tx, platform.vault(), &receipt)?;
            let product: ProductId = accepted.license.product_id;
            let ring = platform.keys().ring(tx, product)?;
            Ok::<_, AppError>((accepted, ring, tx.now()))
        };
        let (accepted, ring, now) = self.db().write(scope, work).await?;
        Ok(ReceiptAnswer {
            accepted,
            ring,
            now,
        })
    }
}

/// What a request asks for, as a program over the network would.
fn asked(request: offline::Request, door: ArrivedBy) -> AppResult<ActivationRequest> {
    let wrong = |field: &str, error: &dyn std::fmt::Display| {
        OfflineError::Fields(format!("machine.{field}: {error}"))
    };
    let machine = request.machine;
    Ok(ActivationRequest {
        fingerprint: machine
            .fingerprint
            .parse()
            .map_err(|error| wrong("fingerprint", &error))?,
        components: machine
            .components
            .try_into()
            .map_err(|error| wrong("components", &error))?,
        name: machine.name.unwrap_or_default(),
        platform: machine.platform.unwrap_or_default(),
        app_version: machine.app_version.unwrap_or_default(),
        user: request.user,
        site: machine.site,
        arrived_by: door,
    })
}
