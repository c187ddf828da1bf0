//! What a license and its machines go through after the sale.

mod change;
mod handed_over;
mod metrics;
mod online;
mod renewal_keys;
mod reserved;
mod transfer;
