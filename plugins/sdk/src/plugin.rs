//! What a plugin is: one trait, with an answer for what a provider cannot do.

use crate::{
    CallContext, Capabilities, ChargeRequest, ChargeState, Entry, ErrorKind, Fault, File,
    InboundRequest, InboundResult, KeyValue, MandateRequest, MandateState, Money, PaymentEvent,
    PluginError, PspRef, RefundRequest, RefundState, Violation,
};

/// What a plugin answers.
pub type Answer<T> = Result<T, PluginError>;

/// "This provider has no such thing."
///
/// # Errors
/// Always: `unsupported`.
pub fn unsupported<T>(what: &str) -> Answer<T> {
    Err(Fault::of(
        ErrorKind::Unsupported,
        format!("{what} is not supported"),
    ))
}

/// What the provider calls something, by kind.
#[must_use]
pub fn reference<'a>(refs: &'a [PspRef], kind: &str) -> Option<&'a str> {
    refs.iter()
        .find(|reference| reference.kind == kind)
        .map(|reference| reference.value.as_str())
}

/// One integration with one provider or bank.
///
/// No method has a `self`: a plugin remembers nothing between calls. What has a default belongs to
/// an optional interface, or answers `unsupported`. A method of an optional interface is reached
/// only when [`crate::export_plugin!`] names the interface.
pub trait PaymentPlugin {
    /// What the plugin is and can do. Calls nothing, and says the same each time.
    fn describe() -> Capabilities;

    /// Checks the settings of a payment account.
    ///
    /// # Errors
    /// Which settings are wrong, and why.
    fn validate_config(config: &[KeyValue]) -> Result<(), Vec<Violation>>;

    /// A harmless look at the provider with the account's credentials.
    ///
    /// # Errors
    /// Whatever the provider says against it.
    fn health_check(ctx: &CallContext) -> Answer<()>;

    /// Creates a charge; the same key leads to the same object at the provider.
    ///
    /// # Errors
    /// `outcome-unknown` when the request left and no answer came.
    fn create(ctx: &CallContext, request: &ChargeRequest) -> Answer<ChargeState>;

    /// After a redirect. What came back with the customer is a hint: the default asks the provider.
    ///
    /// # Errors
    /// Those of [`PaymentPlugin::sync`].
    fn complete(ctx: &CallContext, refs: &[PspRef], query: &[KeyValue]) -> Answer<ChargeState> {
        let _ = query;
        Self::sync(ctx, refs)
    }

    /// Cancels what is not paid yet, or gives an authorisation back.
    ///
    /// # Errors
    /// `conflict` when it is too late.
    fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState> {
        let _ = (ctx, refs);
        unsupported("canceling a charge")
    }

    /// How a charge stands at the provider.
    ///
    /// # Errors
    /// `malformed` for a status that is not known: never a guess.
    fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<ChargeState>;

    /// Looks for a charge whose creation nobody heard the end of.
    ///
    /// # Errors
    /// Anything but "the provider has nothing", which is `None`.
    fn find_by_key(ctx: &CallContext, request: &ChargeRequest) -> Answer<Option<ChargeState>>;

    /// Checks and reads what the provider sent.
    ///
    /// # Errors
    /// `bad-signature` for what the provider did not send.
    fn handle_webhook(ctx: &CallContext, request: &InboundRequest) -> Answer<InboundResult> {
        let _ = (ctx, request);
        unsupported("a webhook")
    }

    /// Tells the provider where to call.
    ///
    /// # Errors
    /// `unsupported` where that is done by hand.
    fn register_webhook(ctx: &CallContext, url: &str) -> Answer<Vec<KeyValue>> {
        let _ = (ctx, url);
        unsupported("registering a webhook")
    }

    /// `captures`: takes what was authorised.
    ///
    /// # Errors
    /// `conflict` when there is nothing to take.
    fn capture(
        ctx: &CallContext,
        refs: &[PspRef],
        amount: &Money,
        last: bool,
    ) -> Answer<ChargeState> {
        let _ = (ctx, refs, amount, last);
        unsupported("capturing")
    }

    /// `refunds`: gives money back.
    ///
    /// # Errors
    /// `outcome-unknown` when the request left and no answer came.
    fn refund(ctx: &CallContext, request: &RefundRequest) -> Answer<RefundState> {
        let _ = (ctx, request);
        unsupported("a refund")
    }

    /// `refunds`: how a refund stands.
    ///
    /// # Errors
    /// `not-found` when the provider has none.
    fn sync_refund(ctx: &CallContext, refs: &[PspRef]) -> Answer<RefundState> {
        let _ = (ctx, refs);
        unsupported("a refund")
    }

    /// `mandates`: the first and the last day before a due date on which a charge can be handed in.
    #[must_use]
    fn lead_time_days() -> (u32, u32) {
        (0, 0)
    }

    /// `mandates`: asks the customer for permission.
    ///
    /// # Errors
    /// `outcome-unknown` when a request left and no answer came.
    fn setup_mandate(ctx: &CallContext, request: &MandateRequest) -> Answer<MandateState> {
        let _ = (ctx, request);
        unsupported("a mandate")
    }

    /// `mandates`: after a redirect.
    ///
    /// # Errors
    /// Those of [`PaymentPlugin::sync_mandate`].
    fn complete_mandate(
        ctx: &CallContext,
        refs: &[PspRef],
        query: &[KeyValue],
    ) -> Answer<MandateState> {
        let _ = query;
        Self::sync_mandate(ctx, refs)
    }

    /// `mandates`: how a mandate stands.
    ///
    /// # Errors
    /// `malformed` for a status that is not known.
    fn sync_mandate(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
        let _ = (ctx, refs);
        unsupported("a mandate")
    }

    /// `mandates`: ends one.
    ///
    /// # Errors
    /// `conflict` when it has ended.
    fn cancel_mandate(ctx: &CallContext, refs: &[PspRef], reason: &str) -> Answer<MandateState> {
        let _ = (ctx, refs, reason);
        unsupported("a mandate")
    }

    /// `mandates`: collects by one.
    ///
    /// # Errors
    /// `outcome-unknown` when the request left and no answer came.
    fn charge_mandate(
        ctx: &CallContext,
        refs: &[PspRef],
        request: &ChargeRequest,
    ) -> Answer<ChargeState> {
        let _ = (ctx, refs, request);
        unsupported("a mandate")
    }

    /// `batch-files`: writes a file for the bank.
    ///
    /// # Errors
    /// `invalid-request`, naming the entry.
    fn export_remittance(ctx: &CallContext, sequence: u64, entries: &[Entry]) -> Answer<File> {
        let _ = (ctx, sequence, entries);
        unsupported("a batch file")
    }

    /// `batch-files`: reads a file of the bank.
    ///
    /// # Errors
    /// `malformed`, naming the line.
    fn import_return(ctx: &CallContext, content: &[u8]) -> Answer<Vec<PaymentEvent>> {
        let _ = (ctx, content);
        unsupported("a batch file")
    }
}
