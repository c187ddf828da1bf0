//! What a language's standard library asks for by itself, and gets as nothing: an empty environment,
//! a seed that is no secret. The rest of `wasi:io` and `wasi:cli` traps when it is called, so a guest
//! that prints or exits ends its call.

use wasmtime::component::Linker;

use super::{Host, Stop};

const SEED: &str = "wasi:random/insecure-seed@0.2.6";
const ENVIRONMENT: &str = "wasi:cli/environment@0.2.6";

/// The imports that a component may have besides the contract's. Some language's library has them in
/// every component; none of them leads out of the box.
pub(crate) fn is_harmless(interface: &str) -> bool {
    interface.starts_with("wasi:io/")
        || interface.starts_with("wasi:cli/")
        || interface == "wasi:random/insecure-seed"
}

pub(crate) fn add_to_linker(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker
        .instance(SEED)?
        // Fresh for each call: a provider that knew it could choose keys that make maps slow.
        .func_wrap("insecure-seed", |_, (): ()| {
            let mut seed = [0; 16];
            openssl::rand::rand_bytes(&mut seed).map_err(|_| {
                Stop::Host(crate::services::ServiceFault("no randomness".to_owned()))
            })?;
            let (high, low) = seed.split_at(8);
            let number = |bytes: &[u8]| {
                bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
            };
            Ok(((number(high), number(low)),))
        })?;
    let mut environment = linker.instance(ENVIRONMENT)?;
    environment.func_wrap("get-environment", |_, (): ()| {
        Ok((Vec::<(String, String)>::new(),))
    })?;
    environment.func_wrap("get-arguments", |_, (): ()| Ok((Vec::<String>::new(),)))?;
    environment.func_wrap("initial-cwd", |_, (): ()| Ok((None::<String>,)))?;
    Ok(())
}
