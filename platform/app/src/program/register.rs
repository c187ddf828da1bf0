//! A program registers itself, and activates as soon as it may.

use std::sync::Arc;

use alvara_domain::time::UtcTime;
use alvara_store::{Actor, TenantTx, registrations};

use super::{ActivationAnswer, Knock};
use crate::error::{AppError, AppResult};
use crate::keyring::Ring;
use crate::platform::Platform;
use crate::registration::{Received, RegistrationRequest, receive};

/// What a program that registers is answered.
#[derive(Debug)]
pub enum RegistrationAnswer {
    /// It may run: the same that an activation answers.
    Approved {
        /// Key material.
        answer: Box<ActivationAnswer>,
        /// The product's keys, to sign the answer.
        ring: Arc<Ring>,
    },
    /// Nobody has decided.
    Waiting {
        /// The registration.
        received: Box<Received>,
        /// The product's keys, to sign the answer.
        ring: Arc<Ring>,
        /// When this was decided.
        now: UtcTime,
    },
}

impl Platform {
    /// Takes the registration of a program and, where it is approved, activates its machine under
    /// the license it got.
    ///
    /// # Errors
    /// Those of [`receive`] and of an activation; [`AppError::NotFound`] at a host that is no
    /// tenant's own.
    pub async fn register_program(
        &self,
        knock: &Knock,
        request: RegistrationRequest,
        nonce: Option<String>,
    ) -> AppResult<RegistrationAnswer> {
        let scope = self
            .gate()
            .registrar(&knock.host, Actor::Program, &knock.origin)
            .ok_or(AppError::NotFound("product"))?;
        let (platform, machine) = (self.clone(), request.machine.clone());
        let work = move |tx: &mut TenantTx<'_>| {
            let received = receive(tx, platform.vault(), &request)?;
            let ring = platform.keys().ring(tx, received.product.id)?;
            Ok::<_, AppError>((received, ring, tx.now()))
        };
        let (received, ring, now) = self.db().write(&scope, work).await?;
        let Some(license) = received.license else {
            return Ok(RegistrationAnswer::Waiting {
                received: Box::new(received),
                ring,
                now,
            });
        };
        let access = self
            .gate()
            .program_by_license(&knock.host, license, &knock.origin)
            .await?
            .ok_or(AppError::NotFound("license"))?;
        let answer = self
            .activate_license(&access.scope, license, machine, nonce)
            .await?;
        let (id, machine) = (received.registration.id, answer.activated.machine.id);
        if received.registration.machine_id != Some(machine) {
            let note = move |tx: &mut TenantTx<'_>| registrations::set_machine(tx, id, machine);
            self.db().write(&scope, note).await?;
        }
        Ok(RegistrationAnswer::Approved {
            answer: Box::new(answer),
            ring,
        })
    }
}
