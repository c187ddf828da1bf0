//! Version 1 of the contract: the generated types, and what they become in the house.

pub(crate) mod ask;
pub(crate) mod check;
pub(crate) mod describe;
pub(crate) mod report;

wasmtime::component::bindgen!({
    path: "../../plugins/wit",
    world: "complete-payment-plugin",
    imports: { default: async | trappable },
    exports: { default: async },
});

pub(crate) use alvara::payment::{clock, http, kv, log, random, secrets, types};
pub(crate) use exports::alvara::payment::{
    batch_files, captures, charges, mandates, refunds, webhooks,
};
