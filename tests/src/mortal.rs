//! A platform in a process of its own that ends where it stands at the step it is told: after so many
//! commits and answers of providers, before it does anything with them. What it leaves behind is
//! what a machine leaves that loses its power between two steps.
//!
//! Everything that a platform has done lies in its database or at a provider. So the points between
//! a commit, or an answer, and the next one are all the points there are.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};

use alvara_domain::time::UtcTime;
use alvara_gateway::GatewayConfig;
use alvara_store::Clock;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use zeroize::Zeroizing;

use crate::app::Setting;
use crate::running::Running;
use crate::site::Site;

/// What a mortal process is told when it begins.
#[derive(serde::Serialize, serde::Deserialize)]
struct Birth {
    url: String,
    now: String,
    root_pem: Vec<u8>,
    /// Compiled plugins, kept from one process to the next.
    compiled: PathBuf,
}

/// A process, and how it is told what to do.
pub struct Mortal {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    site: Site,
}

impl Mortal {
    /// Starts the program at `program` as one more server of a database, beginning at an instant.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(
        program: &str,
        url: &str,
        now: UtcTime,
        plugins: &GatewayConfig,
        kept: &Path,
    ) -> Self {
        let birth = Birth {
            url: url.to_owned(),
            now: now.to_string(),
            root_pem: plugins.roots_pem.concat(),
            compiled: kept.join("compiled"),
        };
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the process starts");
        let mut orders = child.stdin.take().expect("its input");
        let mut answers = BufReader::new(child.stdout.take().expect("its output"));
        let told = serde_json::to_string(&birth).expect("JSON");
        writeln!(orders, "{told}").expect("it listens");
        let mut line = String::new();
        answers.read_line(&mut line).expect("it answers");
        assert!(line.starts_with("http://"), "it does not serve: {line:?}");
        let site = Site::new(line.trim(), Clock::moved_to(now));
        Self {
            child,
            orders,
            answers,
            site,
        }
    }

    /// Where it is reached.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// From now on it lives for so many steps more.
    #[must_use]
    pub fn dies_after(&mut self, steps: u32) -> bool {
        self.order(&format!("die {steps}"))
    }

    /// Runs every job that is due. Whether it lived through that.
    #[must_use]
    pub fn run_jobs(&mut self) -> bool {
        self.order("jobs")
    }

    fn order(&mut self, order: &str) -> bool {
        let mut line = String::new();
        let told = writeln!(self.orders, "{order}").is_ok();
        told && self.answers.read_line(&mut line).is_ok() && line == "done\n"
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Steps that are left; negative: nobody counts.
static LEFT: AtomicI64 = AtomicI64::new(-1);

/// Counts commits and the answers of providers, and is the end of the process when none is left.
struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        let ours = |name| about.target().starts_with(name);
        about.is_event()
            && *about.level() == tracing::Level::TRACE
            && (ours("alvara_store") || ours("alvara_gateway"))
    }

    fn event(&self, _: &Event<'_>) {
        if LEFT.load(Ordering::SeqCst) < 0 || LEFT.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let ourselves = rustix::process::getpid();
        let killed = rustix::process::kill_process(ourselves, rustix::process::Signal::KILL);
        killed.expect("one may kill oneself");
        // The signal may be a moment away; nothing more is done until it comes.
        loop {
            std::thread::park();
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The life of such a process: what `tests/src/bin/mortal.rs` does.
///
/// # Panics
/// When it does not start.
#[expect(clippy::print_stdout, reason = "its output is how it answers")]
pub fn live() {
    let mut orders = std::io::stdin().lock().lines();
    let birth = orders.next().expect("an order").expect("readable");
    let birth: Birth = serde_json::from_str(&birth).expect("a birth");
    tracing::subscriber::set_global_default(Counter).expect("the only one");
    let now: UtcTime = birth.now.parse().expect("an instant");
    let setting = Setting {
        plugins: GatewayConfig {
            allow_loopback: true,
            instances: 4,
            roots_pem: vec![birth.root_pem],
            cache_dir: Some(birth.compiled),
            cache_key: Some(Zeroizing::new([7; 32])),
            ..GatewayConfig::default()
        },
        ..Setting::default()
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let running = Running::start(&birth.url, Clock::moved_to(now), setting);
    println!("{}", running.base_url());
    for order in orders {
        let order = order.expect("readable");
        if let Some(steps) = order.strip_prefix("die ") {
            LEFT.store(steps.parse().expect("a number"), Ordering::SeqCst);
        } else {
            runtime.block_on(running.run_jobs());
        }
        println!("done");
    }
}
