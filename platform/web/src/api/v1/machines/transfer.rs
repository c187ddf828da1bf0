//! Handing a machine's seat over to another machine.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_app::machine::reserve::NamedMachine;
use alvara_app::machine::transfer::transfer as transfer_machine;
use alvara_domain::fingerprint::{Components, Fingerprint};
use alvara_domain::id::MachineId;
use alvara_store::TenantTx;
use alvara_tenants::permissions::MachineTransfer;
use serde::Deserialize;
use utoipa::ToSchema;

use super::MachineView;
use crate::answer;
use crate::body::{Json, Segments, Text};
use crate::caller::Caller;
use crate::problem::{Fault, Problem};
use crate::schema::Id;

/// A machine that is named before it comes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedMachineBody {
    /// By which it will be known: 1 to 256 visible characters.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    fingerprint: String,
    /// Parts of it by name, for tolerance when one is exchanged.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    components: BTreeMap<String, String>,
    /// For people.
    name: Option<Text<0, 200>>,
}

impl NamedMachineBody {
    /// The machine, or what is wrong with it below `prefix` of the body.
    pub(crate) fn read(self, prefix: &str) -> Result<NamedMachine, Problem> {
        let fault = |part: &str, error: &dyn std::fmt::Display| {
            let pointer = format!("{prefix}/{part}");
            Problem::field(Fault::text(pointer, "malformed", error.to_string()))
        };
        Ok(NamedMachine {
            fingerprint: self
                .fingerprint
                .parse::<Fingerprint>()
                .map_err(|error| fault("fingerprint", &error))?,
            components: Components::try_from(self.components)
                .map_err(|error| fault("components", &error))?,
            name: self.name.map(Text::into_string).unwrap_or_default(),
        })
    }
}

/// To which machine the seat goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MachineTransferBody {
    /// By which the new machine will be known: 1 to 256 visible characters.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    fingerprint: String,
    /// Parts of it by name, for tolerance when one is exchanged.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    components: BTreeMap<String, String>,
    /// For people.
    name: Option<Text<0, 200>>,
    /// Why; shown to people who see the license.
    #[schema(example = "new computer")]
    reason: Option<Text<0, 300>>,
}

/// Hands a machine's seat over. The old machine is deactivated and hears so at its next contact;
/// the seat is kept for the named one until it activates with that fingerprint.
#[utoipa::path(post, path = "/machines/{id}/transfers", tag = "machines", operation_id = "transfer_machine", params(("id" = Id, Path)),
    request_body = MachineTransferBody, responses((status = 201, description = "The machine for which the seat is kept.", body = MachineView)))]
pub(crate) async fn transfer(
    caller: Caller<MachineTransfer>,
    Segments(id): Segments<MachineId>,
    Json(body): Json<MachineTransferBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let reason = body.reason.map(Text::into_string);
    let named = NamedMachineBody {
        fingerprint: body.fingerprint,
        components: body.components,
        name: body.name,
    };
    let (to, parts) = (named.read("")?, platform.clone());
    let work = move |tx: &mut TenantTx<'_>| {
        transfer_machine(tx, parts.vault(), id, &to, reason.as_deref())
    };
    let (kept, _) = platform.db().write(&caller.scope, work).await?;
    let (location, version) = (format!("/api/v1/machines/{}", kept.id), kept.version);
    let view = MachineView::of(kept, platform.db().clock().now());
    Ok(answer::created_version(&location, version, &view))
}
