//! What is done with a floating seat, one file a verb.

pub mod give_back;
pub mod keep;
pub(crate) mod reclaim;
pub mod take;

use alvara_domain::fault::FaultCode;
use alvara_domain::fingerprint::Comparison;
use alvara_domain::id::MachineId;
use alvara_domain::license::License;
use alvara_domain::machine::{Machine, Metrics};
use alvara_domain::product::Product;
use alvara_domain::seat::Seat;
use alvara_domain::terms::{Binding, Terms};
use alvara_domain::verdict::{Asks, MachineFact, Verdict};
use alvara_store::TenantTx;
use alvara_store::machines::{self, Call, Watch};

use crate::error::{AppError, AppResult};
use crate::machine::activate::{Case, Novelty};
use crate::machine::case::recorded_site;
use crate::machine::{clones, presence};

/// A seat that a machine holds.
#[derive(Debug, Clone)]
pub struct HeldSeat {
    /// The license.
    pub license: License,
    /// Its product.
    pub product: Product,
    /// The machine.
    pub machine: Machine,
    /// The seat as it is now.
    pub seat: Seat,
    /// Whether it was taken just now.
    pub novelty: Novelty,
    /// What was decided: valid, perhaps with a warning.
    pub verdict: Verdict,
}

/// A machine with its license, of which it is decided that it may run.
struct Sitter {
    case: Case,
    machine: Machine,
    verdict: Verdict,
}

impl Sitter {
    /// Finds the machine and decides whether it may have a floating seat at all.
    fn admit(tx: &mut TenantTx<'_>, id: MachineId) -> AppResult<Self> {
        let machine = machines::find(tx, id)?.ok_or(AppError::NotFound("machine"))?;
        let case = Case::load(tx, machine.license_id)?;
        let asks = Asks {
            user: case.recorded_user(tx, &machine)?,
            site: recorded_site(&machine),
            ..Asks::default()
        };
        let fact = MachineFact::Known {
            state: machine.state,
            comparison: &Comparison::Same,
        };
        let verdict = case.decide(fact, asks, tx.now());
        if !verdict.valid {
            return Err(AppError::Refused(Box::new(verdict)));
        }
        require_floating(&case.license)?;
        Ok(Self {
            case,
            machine,
            verdict,
        })
    }

    /// Notes that the machine called: who keeps a seat is there.
    fn touch(&mut self, tx: &mut TenantTx<'_>) -> AppResult<()> {
        let terms = &self.case.license.terms;
        clones::examine(tx, terms, &self.machine, None)?;
        let before = self.machine.clone();
        self.machine.last_seen_at = tx.now();
        self.machine.lease_until = terms.lease_until(tx.now());
        self.machine.online_until = terms.online_until(tx.now());
        let call = Call {
            app_version: None,
            metrics: Metrics::default(),
            lease_until: self.machine.lease_until,
            online_until: self.machine.online_until,
            computer_key_held: None,
            watch: Watch::Yes,
        };
        if presence::called(tx, &before, &call)? {
            Ok(())
        } else {
            Err(AppError::contended())
        }
    }

    fn holding(self, seat: Seat, novelty: Novelty) -> HeldSeat {
        HeldSeat {
            license: self.case.license,
            product: self.case.product,
            machine: self.machine,
            seat,
            novelty,
            verdict: self.verdict,
        }
    }
}

/// Refuses what is about seats where there are none.
fn require_floating(license: &License) -> AppResult<()> {
    if license.terms.binding == Binding::Floating {
        Ok(())
    } else {
        Err(AppError::NotFloating)
    }
}

/// Whether a seat may be borrowed for so long.
fn check_borrowing(terms: &Terms, borrow_for: Option<u32>) -> AppResult<()> {
    let limit = terms.borrow_limit_seconds;
    let detail = match borrow_for {
        None => return Ok(()),
        Some(_) if limit == 0 => "seats of this license cannot be borrowed".to_owned(),
        Some(seconds) if (1..=limit).contains(&seconds) => return Ok(()),
        Some(_) => format!("1 to {limit} seconds"),
    };
    Err(AppError::field(
        "/borrow_for",
        FaultCode::OutOfRange,
        detail,
    ))
}
