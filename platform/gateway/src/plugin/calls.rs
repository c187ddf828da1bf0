//! The calls of the contract. Each has the same shape: the house's values go over into the
//! contract's, a fresh instance answers, the answer is checked on its way back.

use alvara_domain::money::Money;
use alvara_domain::payment::ask::{ChargeAsk, InboundRequest, MandateAsk, Pair, RefundAsk};
use alvara_domain::payment::report::{
    ChargeReport, InboundReply, MandateReport, PaymentEvent, RefundReport,
};
use alvara_domain::payment::{PspRef, Violation};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::{BatchEntry, BatchFile, BatchInstruction, InboundAnswer, Plugin};
use crate::account::Call;
use crate::blot::Blotter;
use crate::call::Kind;
use crate::fault::CallFault;
use crate::host::Host;
use crate::v1::check::{Checked, name, nonsense};
use crate::v1::types::CallContext;
use crate::v1::{ask, batch_files, report, webhooks};
use crate::veil::Veil;

/// The longest word of a provider about its registration that is shown, in bytes.
const LONGEST_NOTE: usize = 4_096;

impl Plugin {
    /// Whether the plugin takes these settings. What it refuses, by field.
    ///
    /// # Errors
    /// [`CallFault`] when it fails; refusing is no failure.
    pub async fn validate_config(&self, call: &Call) -> Result<Vec<Violation>, CallFault> {
        let charges = self.charges.clone();
        let config = ask::pairs(&call.account.config);
        self.run_plain(
            call,
            Kind::Alone,
            |said: Result<(), Vec<_>>| said.map_or_else(report::violations, |()| Ok(Vec::new())),
            move |store: &mut Store<Host>, instance: Instance| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_validate_config(store, &config).await
                })
            },
        )
        .await
    }

    /// A harmless look at the provider with the account's credentials.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn health_check(&self, call: &Call) -> Result<(), CallFault> {
        let charges = self.charges.clone();
        self.ask(
            call,
            Kind::Look,
            Ok,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_health_check(store, &context).await
                })
            },
        )
        .await
    }

    /// Creates a charge. The same key leads to the same object at the provider.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn create(&self, call: &Call, wanted: &ChargeAsk) -> Result<ChargeReport, CallFault> {
        let charges = self.charges.clone();
        let request = ask::charge(wanted);
        self.ask(
            call,
            Kind::Charge,
            report::charge,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_create(store, &context, &request).await
                })
            },
        )
        .await
    }

    /// Goes on after a redirect; `query` holds the parameters of the return address.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn complete(
        &self,
        call: &Call,
        refs: &[PspRef],
        query: &[Pair],
    ) -> Result<ChargeReport, CallFault> {
        let charges = self.charges.clone();
        let (refs, query) = (ask::refs(refs), ask::pairs(query));
        self.ask(
            call,
            Kind::Charge,
            report::charge,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_complete(store, &context, &refs, &query).await
                })
            },
        )
        .await
    }

    /// Cancels what is not paid yet, or gives an authorisation back.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn cancel(&self, call: &Call, refs: &[PspRef]) -> Result<ChargeReport, CallFault> {
        let charges = self.charges.clone();
        let refs = ask::refs(refs);
        self.ask(
            call,
            Kind::Charge,
            report::charge,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_cancel(store, &context, &refs).await
                })
            },
        )
        .await
    }

    /// Asks how a charge stands.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn sync(&self, call: &Call, refs: &[PspRef]) -> Result<ChargeReport, CallFault> {
        let charges = self.charges.clone();
        let refs = ask::refs(refs);
        self.ask(
            call,
            Kind::Charge,
            report::charge,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_sync(store, &context, &refs).await
                })
            },
        )
        .await
    }

    /// Looks for a charge whose creation nobody heard the end of. `None`: the provider has nothing.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn find_by_key(
        &self,
        call: &Call,
        wanted: &ChargeAsk,
    ) -> Result<Option<ChargeReport>, CallFault> {
        let charges = self.charges.clone();
        let request = ask::charge(wanted);
        self.ask(
            call,
            Kind::Charge,
            report::found,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let charges = charges.load(&mut *store, &instance)?;
                    charges.call_find_by_key(store, &context, &request).await
                })
            },
        )
        .await
    }

    /// Takes money that was held; `last`: what is left is given back.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn capture(
        &self,
        call: &Call,
        refs: &[PspRef],
        amount: Money,
        last: LastCapture,
    ) -> Result<ChargeReport, CallFault> {
        let Some(captures) = self.captures.clone() else {
            return Err(CallFault::missing("captures"));
        };
        let (refs, amount) = (ask::refs(refs), ask::money(amount));
        let last = last == LastCapture::Yes;
        self.ask(
            call,
            Kind::Charge,
            report::charge,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let captures = captures.load(&mut *store, &instance)?;
                    captures
                        .call_capture(store, &context, &refs, &amount, last)
                        .await
                })
            },
        )
        .await
    }

    /// Gives money back.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn refund(&self, call: &Call, wanted: &RefundAsk) -> Result<RefundReport, CallFault> {
        let Some(refunds) = self.refunds.clone() else {
            return Err(CallFault::missing("refunds"));
        };
        let request = ask::refund(wanted);
        self.ask(
            call,
            Kind::Charge,
            report::refund,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let refunds = refunds.load(&mut *store, &instance)?;
                    refunds.call_refund(store, &context, &request).await
                })
            },
        )
        .await
    }

    /// Asks how a refund stands.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn sync_refund(
        &self,
        call: &Call,
        refs: &[PspRef],
    ) -> Result<RefundReport, CallFault> {
        let Some(refunds) = self.refunds.clone() else {
            return Err(CallFault::missing("refunds"));
        };
        let refs = ask::refs(refs);
        self.ask(
            call,
            Kind::Charge,
            report::refund,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let refunds = refunds.load(&mut *store, &instance)?;
                    refunds.call_sync(store, &context, &refs).await
                })
            },
        )
        .await
    }

    /// Sets up a mandate.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn mandate_setup(
        &self,
        call: &Call,
        wanted: &MandateAsk,
    ) -> Result<MandateReport, CallFault> {
        let Some(mandates) = self.mandates.clone() else {
            return Err(CallFault::missing("mandates"));
        };
        let request = ask::mandate(wanted);
        self.ask(
            call,
            Kind::Charge,
            report::mandate,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let mandates = mandates.load(&mut *store, &instance)?;
                    mandates.call_setup(store, &context, &request).await
                })
            },
        )
        .await
    }

    /// Goes on with a mandate after a redirect.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn mandate_complete_setup(
        &self,
        call: &Call,
        refs: &[PspRef],
        query: &[Pair],
    ) -> Result<MandateReport, CallFault> {
        let Some(mandates) = self.mandates.clone() else {
            return Err(CallFault::missing("mandates"));
        };
        let (refs, query) = (ask::refs(refs), ask::pairs(query));
        self.ask(
            call,
            Kind::Charge,
            report::mandate,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let mandates = mandates.load(&mut *store, &instance)?;
                    mandates
                        .call_complete_setup(store, &context, &refs, &query)
                        .await
                })
            },
        )
        .await
    }

    /// Asks how a mandate stands.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn mandate_sync(
        &self,
        call: &Call,
        refs: &[PspRef],
    ) -> Result<MandateReport, CallFault> {
        let Some(mandates) = self.mandates.clone() else {
            return Err(CallFault::missing("mandates"));
        };
        let refs = ask::refs(refs);
        self.ask(
            call,
            Kind::Charge,
            report::mandate,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let mandates = mandates.load(&mut *store, &instance)?;
                    mandates.call_sync(store, &context, &refs).await
                })
            },
        )
        .await
    }

    /// Ends a mandate.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn mandate_cancel(
        &self,
        call: &Call,
        refs: &[PspRef],
        reason: &str,
    ) -> Result<MandateReport, CallFault> {
        let Some(mandates) = self.mandates.clone() else {
            return Err(CallFault::missing("mandates"));
        };
        let (refs, reason) = (ask::refs(refs), reason.to_owned());
        self.ask(
            call,
            Kind::Charge,
            report::mandate,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let mandates = mandates.load(&mut *store, &instance)?;
                    mandates.call_cancel(store, &context, &refs, &reason).await
                })
            },
        )
        .await
    }

    /// Collects by a mandate.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn mandate_charge(
        &self,
        call: &Call,
        refs: &[PspRef],
        wanted: &ChargeAsk,
    ) -> Result<ChargeReport, CallFault> {
        let Some(mandates) = self.mandates.clone() else {
            return Err(CallFault::missing("mandates"));
        };
        let (refs, request) = (ask::refs(refs), ask::charge(wanted));
        self.ask(
            call,
            Kind::Charge,
            report::charge,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let mandates = mandates.load(&mut *store, &instance)?;
                    mandates.call_charge(store, &context, &refs, &request).await
                })
            },
        )
        .await
    }

    /// The first and the last day before a charge's due date on which a mandate's charge can be
    /// handed in.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn mandate_lead_time_days(&self, call: &Call) -> Result<(u32, u32), CallFault> {
        let Some(mandates) = self.mandates.clone() else {
            return Err(CallFault::missing("mandates"));
        };
        self.run_plain(
            call,
            Kind::Alone,
            |(first, last): (u32, u32)| {
                if first < last || first > 366 {
                    return nonsense("lead-time-days", "from the earlier day to the later one");
                }
                Ok((first, last))
            },
            move |store: &mut Store<Host>, instance: Instance| {
                Box::pin(async move {
                    let mandates = mandates.load(&mut *store, &instance)?;
                    mandates.call_lead_time_days(store).await
                })
            },
        )
        .await
    }

    /// Checks and reads what a provider sent. It may look at the provider, not change anything there.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn handle_webhook(
        &self,
        call: &Call,
        received: &InboundRequest,
    ) -> Result<InboundAnswer, CallFault> {
        let webhooks = self.webhooks.clone();
        let request = ask::inbound(received);
        self.ask(
            call,
            Kind::Webhook,
            inbound,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let webhooks = webhooks.load(&mut *store, &instance)?;
                    webhooks.call_handle(store, &context, &request).await
                })
            },
        )
        .await
    }

    /// Tells the provider where to call. What it answers that is worth showing.
    ///
    /// Where the account has a secret `webhook_token`, the provider is told to repeat it in the address,
    /// as the parameter `token`: the plugin does not see it here (it checks it in each webhook), and what is
    /// answered here does not show it.
    /// An address with parameters of its own is told as it is.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn register_webhook(&self, call: &Call, url: &str) -> Result<Vec<Pair>, CallFault> {
        let webhooks = self.webhooks.clone();
        let veil = Veil::of(call, &self.powers(call)).filter(|_| !url.contains('?'));
        let url = match &veil {
            Some(_) => Veil::over(url),
            None => url.to_owned(),
        };
        let said = self
            .ask(
                call,
                Kind::Charge,
                report::notes,
                move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                    Box::pin(async move {
                        if let Some(veil) = veil {
                            store.data_mut().cover(veil);
                        }
                        let webhooks = webhooks.load(&mut *store, &instance)?;
                        webhooks.call_register(store, &context, &url).await
                    })
                },
            )
            .await?;
        // A provider may repeat the address it was told, word and all.
        let blotter = Blotter::new(&call.account.secrets);
        let shown = |(key, value): Pair| (key, blotter.text(Veil::hide(&value), LONGEST_NOTE));
        Ok(said.into_iter().map(shown).collect())
    }

    /// Makes a file for the bank; `sequence` rises by one with each file of the account.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn export_remittance(
        &self,
        call: &Call,
        sequence: u64,
        entries: &[BatchEntry],
    ) -> Result<BatchFile, CallFault> {
        let Some(batch_files) = self.batch_files.clone() else {
            return Err(CallFault::missing("batch-files"));
        };
        let entries: Vec<_> = entries.iter().map(entry).collect();
        self.ask(
            call,
            Kind::Batch,
            file,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let batch_files = batch_files.load(&mut *store, &instance)?;
                    batch_files
                        .call_export_remittance(store, &context, sequence, &entries)
                        .await
                })
            },
        )
        .await
    }

    /// Reads a file of the bank.
    ///
    /// # Errors
    /// [`CallFault`].
    pub async fn import_return(
        &self,
        call: &Call,
        content: &[u8],
    ) -> Result<Vec<PaymentEvent>, CallFault> {
        let Some(batch_files) = self.batch_files.clone() else {
            return Err(CallFault::missing("batch-files"));
        };
        let content = content.to_vec();
        self.ask(
            call,
            Kind::Batch,
            report::events,
            move |store: &mut Store<Host>, instance: Instance, context: CallContext| {
                Box::pin(async move {
                    let batch_files = batch_files.load(&mut *store, &instance)?;
                    batch_files
                        .call_import_return(store, &context, &content)
                        .await
                })
            },
        )
        .await
    }
}

/// Whether more of an authorisation will be taken later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastCapture {
    /// No: what is left is given back.
    Yes,
    /// Perhaps.
    No,
}

fn inbound(said: webhooks::InboundResult) -> Checked<InboundAnswer> {
    let events: Vec<PaymentEvent> = report::events(said.events)?;
    let reply: InboundReply = report::reply(said.reply)?;
    Ok(InboundAnswer { events, reply })
}

fn entry(entry: &BatchEntry) -> batch_files::Entry {
    batch_files::Entry {
        instruction: match entry.instruction {
            BatchInstruction::Register => batch_files::Instruction::Register,
            BatchInstruction::Cancel => batch_files::Instruction::Cancel,
            BatchInstruction::ChangeDueDate => batch_files::Instruction::ChangeDueDate,
        },
        request: ask::charge(&entry.ask),
    }
}

fn file(said: batch_files::File) -> Checked<BatchFile> {
    let named = name("file.name", said.name, 128)?;
    if named.contains(['/', '\\']) || named.starts_with('.') {
        return nonsense("file.name", "a name with a folder");
    }
    Ok(BatchFile {
        name: named,
        content: said.content,
    })
}
