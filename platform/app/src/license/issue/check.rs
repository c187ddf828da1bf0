//! What may be wrong with what is asked for, before anything is read.

use alvara_domain::fault::{FaultCode, FieldFault};
use alvara_domain::money::BasisPoints;

use super::IssueRequest;

pub(super) fn faults(request: &IssueRequest) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let texts = [
        ("/user", request.user.as_deref(), 254),
        ("/site", request.site.as_deref(), 100),
        ("/note", Some(request.note.as_str()), 500),
    ];
    for (pointer, text, longest) in texts {
        let Some(text) = text else { continue };
        if text.chars().count() > longest {
            faults.push(FieldFault::new(
                pointer,
                FaultCode::TooLong,
                format!("at most {longest} characters"),
            ));
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            faults.push(FieldFault::new(
                pointer,
                FaultCode::Malformed,
                "control characters are not allowed",
            ));
        }
    }
    for (pointer, text) in [("/user", &request.user), ("/site", &request.site)] {
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            faults.push(FieldFault::new(
                pointer,
                FaultCode::Required,
                "leave it out rather than blank",
            ));
        }
    }
    let name = request.machine.as_ref().map(|machine| &machine.name);
    if name.is_some_and(|name| name.chars().count() > 200) {
        faults.push(FieldFault::new(
            "/machine/name",
            FaultCode::TooLong,
            "at most 200 characters",
        ));
    }
    if request
        .machine_limit
        .is_some_and(|limit| !(1..=1_000_000).contains(&limit))
    {
        faults.push(FieldFault::new(
            "/machine_limit",
            FaultCode::OutOfRange,
            "1 to 1 000 000",
        ));
    }
    if request.modules.is_some() && request.features.is_some() {
        faults.push(FieldFault::new(
            "/features",
            FaultCode::Conflict,
            "say modules or features, not both",
        ));
    }
    if request.plan_id.is_none() && request.discount != BasisPoints::ZERO {
        faults.push(FieldFault::new(
            "/discount_percent",
            FaultCode::Conflict,
            "a discount is taken off the price of a plan",
        ));
    }
    faults
}
