//! From the errors of the rooms below to what a person at the terminal is told.

use alvara_app::AppError;
use alvara_domain::fault::FieldFault;
use alvara_tenants::{GateError, ProvisionRefused};

use crate::exit::{Exit, Failure};

impl From<GateError> for Failure {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Store(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<ProvisionRefused> for Failure {
    fn from(error: ProvisionRefused) -> Self {
        match error {
            ProvisionRefused::Invalid(faults) => refused_fields(&faults),
            ProvisionRefused::SlugTaken => {
                Self::refused(error.to_string()).hint("choose another slug")
            }
            ProvisionRefused::Failed(error) => error.into(),
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Store(error) => error.into(),
            AppError::NotFound(_) => Self::new(Exit::NotFound, error.to_string())
                .hint("check the id, and that it belongs to the tenant named with --tenant"),
            AppError::Invalid(faults) => refused_fields(&faults),
            AppError::Stale => {
                Self::refused("it changed meanwhile").hint("look at it again and repeat")
            }
            other => Self::refused(other.to_string()),
        }
    }
}

fn refused_fields(faults: &[FieldFault]) -> Failure {
    let lines: Vec<String> = faults
        .iter()
        .map(|fault| {
            format!(
                "{}: {}",
                fault.pointer.trim_start_matches('/'),
                fault.detail
            )
        })
        .collect();
    Failure::refused(lines.join("; "))
}
