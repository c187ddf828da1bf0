//! A machine says that it is alive, and hears whether it may go on.

use actix_web::{HttpRequest, HttpResponse, web};
use alvara_app::Platform;
use alvara_app::machine::contact::ContactRequest;
use alvara_app::program::ContactAnswer;
use alvara_domain::machine::{MachineReport, MachineState};
use alvara_domain::time::UtcTime;
use alvara_domain::verdict::Code;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AskingMachine, LicenseSummary, Nonce, VerdictView, count_machine, knock, machine_token,
    note_actor, unknown_token,
};
use crate::body::{Json, Text};
use crate::problem::{Fault, Problem};
use crate::signature;

/// What a machine reports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHeartbeat {
    /// The program's version.
    #[schema(value_type = Option<String>, max_length = 60)]
    app_version: Option<Text<0, 60>>,
    /// How busy the machine is, in percent.
    #[schema(value_type = Option<Percentages>)]
    metrics: Option<MachineReport>,
    /// Number (`seq`) of the computer key it holds. When that is not the newest, it is sent again:
    /// the answer that brought it may have been lost.
    #[schema(minimum = 0)]
    computer_key_seq: Option<u32>,
    /// The machine as it is now. Left out, it is taken for the one on record.
    machine: Option<AskingMachine>,
    /// Comes back in the answer and, signed, in the lease.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    nonce: Option<Nonce>,
}

/// How busy a machine is.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the shape of the report of the domain, for the description of the interface"
)]
pub(crate) struct Percentages {
    /// Processor.
    #[schema(minimum = 0, maximum = 100)]
    cpu_percent: Option<f64>,
    /// Memory in use.
    #[schema(minimum = 0, maximum = 100)]
    memory_percent: Option<f64>,
    /// Disk in use.
    #[schema(minimum = 0, maximum = 100)]
    disk_percent: Option<f64>,
}

/// The verdict, and what to do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Heartbeat {
    #[serde(flatten)]
    verdict: VerdictView,
    /// The license.
    license: LicenseSummary,
    /// Proof of this contact; null where the machine may not run.
    lease: Option<String>,
    /// Do not call again before.
    #[schema(value_type = String, format = DateTime)]
    next_check_not_before: UtcTime,
    /// What to do now, in this order.
    commands: Vec<Command>,
    /// What was sent.
    nonce: Option<String>,
    /// When this was decided.
    #[schema(value_type = String, format = DateTime)]
    date: UtcTime,
}

/// Something a program is to do.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Command {
    /// Stop: somebody blocked this machine.
    Blocked,
    /// Stop: this machine has no seat any more. Its license or its seat went elsewhere.
    Deactivated,
    /// Keep this computer key instead of the one held.
    ComputerKey {
        /// The key.
        computer_key: String,
    },
}

/// Reports a machine's state and answers whether it may run. A machine that may not is answered
/// too: a verdict is no error.
#[utoipa::path(
    post, path = "/heartbeats", tag = "programs", operation_id = "heartbeat",
    security(("machine" = [])),
    request_body = NewHeartbeat,
    responses((status = 200, description = "The verdict, and what to do.", body = Heartbeat))
)]
pub(crate) async fn create(
    request: HttpRequest,
    platform: web::Data<Platform>,
    body: Json<NewHeartbeat>,
) -> Result<HttpResponse, Problem> {
    let body = body.0;
    let token = machine_token(&request)?;
    note_actor(&request, token);
    let knock = knock(platform.gate(), &request).await?;
    let nonce = body.nonce.as_ref().map(|nonce| nonce.as_str().to_owned());
    let answer = platform
        .heartbeat(&knock, token, body.read()?, nonce.clone())
        .await
        .map_err(unknown_token)?;
    count_machine(&request, &answer.contact.machine.id.to_string())?;
    write(&request, answer, nonce)
}

impl NewHeartbeat {
    fn read(self) -> Result<ContactRequest, Problem> {
        let metrics = self
            .metrics
            .map(|report| report.metrics())
            .transpose()
            .map_err(|faults| {
                let faults = faults.into_iter().map(|fault| {
                    Fault::text(
                        format!("/metrics{}", fault.pointer),
                        fault.code.as_str(),
                        fault.detail,
                    )
                });
                Problem::fields(faults.collect())
            })?;
        Ok(ContactRequest {
            app_version: self
                .app_version
                .map(Text::into_string)
                .filter(|text| !text.is_empty()),
            metrics,
            computer_key_seq: self.computer_key_seq.map(i64::from),
            machine: self.machine.map(AskingMachine::read).transpose()?,
            ..ContactRequest::default()
        })
    }
}

fn write(
    request: &HttpRequest,
    answer: ContactAnswer,
    nonce: Option<String>,
) -> Result<HttpResponse, Problem> {
    let contact = &answer.contact;
    let blocked = (contact.verdict.code == Code::MachineBlocked).then_some(Command::Blocked);
    let gone = (contact.machine.state == MachineState::Deactivated).then_some(Command::Deactivated);
    let key = answer
        .computer_key
        .map(|computer_key| Command::ComputerKey { computer_key });
    let signed_by_lease = answer.lease.is_some();
    let body = Heartbeat {
        verdict: VerdictView::of(request, &contact.verdict)?,
        license: LicenseSummary::of(&contact.license, &contact.product, answer.now),
        lease: answer.lease,
        next_check_not_before: answer.next_check_at,
        commands: blocked.into_iter().chain(gone).chain(key).collect(),
        nonce,
        date: answer.now,
    };
    if signed_by_lease {
        return Ok(HttpResponse::Ok().json(body));
    }
    signature::signed(&body, answer.ring.active(), answer.now)
}
