//! What programs ask about floating seats.

use alvara_domain::certificate::seat_lease_claims;
use alvara_domain::id::{MachineId, SeatId};
use alvara_domain::time::UtcTime;
use alvara_store::{Scope, TenantTx};

use super::Knock;
use crate::error::{AppError, AppResult};
use crate::machine::certify;
use crate::platform::Platform;
use crate::seat::HeldSeat;
use crate::seat::give_back::give_back;
use crate::seat::keep::keep;
use crate::seat::take::{TakeRequest, take};

/// A floating seat, signed.
#[derive(Debug)]
pub struct SeatAnswer {
    /// License, machine and seat.
    pub held: HeldSeat,
    /// Proof of it until it ends.
    pub lease: String,
    /// When this was decided.
    pub now: UtcTime,
}

impl Platform {
    /// A machine takes a floating seat.
    ///
    /// # Errors
    /// Those of [`take`]; [`AppError::NotFound`] when nobody has this token.
    pub async fn take_seat(
        &self,
        knock: &Knock,
        token: &str,
        request: TakeRequest,
        nonce: Option<String>,
    ) -> AppResult<SeatAnswer> {
        let (scope, machine) = self.sitter(knock, token).await?;
        self.seated(&scope, nonce, move |tx| take(tx, machine, &request))
            .await
    }

    /// A machine keeps its floating seat.
    ///
    /// # Errors
    /// Those of [`keep`]; [`AppError::NotFound`] when nobody has this token.
    pub async fn keep_seat(
        &self,
        knock: &Knock,
        token: &str,
        (id, borrow_for): (SeatId, Option<u32>),
        nonce: Option<String>,
    ) -> AppResult<SeatAnswer> {
        let (scope, machine) = self.sitter(knock, token).await?;
        self.seated(&scope, nonce, move |tx| keep(tx, machine, id, borrow_for))
            .await
    }

    /// A machine gives its floating seat back.
    ///
    /// # Errors
    /// Those of [`give_back`]; [`AppError::NotFound`] when nobody has this token.
    pub async fn return_seat(&self, knock: &Knock, token: &str, id: SeatId) -> AppResult<()> {
        let (scope, machine) = self.sitter(knock, token).await?;
        self.db()
            .write(&scope, move |tx| give_back(tx, machine, id))
            .await
    }

    /// Whose token it is.
    async fn sitter(&self, knock: &Knock, token: &str) -> AppResult<(Scope, MachineId)> {
        let access = self
            .gate()
            .program_by_token(&knock.host, token, &knock.origin)
            .await?;
        let access = access.ok_or(AppError::NotFound("machine token"))?;
        let machine = access.machine.ok_or(AppError::NotFound("machine token"))?;
        Ok((access.scope, machine))
    }

    async fn seated(
        &self,
        scope: &Scope,
        nonce: Option<String>,
        work: impl Fn(&mut TenantTx<'_>) -> AppResult<HeldSeat> + Send + 'static,
    ) -> AppResult<SeatAnswer> {
        let platform = self.clone();
        let work = move |tx: &mut TenantTx<'_>| {
            let held = work(tx)?;
            let ring = platform.keys().ring(tx, held.product.id)?;
            Ok::<_, AppError>((held, ring, tx.now()))
        };
        let (held, ring, now) = self.db().write(scope, work).await?;
        let claims = seat_lease_claims(&held.license, &held.machine, &held.seat, nonce, now);
        let lease = certify::sign_lease(ring.active(), &claims)?;
        Ok(SeatAnswer { held, lease, now })
    }
}
