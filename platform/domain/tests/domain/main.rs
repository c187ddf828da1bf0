//! The rules of licensing, by table and by property.

#[cfg(test)]
mod armour;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod charge;
#[cfg(test)]
mod fingerprint;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod key;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod license;
#[cfg(test)]
mod module;
#[cfg(test)]
mod node;
#[cfg(test)]
mod offline;
#[cfg(test)]
mod order;
#[cfg(test)]
mod price;
#[cfg(test)]
mod product;
#[cfg(test)]
mod recurring;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod states;
#[cfg(test)]
mod tax_id;
#[cfg(test)]
mod terms;
#[cfg(test)]
mod text;
#[cfg(test)]
mod time;
#[cfg(test)]
mod verdict;
