//! What a plugin can do besides charges: hold money first, collect by a mandate, speak by files.

use std::path::Path;

use alvara_domain::charge::{ChargeState, MandateState};
use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::{MandateId, Ulid};
use alvara_domain::payment::PspRef;
use alvara_domain::payment::ask::{
    CaptureMode, ChargeAsk, MandateAsk, MandateInterval, MandateRetry, Payer, PayerTaxIdKind,
    Source,
};
use alvara_domain::payment::report::{Capability, MandateReport};
use alvara_domain::time::ZoneName;
use alvara_gateway::{BatchEntry, BatchInstruction, CallFault, LastCapture};

use super::super::script::{Checked, Files, Step, compare, expected, same_refs, told, unbroken};
use super::{Stage, Verdict};

/// A mandate's charge is handed in so many days before it is due: within what each network allows.
const AHEAD_DAYS: i32 = 5;

const MANDATE_STEPS: [&str; 4] = [
    "a mandate is set up",
    "a mandate is consented to",
    "a collection by a mandate",
    "a mandate is ended",
];

impl Stage {
    /// Whether the plugin exports it; where it does not, the step is noted as skipped.
    fn exports(&mut self, capability: Capability, step: &'static str) -> bool {
        let has = self.plugin.capabilities().contains(&capability);
        if !has {
            let why = "the plugin does not export it".to_owned();
            self.results.push((step, Verdict::Skipped(why)));
        }
        has
    }

    pub(super) async fn captures(&mut self) {
        const STEP: &str = "captures";
        if !self.exports(Capability::Captures, STEP) {
            return;
        }
        let checked = match self.script.capture.clone() {
            Some(step) => Some(self.captured(&step).await),
            None => None,
        };
        self.note(STEP, checked);
    }

    /// Money is held and not taken; then it is taken, all of it.
    async fn captured(&self, step: &Step) -> Checked {
        self.answers(step);
        let (mut ask, call) = self.ask(6);
        ask.capture = CaptureMode::Manual;
        ask.source = source_of(step);
        let held = self.plugin.create(&call, &ask).await.map_err(told)?;
        if held.state != ChargeState::Authorized {
            return Err(format!(
                "authorized is expected, {} is reported",
                held.state
            ));
        }
        if held.captured.amount_minor != 0 {
            return Err("what is held is reported as taken".to_owned());
        }
        let (refs, amount) = (&held.refs, ask.amount);
        let taken = self.plugin.capture(&call, refs, amount, LastCapture::Yes);
        let Some(report) = expected(step, taken.await)? else {
            return Ok(());
        };
        let (asked, captured) = (amount.amount_minor, report.captured.amount_minor);
        if report.state == ChargeState::Paid && captured != asked {
            return Err(format!(
                "{asked} was held and {captured} is reported as taken"
            ));
        }
        Ok(())
    }

    pub(super) async fn mandates(&mut self) {
        if !self.exports(Capability::Mandates, "mandates") {
            return;
        }
        let Some(step) = self.script.mandate.clone() else {
            return self.note("mandates", None);
        };
        let set_up = self.set_up(&step).await;
        let (made, checked) = match set_up {
            Ok(made) => (made, Ok(())),
            Err(why) => (None, Err(why)),
        };
        self.note(MANDATE_STEPS[0], Some(checked));
        let Some(made) = made else {
            for step in MANDATE_STEPS.into_iter().skip(1) {
                let why = "no mandate was set up".to_owned();
                self.results.push((step, Verdict::Skipped(why)));
            }
            return;
        };
        let mut refs = made.refs.clone();
        let checked = match self.script.approval.clone() {
            Some(step) => Some(self.approved(&step, &made, &mut refs).await),
            None => None,
        };
        self.note(MANDATE_STEPS[1], checked);
        let checked = match self.script.collection.clone() {
            Some(step) => Some(self.collected(&step, &refs).await),
            None => None,
        };
        self.note(MANDATE_STEPS[2], checked);
        let checked = match self.script.mandate_end.clone() {
            Some(step) => {
                self.answers(&step);
                let call = self.call("mandate-end", None);
                let ended = self.plugin.mandate_cancel(&call, &refs, "no longer wanted");
                Some(compared(&step, ended.await).map(drop))
            }
            None => None,
        };
        self.note(MANDATE_STEPS[3], checked);
    }

    /// A mandate whose first charge is paid in the same step; and once more, which is the same.
    async fn set_up(&self, step: &Step) -> Result<Option<MandateReport>, String> {
        self.answers(step);
        let (mut first, call) = self.ask(7);
        first.due = None;
        let today = CivilDate::of(self.now, &ZoneName::utc());
        let ask = MandateAsk {
            mandate_id: MandateId::from_ulid(Ulid::from(7_u128)),
            method: first.method.clone(),
            customer: self.payer().ok_or("the script has no [customer]")?,
            contract: "conformance".to_owned(),
            description: "alvara plugin test".to_owned(),
            interval: MandateInterval::Annual,
            starts_on: today,
            ends_on: None,
            amount: Some(first.amount),
            retry: MandateRetry::None,
            source: Source::None,
            return_url: first.return_url.clone(),
            metadata: Vec::new(),
            first_charge: Some(first),
        };
        let lead = self.plugin.mandate_lead_time_days(&call).await;
        lead.map_err(told)?;
        let made = self.plugin.mandate_setup(&call, &ask).await;
        let Some(made) = compared(step, made)? else {
            return Ok(None);
        };
        let again = self.plugin.mandate_setup(&call, &ask).await;
        same_refs(&made.refs, &again.map_err(told)?.refs)?;
        Ok(Some(made))
    }

    /// The customer consents, which `sync` tells.
    async fn approved(&self, step: &Step, made: &MandateReport, refs: &mut Vec<PspRef>) -> Checked {
        self.answers(step);
        let first = made.first_charge.iter().flat_map(|first| &first.refs);
        let names: Vec<PspRef> = made.refs.iter().chain(first).cloned().collect();
        self.pressed(step, &names)?;
        let call = self.call("mandate-sync", None);
        let now = self.plugin.mandate_sync(&call, refs).await;
        let Some(now) = compared(step, now)? else {
            return Ok(());
        };
        for one in now.refs {
            if refs.iter().all(|known| known.kind != one.kind) {
                refs.push(one);
            }
        }
        let paid = now.first_charge.map(|first| first.captured.amount_minor);
        let asked = self.script.charge.amount_minor;
        match (now.state, paid) {
            (MandateState::Active, Some(paid)) if paid != asked => Err(format!(
                "the first charge is over {asked}, and {paid} is reported as taken"
            )),
            _ => Ok(()),
        }
    }

    async fn collected(&self, step: &Step, refs: &[PspRef]) -> Checked {
        self.answers(step);
        let (mut ask, call) = self.ask(8);
        ask.due = self.due(8, AHEAD_DAYS);
        let made = self.plugin.mandate_charge(&call, refs, &ask).await;
        expected(step, made).map(drop)
    }

    pub(super) async fn files(&mut self, folder: &Path) {
        const REMITTANCE: &str = "a file for the bank";
        const RETURNED: &str = "a file of the bank";
        if !self.exports(Capability::BatchFiles, "files") {
            return;
        }
        let Some(files) = self.script.files.clone() else {
            return self.note("files", None);
        };
        self.provider.play(self.script.answer.clone());
        let checked = self.remittance(&files).await;
        self.note(REMITTANCE, Some(checked));
        let checked = match &files.returned {
            Some(path) => Some(self.returned(&files, &folder.join(path)).await),
            None => None,
        };
        self.note(RETURNED, checked);
    }

    /// The same titles under the same number are the same file: one that got lost is written again.
    async fn remittance(&self, files: &Files) -> Checked {
        let call = self.call("files", Some(&files.settings));
        let entry = |ask: ChargeAsk| BatchEntry {
            instruction: BatchInstruction::Register,
            ask,
        };
        let entries = [self.ask(9), self.ask(10)].map(|(ask, _)| entry(ask));
        let first = self.plugin.export_remittance(&call, 1, &entries).await;
        let first = first.map_err(told)?;
        if first.content.is_empty() || first.name.is_empty() {
            return Err("the file is empty, or has no name".to_owned());
        }
        let again = self.plugin.export_remittance(&call, 1, &entries).await;
        if again.map_err(told)? != first {
            return Err("the same titles under the same number are another file".to_owned());
        }
        let next = self.plugin.export_remittance(&call, 2, &entries).await;
        if next.map_err(told)?.content == first.content {
            return Err("the number of the file is not in it".to_owned());
        }
        Ok(())
    }

    /// Each line is an event, the same whenever it is read; half a file breaks nothing.
    async fn returned(&self, files: &Files, path: &Path) -> Checked {
        let content = std::fs::read(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let call = self.call("files", Some(&files.settings));
        let read = self.plugin.import_return(&call, &content).await;
        let read = read.map_err(told)?;
        if read.is_empty() {
            return Err("no event is read".to_owned());
        }
        let again = self.plugin.import_return(&call, &content).await;
        if again.map_err(told)? != read {
            return Err("its events are others the second time".to_owned());
        }
        let half = &content[..content.len() / 2];
        match self.plugin.import_return(&call, half).await {
            Ok(some) if some.iter().any(|event| !read.contains(event)) => {
                Err("half of the file tells what the whole does not".to_owned())
            }
            Ok(_) => Ok(()),
            Err(fault) => unbroken("half of the file", &fault),
        }
    }

    /// Who pays, as the script says.
    pub(super) fn payer(&self) -> Option<Payer> {
        let customer = self.script.customer.as_ref()?;
        let cpf = customer.cpf.clone();
        Some(Payer {
            id: "conformance".to_owned(),
            name: customer.name.clone(),
            email: customer.email.clone(),
            phone: None,
            tax_id: cpf.map(|number| (PayerTaxIdKind::Cpf, number)),
            address: customer.address.clone(),
        })
    }
}

/// From what a step's charge is paid.
pub(super) fn source_of(step: &Step) -> Source {
    match &step.token {
        Some(token) => Source::SingleUseToken(token.clone()),
        None => Source::None,
    }
}

/// The report, when it is what the step expects; `None` for a fault that it expects.
fn compared(
    step: &Step,
    made: Result<MandateReport, CallFault>,
) -> Result<Option<MandateReport>, String> {
    match made {
        Ok(report) => compare(step, Ok(report.state.to_string())).map(|()| Some(report)),
        Err(fault) => compare(step, Err(fault)).map(|()| None),
    }
}
