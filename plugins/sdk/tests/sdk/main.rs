//! The SDK: what it exports, how it reads and writes, what becomes of requests.

#[cfg(test)]
mod components;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod outcomes;
