use clap::Args;

use super::{Common, Form, print, wait};
use crate::doctor::{Finding, Grade, examine};
use crate::exit::{Exit, Failure, Outcome};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    form: Form,
}

impl Doctor {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let config = common.settings([])?;
        let findings = wait(async { Ok(examine(&config).await) })?;
        if self.form.json {
            print::json(&serde_json::json!({ "findings": findings }))?;
        } else {
            findings.iter().for_each(show);
        }
        match findings
            .iter()
            .filter(|finding| finding.grade == Grade::Wrong)
            .count()
        {
            0 => Ok(()),
            wrong => Err(Failure::new(
                Exit::Unwell,
                format!("{wrong} check(s) found something wrong"),
            )),
        }
    }
}

fn show(finding: &Finding) {
    let sign = match finding.grade {
        Grade::Good => "ok  ",
        Grade::Attention => "note",
        Grade::Wrong => "BAD ",
    };
    print::line(format!("{sign}  {:<15} {}", finding.check, finding.found));
    if let Some(advice) = &finding.advice {
        print::line(format!("      {:<15} → {advice}", ""));
    }
}
