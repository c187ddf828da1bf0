//! What a run does and for how long.

use std::path::PathBuf;
use std::time::Duration;

use crate::failure::{Failure, Outcome};

/// The parts of a run, by the words of `--only`.
const PARTS: [&str; 11] = [
    "signing",
    "plain",
    "activation",
    "growth",
    "pages",
    "authorization",
    "plugin",
    "idle",
    "sdk",
    "size",
    "build",
];

/// How thorough a run is.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Short rounds and a small large database.
    pub(crate) quick: bool,
    /// Licenses of the large database; three machines each.
    pub(crate) licenses: usize,
    /// Licenses of the small one.
    pub(crate) few: usize,
    /// Licenses of the database whose pages are opened.
    pub(crate) market: usize,
    /// How often each page is opened.
    pub(crate) views: usize,
    /// Connections that ask at once where throughput is measured.
    pub(crate) connections: usize,
    /// Connections that ask at once where waiting is measured: few, so that what is measured is the
    /// answer and not the queue before it.
    pub(crate) patient: usize,
    /// How often each figure is taken; the median counts.
    pub(crate) rounds: usize,
    /// How long a round measures.
    pub(crate) measure: Duration,
    /// How long the server is asked before that.
    pub(crate) warm_up: Duration,
    /// How long a ceiling is measured, before and after each round.
    pub(crate) ceiling: Duration,
    /// Where the figures go.
    pub(crate) out: PathBuf,
    /// A Python that has what the library for Python needs.
    pub(crate) python: PathBuf,
    only: Vec<String>,
}

impl Plan {
    /// Reads the command line.
    pub(crate) fn parse(arguments: &[String]) -> Outcome<Self> {
        let quick = arguments.iter().any(|word| word == "--quick");
        let seconds = |long, short| Duration::from_millis(if quick { short } else { long });
        let mut plan = Self {
            quick,
            licenses: if quick { 20_000 } else { 1_000_000 },
            few: 1000,
            market: if quick { 5000 } else { 100_000 },
            views: if quick { 20 } else { 100 },
            connections: 32,
            patient: 4,
            rounds: if quick { 1 } else { 5 },
            measure: seconds(4000, 2000),
            warm_up: seconds(1000, 500),
            ceiling: seconds(1500, 1000),
            out: PathBuf::from("bench.json"),
            python: PathBuf::from("python3"),
            only: Vec::new(),
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| Failure::new(format!("`{word}` needs a value")))
            };
            match word.as_str() {
                "--quick" => {}
                "--out" => plan.out = PathBuf::from(value()?),
                "--python" => plan.python = PathBuf::from(value()?),
                "--licenses" => {
                    plan.licenses = read_count(value()?)?;
                    plan.market = plan.licenses;
                }
                "--only" => plan.only = read_parts(value()?)?,
                unknown => {
                    return Err(Failure::new(format!(
                        "what is `{unknown}`?\n\n{}",
                        crate::USAGE
                    )));
                }
            }
        }
        Ok(plan)
    }

    /// Whether to build everything from nothing, which a quick run does only when it is asked to.
    pub(crate) fn builds(&self) -> bool {
        let named = !self.only.is_empty();
        (named || !self.quick) && self.wants("build")
    }

    /// Whether a part is wanted.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| word == part)
    }
}

fn read_count(text: &str) -> Outcome<usize> {
    match text.parse() {
        Ok(count @ 1000..=10_000_000) => Ok(count),
        _ => Err(Failure::new(format!(
            "`--licenses` takes 1000 to 10000000, not `{text}`"
        ))),
    }
}

fn read_parts(text: &str) -> Outcome<Vec<String>> {
    let words: Vec<String> = text.split(',').map(str::to_owned).collect();
    match words.iter().find(|word| !PARTS.contains(&word.as_str())) {
        None => Ok(words),
        Some(unknown) => Err(Failure::new(format!(
            "there is no part `{unknown}`; there are {}",
            PARTS.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::Plan;

    fn plan(line: &str) -> Result<Plan, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Plan::parse(&words).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_quick_run_is_the_same_run_on_less() {
        let (long, quick) = (plan("").unwrap(), plan("--quick --licenses 5000").unwrap());
        assert!(quick.measure < long.measure && quick.rounds < long.rounds);
        assert_eq!((long.licenses, quick.licenses), (1_000_000, 5000));
        assert_eq!(long.connections, quick.connections);
        assert!(long.builds() && !quick.builds());
    }

    #[test]
    fn only_what_is_asked_for_runs() {
        let plan = plan("--only growth,plain").unwrap();
        assert!(plan.wants("growth") && plan.wants("plain") && !plan.wants("signing"));
        assert!(!plan.builds());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "--fast",
            "--out",
            "--only speed",
            "--licenses few",
            "--licenses 0",
        ] {
            assert!(plan(line).is_err(), "{line}");
        }
    }
}
