//! `conformance.toml`, and how what a plugin did is compared with it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alvara_domain::money::Currency;
use alvara_domain::payment::PspRef;
use alvara_domain::payment::ask::PostalAddress;
use alvara_domain::payment::report::ChargeReport;
use alvara_gateway::CallFault;
use data_encoding::HEXLOWER;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use serde::Deserialize;

use super::provider::Scripted;

/// `conformance.toml`. A step that is left out is skipped.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    #[serde(default)]
    pub(super) provider: Behind,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) charge: Charge,
    pub(super) customer: Option<Customer>,
    #[serde(default)]
    pub(super) answer: Vec<Scripted>,
    pub(super) register: Option<Register>,
    pub(super) create: Option<Step>,
    pub(super) paid: Option<Step>,
    pub(super) decline: Option<Step>,
    pub(super) timeout: Option<Step>,
    pub(super) webhook: Option<Webhook>,
    /// What the provider tells after that, in its order.
    #[serde(default)]
    pub(super) further_webhook: Vec<Webhook>,
    pub(super) refund: Option<Step>,
    pub(super) capture: Option<Step>,
    pub(super) mandate: Option<Step>,
    pub(super) approval: Option<Step>,
    pub(super) collection: Option<Step>,
    pub(super) mandate_end: Option<Step>,
    pub(super) files: Option<Files>,
    pub(super) bad_settings: Option<BTreeMap<String, String>>,
}

impl Script {
    /// Reads a script; the text says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let script: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let steps = [
            ("create", &script.create),
            ("paid", &script.paid),
            ("decline", &script.decline),
            ("timeout", &script.timeout),
            ("refund", &script.refund),
            ("capture", &script.capture),
            ("mandate", &script.mandate),
            ("approval", &script.approval),
            ("collection", &script.collection),
            ("mandate_end", &script.mandate_end),
        ];
        // A step that expects nothing would pass whatever comes of it.
        for (name, step) in steps {
            if step
                .as_ref()
                .is_some_and(|step| step.state.is_none() && step.fault.is_none())
            {
                return Err(format!(
                    "[{name}] says neither the `state` nor the `fault` that must come of it"
                ));
            }
        }
        Ok(script)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Charge {
    pub(super) method: String,
    pub(super) amount_minor: i64,
    pub(super) currency: Currency,
    /// The charges fall due in so many days, and each is a title with a number of its own.
    pub(super) due_in_days: Option<i32>,
}

/// Who answers what the script does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Behind {
    /// Nobody: it is 404.
    #[default]
    Script,
    /// The payment simulator, whose webhooks are the provider's then.
    Simulator,
}

/// Who pays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) email: Option<String>,
    /// Eleven digits.
    pub(super) cpf: Option<String>,
    pub(super) address: Option<PostalAddress>,
}

/// Where the provider is told to call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    pub(super) url: String,
}

/// Files to and from a bank.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    /// Settings of the account besides, where it is another that speaks by files.
    #[serde(default)]
    pub(super) settings: BTreeMap<String, String>,
    /// A file that the bank sent, beside the script.
    pub(super) returned: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// The state that is reported.
    pub(super) state: Option<String>,
    /// The fault that is reported instead.
    pub(super) fault: Option<String>,
    /// The charge is paid with this token of the provider's fields.
    pub(super) token: Option<String>,
    /// The button of the payment simulator that is pressed.
    pub(super) press: Option<String>,
    #[serde(default)]
    pub(super) answer: Vec<Scripted>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    #[serde(default)]
    pub(super) body: String,
    #[serde(default)]
    pub(super) query: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) hmac_sha256: Option<Hmac>,
    /// A query that is not the provider's, where a shared word and no signature proves it.
    pub(super) forged_query: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hmac {
    pub(super) secret: String,
    pub(super) over: String,
    pub(super) header: String,
    pub(super) header_value: String,
}

/// Why a step did not pass.
pub(super) type Checked = Result<(), String>;

pub(super) fn tag_of(secret: &str, over: &str) -> Result<String, openssl::error::ErrorStack> {
    let key = PKey::hmac(secret.as_bytes())?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(over.as_bytes())?;
    Ok(HEXLOWER.encode(&signer.sign_to_vec()?))
}

pub(super) fn told(fault: CallFault) -> String {
    format!(
        "{} ({}, {}): {}",
        fault.fault.kind, fault.blame, fault.happened, fault.fault.message
    )
}

/// The report, when it is what the step expects; `None` for a fault that it expects.
pub(super) fn expected(
    step: &Step,
    made: Result<ChargeReport, CallFault>,
) -> Result<Option<ChargeReport>, String> {
    match made {
        Ok(report) => compare(step, Ok(report.state.to_string())).map(|()| Some(report)),
        Err(fault) => compare(step, Err(fault)).map(|()| None),
    }
}

pub(super) fn compare(step: &Step, made: Result<String, CallFault>) -> Checked {
    match (made, &step.state, &step.fault) {
        (Ok(state), Some(wanted), _) if state == *wanted => Ok(()),
        (Ok(state), Some(wanted), _) => Err(format!("{wanted} is expected, {state} is reported")),
        (Ok(state), None, Some(wanted)) => Err(format!(
            "the fault {wanted} is expected, {state} is reported"
        )),
        (Ok(state), None, None) => Err(format!("{state} is reported, and nothing is expected")),
        (Err(fault), _, Some(wanted)) if fault.fault.kind.as_str() == wanted => Ok(()),
        (Err(fault), _, _) => Err(told(fault)),
    }
}

/// A provider need not tell all its names each time: one is the same, and none is another.
pub(super) fn same_refs(first: &[PspRef], again: &[PspRef]) -> Checked {
    if first.is_empty() {
        return Err("no reference of the provider's is reported".to_owned());
    }
    let renamed = |one: &PspRef| {
        let mut others = again.iter().filter(|other| other.kind == one.kind);
        others.any(|other| other.value != one.value)
    };
    if first.iter().any(|one| again.contains(one)) && !first.iter().any(renamed) {
        return Ok(());
    }
    Err("the references differ: it is another one".to_owned())
}

/// Whether these are the references of another charge, not fewer of the same one's.
pub(super) fn other_refs(first: &[PspRef], other: &[PspRef]) -> bool {
    !other.is_empty() && same_refs(first, other).is_err()
}

/// A fault is fine as long as the plugin said it.
pub(super) fn unbroken(what: &str, fault: &CallFault) -> Checked {
    if fault.counts_against_the_plugin() {
        return Err(format!("{what}: {}", told(fault.clone())));
    }
    Ok(())
}

pub(super) fn stands(what: &str, made: Result<ChargeReport, CallFault>) -> Checked {
    match made {
        Ok(report) if report.captured.amount_minor > 0 => Err(format!("{what}: money is reported")),
        Ok(_) => Ok(()),
        Err(fault) => unbroken(what, &fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARGE: &str = "[charge]\nmethod = \"pix\"\namount_minor = 100\ncurrency = \"BRL\"\n";

    fn named(pairs: &[(&str, &str)]) -> Vec<PspRef> {
        let name = |(kind, value): &(&str, &str)| PspRef {
            kind: (*kind).to_owned(),
            value: (*value).to_owned(),
        };
        pairs.iter().map(name).collect()
    }

    // R-PAY-01
    #[test]
    fn another_name_is_another_charge_and_one_name_less_is_not() {
        let first = named(&[("number", "1"), ("txid", "t")]);
        assert_eq!(same_refs(&first, &first), Ok(()));
        assert_eq!(same_refs(&first, &named(&[("number", "1")])), Ok(()));
        assert!(same_refs(&first, &named(&[("number", "2")])).is_err());
        assert!(same_refs(&first, &named(&[("number", "1"), ("txid", "u")])).is_err());
        assert!(same_refs(&first, &[]).is_err());
        assert!(same_refs(&[], &[]).is_err());
        assert!(other_refs(
            &first,
            &named(&[("number", "2"), ("txid", "t")])
        ));
        assert!(!other_refs(&first, &named(&[("number", "1")])));
        assert!(!other_refs(&first, &[]));
    }

    // R-PAY-01
    #[test]
    fn a_step_says_what_must_come_of_it() {
        let read = |steps: &str| Script::read(&format!("{CHARGE}{steps}")).map(drop);
        assert_eq!(read(""), Ok(()));
        assert_eq!(read("[create]\nstate = \"paid\"\n"), Ok(()));
        assert_eq!(read("[files]\nreturned = \"a.ret\"\n"), Ok(()));
        assert_eq!(read("[decline]\nfault = \"unauthenticated\"\n"), Ok(()));
        let steps = [
            "create",
            "paid",
            "decline",
            "timeout",
            "refund",
            "capture",
            "mandate",
            "approval",
            "collection",
            "mandate_end",
        ];
        for step in steps {
            let refused = read(&format!("[{step}]\n"));
            assert!(refused.is_err_and(|why| why.contains(step)), "{step}");
        }
    }
}
