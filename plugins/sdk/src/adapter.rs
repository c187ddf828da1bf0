//! Turns a [`PaymentPlugin`] into what the generated exports want.

use std::marker::PhantomData;

use crate::bindings::batch::exports::alvara::payment::batch_files;
use crate::bindings::captures::exports::alvara::payment::captures;
use crate::bindings::exports::alvara::payment::{charges, webhooks};
use crate::bindings::mandates::exports::alvara::payment::mandates;
use crate::bindings::refunds::exports::alvara::payment::refunds;
use crate::{
    Answer, CallContext, Capabilities, ChargeRequest, ChargeState, InboundRequest, InboundResult,
    KeyValue, MandateRequest, MandateState, Money, PaymentEvent, PaymentPlugin, PspRef,
    RefundRequest, RefundState, Violation,
};

/// The exports of a plugin.
pub struct Adapter<P>(PhantomData<P>);

impl<P: PaymentPlugin> charges::Guest for Adapter<P> {
    fn describe() -> Capabilities {
        P::describe()
    }
    fn validate_config(config: Vec<KeyValue>) -> Result<(), Vec<Violation>> {
        P::validate_config(&config)
    }
    fn health_check(ctx: CallContext) -> Answer<()> {
        P::health_check(&ctx)
    }
    fn create(ctx: CallContext, req: ChargeRequest) -> Answer<ChargeState> {
        P::create(&ctx, &req)
    }
    fn complete(ctx: CallContext, refs: Vec<PspRef>, query: Vec<KeyValue>) -> Answer<ChargeState> {
        P::complete(&ctx, &refs, &query)
    }
    fn cancel(ctx: CallContext, refs: Vec<PspRef>) -> Answer<ChargeState> {
        P::cancel(&ctx, &refs)
    }
    fn sync(ctx: CallContext, refs: Vec<PspRef>) -> Answer<ChargeState> {
        P::sync(&ctx, &refs)
    }
    fn find_by_key(ctx: CallContext, req: ChargeRequest) -> Answer<Option<ChargeState>> {
        P::find_by_key(&ctx, &req)
    }
}

impl<P: PaymentPlugin> webhooks::Guest for Adapter<P> {
    fn handle(ctx: CallContext, req: InboundRequest) -> Answer<InboundResult> {
        P::handle_webhook(&ctx, &req)
    }
    fn register(ctx: CallContext, url: String) -> Answer<Vec<KeyValue>> {
        P::register_webhook(&ctx, &url)
    }
}

impl<P: PaymentPlugin> captures::Guest for Adapter<P> {
    fn capture(
        ctx: CallContext,
        refs: Vec<PspRef>,
        amount: Money,
        last: bool,
    ) -> Answer<ChargeState> {
        P::capture(&ctx, &refs, &amount, last)
    }
}

impl<P: PaymentPlugin> refunds::Guest for Adapter<P> {
    fn refund(ctx: CallContext, req: RefundRequest) -> Answer<RefundState> {
        P::refund(&ctx, &req)
    }
    fn sync(ctx: CallContext, refs: Vec<PspRef>) -> Answer<RefundState> {
        P::sync_refund(&ctx, &refs)
    }
}

impl<P: PaymentPlugin> mandates::Guest for Adapter<P> {
    fn lead_time_days() -> (u32, u32) {
        P::lead_time_days()
    }
    fn setup(ctx: CallContext, req: MandateRequest) -> Answer<MandateState> {
        P::setup_mandate(&ctx, &req)
    }
    fn complete_setup(
        ctx: CallContext,
        refs: Vec<PspRef>,
        query: Vec<KeyValue>,
    ) -> Answer<MandateState> {
        P::complete_mandate(&ctx, &refs, &query)
    }
    fn sync(ctx: CallContext, refs: Vec<PspRef>) -> Answer<MandateState> {
        P::sync_mandate(&ctx, &refs)
    }
    fn cancel(ctx: CallContext, refs: Vec<PspRef>, reason: String) -> Answer<MandateState> {
        P::cancel_mandate(&ctx, &refs, &reason)
    }
    fn charge(ctx: CallContext, refs: Vec<PspRef>, req: ChargeRequest) -> Answer<ChargeState> {
        P::charge_mandate(&ctx, &refs, &req)
    }
}

impl<P: PaymentPlugin> batch_files::Guest for Adapter<P> {
    fn export_remittance(
        ctx: CallContext,
        sequence: u64,
        entries: Vec<batch_files::Entry>,
    ) -> Answer<batch_files::File> {
        P::export_remittance(&ctx, sequence, &entries)
    }
    fn import_return(ctx: CallContext, content: Vec<u8>) -> Answer<Vec<PaymentEvent>> {
        P::import_return(&ctx, &content)
    }
}
