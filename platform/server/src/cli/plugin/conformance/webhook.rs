//! What a provider tells: once, forged, twice, and out of order.

use std::collections::BTreeSet;

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::judge::{Judgement, Standing, Told, judge};
use alvara_domain::payment::PluginFaultKind;
use alvara_domain::payment::ask::InboundRequest;
use alvara_domain::payment::report::{ChargeReport, EventBody, PaymentEvent};

use super::super::script::{Checked, Webhook, tag_of, told};
use super::{Stage, Verdict};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Genuine {
    Yes,
    No,
}

/// State, what was taken, what was given back.
type End = (ChargeState, i64, i64);

impl Stage {
    /// What the provider told so far: as the script has it, or as the simulator sent it.
    fn genuine(&self) -> Result<Vec<InboundRequest>, String> {
        let first = self.script.webhook.iter();
        let written = first.chain(&self.script.further_webhook);
        let written: Vec<InboundRequest> = written
            .map(|webhook| self.inbound(webhook, Genuine::Yes))
            .collect::<Result<_, _>>()?;
        match &self.simulated {
            Some(simulated) if written.is_empty() => simulated.told(),
            _ => Ok(written),
        }
    }

    /// One that the provider did not send.
    fn forged(&self, genuine: &InboundRequest) -> Result<InboundRequest, String> {
        match &self.script.webhook {
            Some(webhook) => self.inbound(webhook, Genuine::No),
            None => Ok(forged(genuine)),
        }
    }

    pub(super) async fn webhooks(&mut self) {
        const STEPS: [&str; 3] = [
            "a genuine webhook",
            "a forged webhook",
            "the same webhook twice",
        ];
        self.provider.play(self.script.answer.clone());
        let request = match self.genuine() {
            Ok(all) => all.into_iter().next(),
            Err(why) => return self.note(STEPS[0], Some(Err(why))),
        };
        let Some(request) = request else {
            for step in STEPS {
                self.note(step, None);
            }
            return;
        };
        let first = self.events(&request).await;
        let checked = match &first {
            Ok(events) if events.is_empty() => Err("no event is read".to_owned()),
            Ok(_) => Ok(()),
            Err(why) => Err(why.clone()),
        };
        self.note(STEPS[0], Some(checked));
        let checked = match self.forged(&request) {
            Ok(forged) => self.disbelieved(&forged).await,
            Err(why) => Err(why),
        };
        self.note(STEPS[1], Some(checked));
        let checked = match (first, self.events(&request).await) {
            (Ok(first), Ok(again)) if ids(&first) == ids(&again) => Ok(()),
            (Ok(_), Ok(_)) => Err("its events have other ids the second time".to_owned()),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        self.note(STEPS[2], Some(checked));
    }

    async fn events(&self, request: &InboundRequest) -> Result<Vec<PaymentEvent>, String> {
        let call = self.call("webhook", None);
        let answer = self.plugin.handle_webhook(&call, request).await;
        Ok(answer.map_err(told)?.events)
    }

    async fn disbelieved(&self, forged: &InboundRequest) -> Checked {
        let call = self.call("webhook", None);
        match self.plugin.handle_webhook(&call, forged).await {
            Ok(_) => Err("it is believed".to_owned()),
            Err(fault) if fault.fault.kind == PluginFaultKind::BadSignature => Ok(()),
            Err(fault) if fault.fault.kind == PluginFaultKind::Unauthenticated => Ok(()),
            Err(fault) => Err(told(fault)),
        }
    }

    /// All that was told of the charge, in its order, repeated and the other way round: the platform
    /// comes to the same each time.
    pub(super) async fn any_order(&mut self, made: Option<&ChargeReport>) {
        const STEP: &str = "webhooks in any order, and repeated, come to the same";
        let Some(made) = made else {
            return self.note_without_charge(STEP);
        };
        self.provider.play(self.script.answer.clone());
        let all = match self.genuine() {
            Ok(all) if all.is_empty() => return self.note(STEP, None),
            Ok(all) => all,
            Err(why) => return self.note(STEP, Some(Err(why))),
        };
        let checked = self.same_end(made, &all).await;
        self.note(STEP, Some(checked));
        if all.len() == 1 {
            let why = "only one is told".to_owned();
            let step = "webhooks out of order";
            self.results.push((step, Verdict::Skipped(why)));
        }
    }

    async fn same_end(&self, made: &ChargeReport, all: &[InboundRequest]) -> Checked {
        let in_order: Vec<&InboundRequest> = all.iter().collect();
        let repeated: Vec<&InboundRequest> = all.iter().flat_map(|one| [one, one, one]).collect();
        let backwards: Vec<&InboundRequest> = all.iter().rev().collect();
        let again: Vec<&InboundRequest> = all.iter().chain(all.iter().rev()).collect();
        let wanted = self.end_of(made, &in_order).await?;
        for (how, order) in [
            ("each three times", repeated),
            ("the last one first", backwards),
            ("and all of them again backwards", again),
        ] {
            let end = self.end_of(made, &order).await?;
            if end != wanted {
                let (state, captured, refunded) = end;
                return Err(format!(
                    "in their order they come to {} with {} taken and {} given back; {how}, to \
                     {state} with {captured} and {refunded}",
                    wanted.0, wanted.1, wanted.2
                ));
            }
        }
        Ok(())
    }

    /// What the platform makes of a charge by what it is told: each event once, a proven report by its
    /// rules, and of anything else it asks.
    async fn end_of(&self, made: &ChargeReport, all: &[&InboundRequest]) -> Result<End, String> {
        let mut standing = Standing {
            state: made.state,
            currency: self.script.charge.currency,
            requested: self.script.charge.amount_minor,
            surcharge: 0,
            authorized: made.authorized.amount_minor,
            captured: made.captured.amount_minor,
            refunded: made.refunded.amount_minor,
            refs: made.refs.clone(),
            last_event_at: None,
        };
        let mut seen = BTreeSet::new();
        for request in all {
            for event in self.events(request).await? {
                if !seen.insert(event.event_id.clone()) {
                    continue;
                }
                match &event.body {
                    EventBody::Charge(report) if event.trust.proves_the_body() => {
                        let at = Told::Event(event.occurred_at);
                        if take(&mut standing, report, at)? == Taken::Not {
                            self.look(&mut standing).await?;
                        }
                    }
                    // Of a mandate or a dispute the charge itself says nothing.
                    EventBody::Mandate(_)
                    | EventBody::MandateHint
                    | EventBody::Dispute(_)
                    | EventBody::Ignored(_) => {}
                    _ => self.look(&mut standing).await?,
                }
            }
        }
        Ok((standing.state, standing.captured, standing.refunded))
    }

    /// Asks the provider how the charge stands.
    async fn look(&self, standing: &mut Standing) -> Checked {
        let (_, call) = self.ask(1);
        let report = self.plugin.sync(&call, &standing.refs).await;
        take(standing, &report.map_err(told)?, Told::Asked).map(drop)
    }

    fn inbound(&self, webhook: &Webhook, genuine: Genuine) -> Result<InboundRequest, String> {
        let body = self.filled(&webhook.body);
        let mut headers: Vec<(String, String)> = webhook
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), self.filled(value)))
            .collect();
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let mut query = webhook.query.clone();
        if let Some(hmac) = &webhook.hmac_sha256 {
            let secret = self.script.secrets.get(&hmac.secret);
            let mut secret = secret
                .ok_or_else(|| format!("[secrets] has no {}", hmac.secret))?
                .clone();
            if genuine == Genuine::No {
                secret.push_str("-of-somebody-else");
            }
            let over = self.filled(&hmac.over.replace("{body}", &body));
            let tag = tag_of(&secret, &over).map_err(|error| error.to_string())?;
            let value = self.filled(&hmac.header_value.replace("{tag}", &tag));
            headers.push((hmac.header.clone(), value));
        } else if genuine == Genuine::No {
            query = webhook.forged_query.clone().unwrap_or_default();
        }
        Ok(InboundRequest {
            method: "POST".to_owned(),
            path: "/hooks/test".to_owned(),
            query,
            headers,
            body: body.into_bytes(),
            remote_ip: "192.0.2.1".to_owned(),
            client_cert_sha256: None,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Yes,
    /// It is older than what is known: whoever told it is asked.
    Not,
}

/// Takes a report as the platform would.
fn take(standing: &mut Standing, report: &ChargeReport, how: Told) -> Result<Taken, String> {
    match judge(standing, report, how) {
        Judgement::Quarantine(reason) => {
            return Err(format!("a report is not believed: {}", reason.as_str()));
        }
        Judgement::AskAgain => return Ok(Taken::Not),
        Judgement::Same => {}
        Judgement::Apply(_) | Judgement::Through(_) | Judgement::Amounts | Judgement::Late => {
            standing.state = report.state;
            standing.authorized = report.authorized.amount_minor;
            standing.captured = report.captured.amount_minor;
            standing.refunded = report.refunded.amount_minor;
        }
    }
    for one in &report.refs {
        if standing.refs.iter().all(|known| known.kind != one.kind) {
            standing.refs.push(one.clone());
        }
    }
    if let Told::Event(at) = how {
        standing.last_event_at = standing.last_event_at.max(at);
    }
    Ok(Taken::Yes)
}

fn ids(events: &[PaymentEvent]) -> Vec<&str> {
    events.iter().map(|event| event.event_id.as_str()).collect()
}

/// The same with a signature that is not the provider's; where there is none, without the word that
/// the address bears.
fn forged(genuine: &InboundRequest) -> InboundRequest {
    let mut forged = genuine.clone();
    let signed = forged
        .headers
        .iter_mut()
        .filter(|(name, _)| name.contains("signature"));
    let mut signatures = 0;
    for (_, value) in signed {
        let last = value.pop();
        value.push(if last == Some('0') { '1' } else { '0' });
        signatures += 1;
    }
    if signatures == 0 {
        forged.query.clear();
    }
    forged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(headers: &[(&str, &str)]) -> InboundRequest {
        InboundRequest {
            method: "POST".to_owned(),
            path: "/hook".to_owned(),
            query: "token=w".to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: Vec::new(),
            remote_ip: "192.0.2.1".to_owned(),
            client_cert_sha256: None,
        }
    }

    // R-PAY-01
    #[test]
    fn what_is_forged_lacks_what_proves_it() {
        let signed = forged(&sent(&[
            ("x-signature", "ts=1,v1=a0"),
            ("x-request-id", "7"),
        ]));
        assert_eq!(signed.headers[0].1, "ts=1,v1=a1");
        assert_eq!(signed.headers[1].1, "7");
        assert_eq!(signed.query, "token=w");
        assert_eq!(forged(&sent(&[("x-request-id", "7")])).query, "");
    }
}
