//! Mercado Pago, played.

#[cfg(test)]
mod charge;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod mandate;
#[cfg(test)]
mod webhook;
