//! Every state machine, as the table of all its pairs.

use alvara_domain::customer::CustomerStatus;
use alvara_domain::license::{BatchState, LicenseState, RenewalKeyState};
use alvara_domain::machine::MachineState;
use alvara_domain::node::{NodeKind, NodeState, TenantState};
use alvara_domain::product::{OfferState, ProductState, SigningKeyState};
use alvara_domain::registration::RegistrationState;

/// Checks a rule against a table: one line a value, one column a value, in the order of `ALL`.
fn table<T: Copy + std::fmt::Debug>(all: &[T], rule: impl Fn(T, T) -> bool, rows: &[&str]) {
    assert_eq!(all.len(), rows.len(), "one line for each value");
    for (from, row) in all.iter().zip(rows) {
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            all.len(),
            cells.len(),
            "one column for each value, {from:?}"
        );
        for (to, cell) in all.iter().zip(cells) {
            assert_eq!(rule(*from, *to), cell == "yes", "{from:?} → {to:?}");
        }
    }
}

// R-LIC-02
#[test]
fn license_states() {
    // to:   active suspended pending revoked
    table(
        LicenseState::ALL,
        LicenseState::can_become,
        &[
            "no   yes  no  yes",
            "yes  no   no  yes",
            "yes  no   no  yes",
            "no   no   no  no",
        ],
    );
}

// R-LIC-11
#[test]
fn machine_states() {
    // to:   active blocked deactivated reserved
    table(
        MachineState::ALL,
        MachineState::can_become,
        &[
            "no   yes  yes  no",
            "yes  no   no   no",
            "yes  no   no   no",
            "yes  no   yes  no",
        ],
    );
    assert!(MachineState::Blocked.holds_seat());
    assert!(MachineState::Reserved.holds_seat());
    assert!(!MachineState::Deactivated.holds_seat());
}

// R-LIC-12
#[test]
fn signing_key_states() {
    // to:   next active retiring retired
    table(
        SigningKeyState::ALL,
        SigningKeyState::can_become,
        &[
            "no yes no  yes",
            "no no  yes yes",
            "no no  no  yes",
            "no no  no  no",
        ],
    );
    assert!(
        SigningKeyState::Next.is_published(),
        "a client must never meet an unknown kid"
    );
    assert!(!SigningKeyState::Retired.is_published());
}

// R-LIC-03
#[test]
fn batch_states() {
    // to:   queued running done failed
    table(
        BatchState::ALL,
        BatchState::can_become,
        &[
            "no yes no  yes",
            "no no  yes yes",
            "no no  no  no",
            "no no  no  no",
        ],
    );
}

// R-LIC-09
#[test]
fn renewal_key_states() {
    // to:   unused used revoked
    table(
        RenewalKeyState::ALL,
        RenewalKeyState::can_become,
        &["no yes yes", "no no no", "no no no"],
    );
}

// R-TEN-02 R-LIC-01
#[test]
fn states_that_go_both_ways() {
    let both = ["no yes", "yes no"];
    table(TenantState::ALL, TenantState::can_become, &both);
    table(NodeState::ALL, NodeState::can_become, &both);
    table(ProductState::ALL, ProductState::can_become, &both);
    table(OfferState::ALL, OfferState::can_become, &both);
}

// R-TEN-02
#[test]
fn what_may_be_below_what() {
    // child: operator reseller subcompany agent customer
    table(
        NodeKind::ALL,
        NodeKind::may_hold,
        &[
            "no no yes yes yes",
            "no no yes yes yes",
            "no no yes yes yes",
            "no no no  no  yes",
            "no no no  no  no",
        ],
    );
}

// R-TEN-09
#[test]
fn customer_statuses() {
    // to:   pending validated suspended blocked cancelled
    table(
        CustomerStatus::ALL,
        CustomerStatus::can_become,
        &[
            "no  yes yes yes yes",
            "no  no  yes yes yes",
            "yes yes no  yes yes",
            "yes yes no  no  yes",
            "no  no  no  no  no",
        ],
    );
    assert!(!CustomerStatus::Pending.closes_place() && !CustomerStatus::Validated.closes_place());
    assert!(CustomerStatus::Blocked.closes_place() && CustomerStatus::Cancelled.closes_place());
}

// R-LIC-10
#[test]
fn registration_states() {
    // to:   pending approved refused
    table(
        RegistrationState::ALL,
        RegistrationState::can_become,
        &["no yes yes", "no no  no", "no yes no"],
    );
}
