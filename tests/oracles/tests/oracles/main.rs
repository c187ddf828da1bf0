//! What strangers think of boletos, BR Codes, signatures and requests.

#[cfg(test)]
mod boletos;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod pix_api;
#[cfg(test)]
mod signatures;
