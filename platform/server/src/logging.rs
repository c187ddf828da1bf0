//! Where the log goes. What may be in it is a rule of the whole house: ids, never keys, tokens,
//! passwords, bodies or e-mail addresses.

use std::io::IsTerminal as _;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::config::{LogConfig, LogFormat};
use crate::exit::{Exit, Failure, Outcome};

/// Keeps the log's writer alive. Dropping it writes out what is still waiting.
#[must_use = "the log ends when this is dropped"]
pub(crate) struct Log {
    _writer: Option<WorkerGuard>,
}

/// Starts the log of the process. A second call is refused.
pub(crate) fn start(config: &LogConfig) -> Outcome<Log> {
    let filter = EnvFilter::try_new(&config.level).map_err(|error| {
        Failure::new(
            Exit::Settings,
            format!("`log.level` cannot be this: {error}"),
        )
        .hint("write error, warn, info, debug or trace, or finer such as info,alvara_store=debug")
    })?;
    let (writer, guard, terminal) = match &config.directory {
        None => (
            BoxMakeWriter::new(std::io::stderr),
            None,
            std::io::stderr().is_terminal(),
        ),
        Some(directory) => {
            let files = RollingFileAppender::builder()
                .rotation(Rotation::DAILY)
                .filename_prefix("alvara")
                .filename_suffix("log")
                .max_log_files(config.keep)
                .build(directory)
                .map_err(|error| {
                    Failure::new(Exit::Settings, format!("the log directory {} cannot be used: {error}", directory.display()))
                        .hint("make the directory and let the process write there, or change `log.directory`")
                })?;
            let (writer, guard) = tracing_appender::non_blocking(files);
            (BoxMakeWriter::new(writer), Some(guard), false)
        }
    };
    let text = match config.format {
        LogFormat::Auto => terminal,
        LogFormat::Json => false,
        LogFormat::Text => true,
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    let started = if text {
        lines.with_ansi(terminal).with_target(false).try_init()
    } else {
        lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    };
    started.map_err(|error| Failure::refused(format!("the log cannot be started: {error}")))?;
    log_panics();
    Ok(Log { _writer: guard })
}

/// A panic is a defect of ours: it goes where somebody reads, with its place. The text of the
/// panic stays out of files, since it may quote a value.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(panic.place = place, "a defect stopped one piece of work");
    }));
}
