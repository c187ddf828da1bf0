//! What a language's standard library asks for by itself, and gets as nothing: an empty environment,
//! a seed that is no secret, and output that ends in the plugin's log, so that the message of a
//! panic is not lost. The rest of `wasi:io` and `wasi:cli` traps when it is called.

use wasmtime::StoreContextMut;
use wasmtime::component::{
    ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType,
};

use super::{Host, Stop};
use crate::services::ServiceFault;

const SEED: &str = "wasi:random/insecure-seed@0.2.6";
const ENVIRONMENT: &str = "wasi:cli/environment@0.2.6";
const POLL: &str = "wasi:io/poll@0.2.6";
const STREAMS: &str = "wasi:io/streams@0.2.6";
const OUTPUTS: [(&str, &str); 2] = [
    ("wasi:cli/stdout@0.2.6", "get-stdout"),
    ("wasi:cli/stderr@0.2.6", "get-stderr"),
];

/// What one write may have.
const ROOM: u64 = 4096;

/// The imports that a component may have besides the contract's. Some language's library has them in
/// every component; none of them leads out of the box.
pub(crate) fn is_harmless(interface: &str) -> bool {
    interface.starts_with("wasi:io/")
        || interface.starts_with("wasi:cli/")
        || interface == "wasi:random/insecure-seed"
}

/// A stream that leads to the log.
struct Output;

/// Readiness of such a stream: always.
struct Ready;

/// `stream-error`; the log never fails.
#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Resource<()>),
    #[component(name = "closed")]
    Closed,
}

pub(crate) fn add_to_linker(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker
        .instance(SEED)?
        // Fresh for each call: a provider that knew it could choose keys that make maps slow.
        .func_wrap("insecure-seed", |_, (): ()| {
            let mut seed = [0; 16];
            openssl::rand::rand_bytes(&mut seed)
                .map_err(|_| Stop::Host(ServiceFault("no randomness".to_owned())))?;
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
    for (interface, function) in OUTPUTS {
        let mut output = linker.instance(interface)?;
        stream(&mut output)?;
        output.func_wrap(function, |_, (): ()| Ok((Resource::<Output>::new_own(1),)))?;
    }
    let mut poll = linker.instance(POLL)?;
    pollable(&mut poll)?;
    poll.func_wrap("[method]pollable.block", |_, (_,): (Resource<Ready>,)| {
        Ok(())
    })?;
    poll.func_wrap("[method]pollable.ready", |_, (_,): (Resource<Ready>,)| {
        Ok((true,))
    })?;
    poll.func_wrap("poll", |_, (asked,): (Vec<Resource<Ready>>,)| {
        Ok(((0_u32..).take(asked.len()).collect::<Vec<_>>(),))
    })?;
    let mut streams = linker.instance(STREAMS)?;
    stream(&mut streams)?;
    pollable(&mut streams)?;
    streams.func_wrap(
        "[method]output-stream.subscribe",
        |_, (_,): (Resource<Output>,)| Ok((Resource::<Ready>::new_own(1),)),
    )?;
    streams.func_wrap(
        "[method]output-stream.check-write",
        |_, (_,): (Resource<Output>,)| Ok((Ok::<_, StreamError>(ROOM),)),
    )?;
    for write in ["write", "blocking-write-and-flush"] {
        writes(&mut streams, write)?;
    }
    for flush in ["flush", "blocking-flush"] {
        streams.func_wrap(
            &format!("[method]output-stream.{flush}"),
            |_, (_,): (Resource<Output>,)| Ok((Ok::<_, StreamError>(()),)),
        )?;
    }
    Ok(())
}

/// The types, which each of the interfaces names.
fn pollable(interface: &mut LinkerInstance<'_, Host>) -> wasmtime::Result<()> {
    interface.resource("pollable", ResourceType::host::<Ready>(), |_, _| Ok(()))
}

fn stream(interface: &mut LinkerInstance<'_, Host>) -> wasmtime::Result<()> {
    interface.resource("output-stream", ResourceType::host::<Output>(), |_, _| {
        Ok(())
    })
}

fn writes(streams: &mut LinkerInstance<'_, Host>, name: &str) -> wasmtime::Result<()> {
    streams.func_wrap(
        &format!("[method]output-stream.{name}"),
        |mut store: StoreContextMut<'_, Host>, (_, bytes): (Resource<Output>, Vec<u8>)| {
            store.data_mut().print(&bytes);
            Ok((Ok::<_, StreamError>(()),))
        },
    )
}
