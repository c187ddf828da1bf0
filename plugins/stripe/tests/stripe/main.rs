//! Stripe, played, and its events.

#[cfg(test)]
mod charge;
#[cfg(test)]
mod mandate;
#[cfg(test)]
mod webhook;
