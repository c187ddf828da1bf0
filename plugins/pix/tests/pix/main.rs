//! PIX against a provider that is played, and BR Codes of the field.

#[cfg(test)]
mod brcode;
#[cfg(test)]
mod mandate;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod psp;
#[cfg(test)]
mod webhook;
