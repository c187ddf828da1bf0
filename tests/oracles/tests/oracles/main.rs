//! What strangers think of boletos, files of banks, BR Codes, signatures and requests.

#[cfg(test)]
mod boletos;
#[cfg(test)]
mod cnab;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod pix_api;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod stripe_fake;
#[cfg(test)]
mod wire;
