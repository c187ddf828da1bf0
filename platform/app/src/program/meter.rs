//! A program counts what it used.

use std::sync::Arc;

use alvara_domain::id::MachineId;
use alvara_domain::time::UtcTime;
use alvara_store::{Scope, TenantTx};
use alvara_tenants::ProgramAccess;

use super::Knock;
use crate::error::{AppError, AppResult};
use crate::keyring::Ring;
use crate::license::meter::{MeterState, increment};
use crate::platform::Platform;

/// What was counted, and what signs the answer.
#[derive(Debug)]
pub struct MeterAnswer {
    /// Where the counter stands now.
    pub state: MeterState,
    /// The product's keys.
    pub ring: Arc<Ring>,
    /// When it was counted.
    pub now: UtcTime,
}

impl Platform {
    /// The machine of a token, and the scope in which it is answered.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when nobody has this token.
    pub async fn machine_of(
        &self,
        knock: &Knock,
        token: &str,
    ) -> AppResult<(ProgramAccess, MachineId)> {
        let access = self
            .gate()
            .program_by_token(&knock.host, token, &knock.origin)
            .await?;
        let access = access.ok_or(AppError::NotFound("machine"))?;
        let machine = access.machine.ok_or(AppError::NotFound("machine"))?;
        Ok((access, machine))
    }

    /// Counts what a machine used.
    ///
    /// # Errors
    /// Those of [`increment`].
    pub async fn count(
        &self,
        scope: &Scope,
        machine: MachineId,
        name: String,
        by: u32,
    ) -> AppResult<MeterAnswer> {
        let platform = self.clone();
        let work = move |tx: &mut TenantTx<'_>| {
            let (license, state) = increment(tx, machine, &name, by)?;
            let ring = platform.keys().ring(tx, license.product_id)?;
            Ok::<_, AppError>(MeterAnswer {
                state,
                ring,
                now: tx.now(),
            })
        };
        self.db().write(scope, work).await
    }
}
