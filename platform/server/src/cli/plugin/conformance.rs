//! `alvara plugin test`: the conformance script, against a file in the real host. The provider is
//! simulated from `conformance.toml`; limits, egress, secrets and the checks of answers are those of
//! an installation.

mod further;
mod webhook;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alvara_domain::charge::ChargeState;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::{ChargeId, RefundId, Ulid};
use alvara_domain::money::Money;
use alvara_domain::payment::ask::{CaptureMode, ChargeAsk, Due, InboundRequest, RefundAsk, Source};
use alvara_domain::payment::report::{Capability, ChargeReport};
use alvara_domain::payment::{Environment, PluginFaultKind, PspRef};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_gateway::{
    Account, Call, Gateway, GatewayConfig, Grants, MemoryServices, Plugin, Secrets,
};
use alvara_store::Clock;
use clap::Args;
use serde::Serialize;
use serde_json::json;

use self::further::source_of;
use super::super::{Form, print};
use super::author::{Looked, look, read_file};
use super::provider::{Provider, Scripted};
use super::record::{Asked, same_again, told_apart};
use super::script::{
    Behind, Checked, Script, Step, compare, expected, other_refs, same_refs, stands, told, unbroken,
};
use super::simulated::Simulated;
use crate::exit::{Failure, Outcome};

/// How long a call may wait for a provider that says nothing, milliseconds.
const PATIENCE: u32 = 3_000;

#[derive(Debug, Args)]
pub(in crate::cli) struct Test {
    /// The plugin's file, as `alvara plugin build` wrote it
    file: PathBuf,
    /// The script [default: conformance.toml beside the file]
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", content = "why", rename_all = "lowercase")]
enum Verdict {
    Passed,
    Failed(String),
    Skipped(String),
}

impl Test {
    pub(super) async fn run(&self) -> Outcome {
        let path = match &self.script {
            Some(path) => path.clone(),
            None => self.file.with_file_name("conformance.toml"),
        };
        let text = String::from_utf8_lossy(&read_file(&path)?).into_owned();
        let script = Script::read(&text)
            .map_err(|error| Failure::refused(format!("{}: {error}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut stage = Stage::set(self, script).await?;
        stage.play(&folder).await;
        let failed = stage
            .results
            .iter()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_)))
            .count();
        if self.form.json {
            let steps: Vec<_> = stage
                .results
                .iter()
                .map(|(step, verdict)| json!({ "step": step, "result": verdict }))
                .collect();
            print::json(&json!({ "steps": steps, "failed": failed }))?;
        } else {
            for (step, verdict) in &stage.results {
                print::line(match verdict {
                    Verdict::Passed => format!("ok    {step}"),
                    Verdict::Failed(why) => format!("FAIL  {step}: {why}"),
                    Verdict::Skipped(why) => format!("skip  {step}: {why}"),
                });
            }
        }
        if failed > 0 {
            return Err(Failure::refused(format!("{failed} step(s) failed")));
        }
        Ok(())
    }
}

/// A plugin, a provider and a payment account.
struct Stage {
    script: Script,
    provider: Provider,
    simulated: Option<Simulated>,
    plugin: Arc<Plugin>,
    grants: Grants,
    services: Arc<MemoryServices>,
    now: UtcTime,
    results: Vec<(&'static str, Verdict)>,
}

impl Stage {
    async fn set(test: &Test, script: Script) -> Outcome<Self> {
        let refused = |error: String| Failure::refused(error);
        let simulated = match script.provider {
            Behind::Script => None,
            Behind::Simulator => Some(Simulated::open()?),
        };
        let provider = Provider::open(simulated.as_ref().map(|it| it.page))?;
        let gateway = Gateway::new(GatewayConfig {
            allow_loopback: true,
            instances: 4,
            roots_pem: vec![provider.root_pem.clone()],
            ..GatewayConfig::default()
        })
        .map_err(|error| refused(error.to_string()))?;
        let Looked {
            package,
            manifest,
            inspected,
        } = look(&gateway, &test.file).await?;
        if !manifest.hosts.configurable {
            return Err(refused("the provider cannot be simulated: plugin.toml names fixed hosts only".to_owned())
                .hint("take the host from a setting and say `configurable = true` in [hosts]; payment accounts may do without it"));
        }
        let mut grants = Grants::all(&manifest);
        grants.limits.wall_ms = PATIENCE;
        let hosts = grants.hosts.entry(Environment::Sandbox).or_default();
        hosts.insert(provider.address.to_string());
        let component = package.component;
        let plugin = gateway
            .load(inspected.digest, &manifest, move || component)
            .await
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self {
            script,
            provider,
            simulated,
            plugin,
            grants,
            services: Arc::default(),
            now: Clock::system().now(),
            results: Vec::new(),
        })
    }

    /// Every step, in the order of a charge's life.
    async fn play(&mut self, folder: &Path) {
        let checked = self.settings().await;
        self.note("settings are taken", Some(checked));
        let step = self.script.bad_settings.clone();
        let checked = match step {
            Some(bad) => Some(self.bad_settings(&bad).await),
            None => None,
        };
        self.note("bad settings are refused", checked);
        let checked = match self.script.register.clone() {
            Some(register) => Some(self.register(&register.url).await),
            None => None,
        };
        self.note("the provider is told where to call", checked);
        let made = self.creations().await;
        let mut refs = made
            .as_ref()
            .map(|one| one.refs.clone())
            .unwrap_or_default();
        let paid = "a paid charge";
        match self.script.paid.clone() {
            Some(_) if refs.is_empty() => self.note_without_charge(paid),
            Some(step) => {
                let checked = self.paid(&step, &mut refs).await;
                self.note(paid, Some(checked));
            }
            None => self.note(paid, None),
        }
        let checked = match self.script.decline.clone() {
            Some(step) => Some(self.declined(&step).await),
            None => None,
        };
        self.note("decline", checked);
        let checked = match self.script.timeout.clone() {
            Some(step) => Some(self.timeout(&step).await),
            None => None,
        };
        self.note("timeout is unknown, and is found", checked);
        self.webhooks().await;
        self.refund(&refs).await;
        self.any_order(made.as_ref()).await;
        self.captures().await;
        self.mandates().await;
        self.files(folder).await;
        let checked = self.garbage(&refs).await;
        self.note("a provider's garbage is never money", Some(checked));
        let checked = self.hostile().await;
        self.note("hostile input is answered", Some(checked));
    }

    /// A charge is created, once more under its key, and under another key. The charge of the first.
    async fn creations(&mut self) -> Option<ChargeReport> {
        const AGAIN: &str = "the same key again is the same charge";
        const ANOTHER: &str = "another key is another charge";
        let Some(step) = self.script.create.clone() else {
            for name in ["create", AGAIN, ANOTHER] {
                self.note(name, None);
            }
            return None;
        };
        let created = self.create(&step, self.ask(1)).await;
        let (made, checked) = match created {
            Ok(made) => (made, Ok(())),
            Err(why) => (None, Err(why)),
        };
        self.note("create", Some(checked));
        if let Some(first) = &made {
            let sent = self.provider.seen();
            let again = self.again(&step, first, &sent).await;
            self.note(AGAIN, Some(again));
            let another = self.another(&step, first, &sent).await;
            self.note(ANOTHER, Some(another));
        } else {
            self.note_without_charge(AGAIN);
            self.note_without_charge(ANOTHER);
        }
        made
    }

    /// The answers are canned, so what counts is that the provider is sent the same.
    async fn again(&self, step: &Step, first: &ChargeReport, sent: &[Asked]) -> Checked {
        let made = self.create(step, self.ask(1)).await?;
        let refs = made.map(|made| made.refs).unwrap_or_default();
        same_refs(&first.refs, &refs)?;
        same_again(sent, &self.provider.seen())
    }

    /// What is sent, or for a plugin that sends nothing what it reports, follows the key.
    async fn another(&self, step: &Step, first: &ChargeReport, sent: &[Asked]) -> Checked {
        let (mut ask, mut call) = self.ask(1);
        "another-key".clone_into(&mut call.idempotency_key);
        // What is numbered as a title has another number then.
        if let Some(due) = &mut ask.due {
            due.bank_sequence = due.bank_sequence.map(|number| number + 100);
        }
        let made = self.create(step, (ask, call)).await?;
        if made.is_some_and(|made| other_refs(&first.refs, &made.refs)) {
            return Ok(());
        }
        told_apart(sent, &self.provider.seen())
    }

    /// Notes a step; `None`: the script has nothing for it.
    fn note(&mut self, step: &'static str, checked: Option<Checked>) {
        let verdict = match checked {
            None => Verdict::Skipped("the script has nothing for it".to_owned()),
            Some(Ok(())) => Verdict::Passed,
            Some(Err(why)) => Verdict::Failed(why),
        };
        self.results.push((step, verdict));
    }

    /// Notes a step that needs the charge which create should have made.
    fn note_without_charge(&mut self, step: &'static str) {
        let why = if self.script.create.is_some() {
            "create did not succeed, or reported no reference"
        } else {
            "the script creates no charge"
        };
        self.results.push((step, Verdict::Skipped(why.to_owned())));
    }

    fn filled(&self, text: &str) -> String {
        text.replace("{host}", &self.provider.address.to_string())
            .replace("{now}", &self.now.seconds().to_string())
    }

    fn call(&self, key: &str, settings: Option<&BTreeMap<String, String>>) -> Call {
        let mut config = self.script.settings.clone();
        config.extend(settings.cloned().unwrap_or_default());
        let config = config
            .into_iter()
            .map(|(name, value)| (name, self.filled(&value)))
            .collect();
        Call {
            account: Arc::new(Account {
                tenant: "test".to_owned(),
                account: "test".to_owned(),
                environment: Environment::Sandbox,
                config,
                grants: self.grants.clone(),
                secrets: self.script.secrets.clone().into_iter().collect::<Secrets>(),
                certs: BTreeMap::new(),
                time_zone: ZoneName::utc(),
            }),
            services: Arc::clone(&self.services) as Arc<dyn alvara_gateway::Services>,
            idempotency_key: key.to_owned(),
            attempt: 1,
            now: self.now,
        }
    }

    /// The charge of a number, which is also its key.
    fn ask(&self, number: u128) -> (ChargeAsk, Call) {
        let charge_id = ChargeId::from_ulid(Ulid::from(number));
        let charge = &self.script.charge;
        let ask = ChargeAsk {
            charge_id,
            method: charge.method.clone(),
            amount: Money::new(charge.amount_minor, charge.currency),
            customer: self.payer(),
            source: Source::None,
            capture: CaptureMode::Automatic,
            description: "alvara plugin test".to_owned(),
            items: Vec::new(),
            expires_at: None,
            due: charge.due_in_days.and_then(|days| self.due(number, days)),
            card: None,
            return_url: Some("https://shop.example/back".to_owned()),
            cancel_url: None,
            webhook_url: Some("https://shop.example/hook".to_owned()),
            save_for_later: false,
            metadata: Vec::new(),
        };
        (ask, self.call(&charge_id.to_string(), None))
    }

    /// Due in so many days, as the title of this number.
    fn due(&self, number: u128, days: i32) -> Option<Due> {
        let today = CivilDate::of(self.now, &ZoneName::utc());
        Some(Due {
            due_date: today.plus_days(days).ok()?,
            days_valid_after_due: 5,
            fine: None,
            monthly_interest: None,
            discount: None,
            instructions: Vec::new(),
            bank_sequence: u64::try_from(number).ok(),
        })
    }

    /// Presses the step's button of what is known by one of these names.
    fn pressed(&self, step: &Step, refs: &[PspRef]) -> Checked {
        match (&step.press, &self.simulated) {
            (None, _) => Ok(()),
            (Some(button), Some(simulated)) => simulated.press(refs, button),
            (Some(_), None) => Err("only the payment simulator has buttons".to_owned()),
        }
    }

    /// The step's answers come before the common ones.
    fn answers(&self, step: &Step) {
        let all = step.answer.iter().chain(&self.script.answer);
        self.provider.play(all.cloned().collect());
    }

    async fn settings(&self) -> Checked {
        let refused = self
            .plugin
            .validate_config(&self.call("settings", None))
            .await
            .map_err(told)?;
        match refused.first() {
            None => Ok(()),
            Some(first) => Err(format!("{}: {}", first.property, first.reason)),
        }
    }

    async fn bad_settings(&self, bad: &BTreeMap<String, String>) -> Checked {
        let call = self.call("settings", Some(bad));
        let refused = self.plugin.validate_config(&call).await.map_err(told)?;
        if refused.is_empty() {
            return Err("the plugin takes them".to_owned());
        }
        Ok(())
    }

    async fn create(
        &self,
        step: &Step,
        (mut ask, call): (ChargeAsk, Call),
    ) -> Result<Option<ChargeReport>, String> {
        self.answers(step);
        ask.source = source_of(step);
        let made = self.plugin.create(&call, &ask).await;
        expected(step, made)
    }

    /// The provider refuses at once, or after a button was pressed.
    async fn declined(&self, step: &Step) -> Checked {
        if step.press.is_none() {
            return self.create(step, self.ask(2)).await.map(drop);
        }
        self.answers(step);
        let (mut ask, call) = self.ask(2);
        ask.source = source_of(step);
        let made = self.plugin.create(&call, &ask).await.map_err(told)?;
        self.pressed(step, &made.refs)?;
        expected(step, self.plugin.sync(&call, &made.refs).await).map(drop)
    }

    async fn register(&self, url: &str) -> Checked {
        self.provider.play(self.script.answer.clone());
        let call = self.call("register", None);
        let told_where = self.plugin.register_webhook(&call, url).await;
        told_where.map(drop).map_err(told)
    }

    /// How the charge stands when it was paid; what the provider calls it by then is known, too.
    async fn paid(&self, step: &Step, refs: &mut Vec<PspRef>) -> Checked {
        self.answers(step);
        self.pressed(step, refs)?;
        let (_, call) = self.ask(1);
        let Some(report) = expected(step, self.plugin.sync(&call, refs).await)? else {
            return Ok(());
        };
        for one in &report.refs {
            if refs.iter().all(|known| known.kind != one.kind) {
                refs.push(one.clone());
            }
        }
        let asked = self.script.charge.amount_minor;
        let captured = report.captured.amount_minor;
        if report.state == ChargeState::Paid && captured != asked {
            return Err(format!(
                "{asked} was asked for and {captured} is reported as taken"
            ));
        }
        Ok(())
    }

    async fn timeout(&self, step: &Step) -> Checked {
        self.answers(step);
        let (mut ask, call) = self.ask(3);
        ask.source = source_of(step);
        match self.plugin.create(&call, &ask).await {
            Ok(report) => return Err(format!("silence is reported as {}", report.state)),
            Err(fault) if fault.fault.kind == PluginFaultKind::OutcomeUnknown => {}
            Err(fault) => {
                return Err(format!(
                    "silence after a request that changes something is outcome_unknown, not {}",
                    told(fault)
                ));
            }
        }
        let found = self.plugin.find_by_key(&call, &ask).await;
        let found = found.map_err(told)?;
        let found = found.ok_or_else(|| "find_by_key does not find it".to_owned())?;
        expected(step, Ok(found)).map(drop)
    }

    async fn refund(&mut self, refs: &[PspRef]) {
        if !self.plugin.capabilities().contains(&Capability::Refunds) {
            let why = "the plugin does not export it".to_owned();
            self.results.push(("refund", Verdict::Skipped(why)));
            return;
        }
        let step = match self.script.refund.clone() {
            Some(_) if refs.is_empty() => return self.note_without_charge("refund"),
            Some(step) => step,
            None => return self.note("refund", None),
        };
        self.answers(&step);
        let (charge, _) = self.ask(1);
        let refund_id = RefundId::from_ulid(Ulid::from(1_u128));
        // A key of its own, as the platform gives it: providers take one for one request only.
        let call = self.call(&refund_id.to_string(), None);
        let ask = RefundAsk {
            refund_id,
            charge_id: charge.charge_id,
            refs: refs.to_vec(),
            amount: charge.amount,
            reason: "alvara plugin test".to_owned(),
        };
        let made = self.plugin.refund(&call, &ask).await;
        let checked = compare(&step, made.map(|report| report.state.to_string()));
        // What becomes of it then is told by webhook.
        let checked = checked.and_then(|()| self.pressed(&step, refs));
        self.note("refund", Some(checked));
    }

    /// Whatever a provider says that is no answer, no money comes of it and the plugin stands.
    async fn garbage(&self, refs: &[PspRef]) -> Checked {
        let html = "<html><body>Service temporarily unavailable</body></html>";
        for (status, kind, body) in [
            (200, "text/html", html),
            (200, "application/json", "{\"id\":"),
            (200, "application/json", "[]"),
            (200, "application/json", ""),
            (302, "text/plain", ""),
            (500, "application/json", "{}"),
            (429, "application/json", "{}"),
            (401, "application/json", "{}"),
        ] {
            self.provider.play(Scripted::always(status, kind, body));
            let (ask, call) = self.ask(4);
            let created = self.plugin.create(&call, &ask).await;
            stands(&format!("create, answered {status} {body:?}"), created)?;
            if !refs.is_empty() {
                let synced = self.plugin.sync(&call, refs).await;
                stands(&format!("sync, answered {status} {body:?}"), synced)?;
            }
        }
        Ok(())
    }

    /// Requests that nobody means well: the plugin answers or refuses, and never breaks.
    async fn hostile(&self) -> Checked {
        self.provider.play_alone(self.script.answer.clone());
        let bodies: [Vec<u8>; 5] = [
            Vec::new(),
            b"{".repeat(60_000),
            vec![0xff; 1024],
            b"null".to_vec(),
            vec![b'a'; 250_000],
        ];
        for body in bodies {
            let request = InboundRequest {
                method: "POST".to_owned(),
                path: format!("/{}", "x".repeat(2_000)),
                query: "a=b&&=%00%ff&".repeat(50),
                headers: vec![("x-signature".to_owned(), "z".repeat(4_000))],
                body,
                remote_ip: "192.0.2.1".to_owned(),
                client_cert_sha256: None,
            };
            let call = self.call("hostile", None);
            match self.plugin.handle_webhook(&call, &request).await {
                Ok(answer) if answer.events.is_empty() => {}
                Ok(_) => return Err("an event is read out of nonsense".to_owned()),
                Err(fault) => unbroken("a webhook of nonsense", &fault)?,
            }
        }
        let (ask, call) = self.ask(5);
        let strange = [
            ChargeAsk {
                amount: Money::new(i64::MAX, ask.amount.currency),
                ..ask.clone()
            },
            ChargeAsk {
                description: "\u{202e}\u{0}\u{1f4a9}".repeat(500),
                ..ask.clone()
            },
            ChargeAsk {
                method: "no-such-method".to_owned(),
                return_url: Some("javascript:alert(1)".to_owned()),
                ..ask
            },
        ];
        for ask in strange {
            if let Err(fault) = self.plugin.create(&call, &ask).await {
                unbroken("a strange charge", &fault)?;
            }
        }
        Ok(())
    }
}
