//! Slips by the banks' manuals, Banco do Brasil's API played, files of the field.

#[cfg(test)]
mod api;
#[cfg(test)]
mod cnab;
#[cfg(test)]
mod slip;
