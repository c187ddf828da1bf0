//! What the DNS says about a name.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

/// How long one question waits for its answer. It is asked twice.
const PATIENCE: Duration = Duration::from_secs(4);

/// More texts than anybody has reason to keep at one name are not read.
const MOST: usize = 64;

/// Nobody answered who should know.
#[derive(Debug, thiserror::Error)]
#[error("the DNS does not answer: {0}")]
pub(crate) struct Silent(String);

/// The texts (TXT) that stand at a name, each as one; none for a name that has none or does not exist.
/// Asks one server, or those of the machine. Nothing is remembered, so whoever has just changed a text
/// is not told the old one by us.
pub(crate) async fn texts(server: Option<SocketAddr>, name: &str) -> Result<Vec<String>, Silent> {
    let silent = |error: NetError| Silent(error.to_string());
    let mut builder = match server {
        Some(server) => {
            TokioResolver::builder_with_config(only(server), TokioRuntimeProvider::default())
        }
        None => TokioResolver::builder_tokio().map_err(silent)?,
    };
    let options = builder.options_mut();
    options.timeout = PATIENCE;
    options.attempts = 1;
    options.cache_size = 0;
    let resolver = builder.build().map_err(silent)?;
    // A dot at the end: the search list of the machine is nothing to a name that somebody typed.
    let found = match resolver.txt_lookup(format!("{name}.")).await {
        Ok(found) => found,
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => return Ok(Vec::new()),
        Err(error) => return Err(silent(error)),
    };
    let texts = found
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        });
    Ok(texts.take(MOST).collect())
}

fn only(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let server = NameServerConfig::new(server.ip(), true, connections.into());
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}
