//! Members: the people who may sign in.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::tenancy::{Granter, MemberChange, NewMember};
use alvara_domain::id::{MemberId, NodeId};
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use alvara_store::members::{self, Member, MemberFilter, MemberState};
use alvara_tenants::Role;
use alvara_tenants::permissions::{
    MemberCreate, MemberRead, MemberReset, MemberSuspend, MemberUpdate,
};
use alvara_vault::Secret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer;
use crate::body::{Hidden, Json, Params, Segments, Text, from_text, maybe_from_text, nullable};
use crate::caller::Caller;
use crate::list::{Listed, page_request};
use crate::precondition::IfMatch;
use crate::problem::Problem;
use crate::schema::{Id, Instant};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/members").get(list).post(create))
        .service(web::resource("/members/{id}").get(get).patch(update))
        .service(
            web::resource("/members/{id}/suspension")
                .post(suspend)
                .delete(reinstate),
        )
        .service(web::resource("/members/{id}/password").put(reset_password))
        .service(web::resource("/members/{id}/lock").delete(unlock))
        .service(web::resource("/members/{id}/totp").delete(remove_totp));
}

/// A member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberView {
    #[schema(value_type = Id)]
    id: MemberId,
    /// The place it sees, with what is below.
    #[schema(value_type = Id)]
    node_id: NodeId,
    email: String,
    name: String,
    /// A built-in role, or the id of a custom one.
    role: String,
    /// `active` or `disabled`.
    state: &'static str,
    locale: Option<String>,
    /// Whether signing in asks for a one-time code.
    has_totp: bool,
    /// Until when signing in is locked after wrong passwords.
    #[schema(value_type = Option<Instant>)]
    locked_until: Option<UtcTime>,
    #[schema(value_type = Instant)]
    created_at: UtcTime,
    #[schema(value_type = Instant)]
    updated_at: UtcTime,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self {
            id: member.id,
            node_id: member.node_id,
            email: member.email,
            name: member.name,
            role: member.role,
            state: member.state.as_str(),
            locale: member.locale,
            has_totp: member.totp_sealed.is_some(),
            locked_until: member.locked_until,
            created_at: member.created_at,
            updated_at: member.updated_at,
        }
    }
}

/// A person to let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberBody {
    #[schema(value_type = Id)]
    node_id: NodeId,
    /// Unique in the tenant.
    #[schema(example = "ana@acme.example")]
    email: Text<3, 254>,
    #[schema(example = "Ana")]
    name: Text<1, 200>,
    /// `reseller_admin`, `subcompany_admin`, `agent`, `customer`, or the id of a custom role.
    #[serde(deserialize_with = "from_text")]
    #[schema(value_type = String, example = "agent")]
    role: Role,
    /// Its language, if not the tenant's.
    #[schema(example = "pt-BR")]
    locale: Option<Text<2, 10>>,
    /// Its first password, 10 to 200 characters. Left out, the person is mailed a link to choose it
    /// by, which is good for seven days; that takes a mail server.
    #[schema(value_type = Option<String>, example = "a long first password")]
    password: Option<Hidden>,
}

/// What to change of a member; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberPatch {
    name: Option<Text<1, 200>>,
    #[serde(default, deserialize_with = "maybe_from_text")]
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    #[schema(value_type = Option<Id>)]
    node_id: Option<NodeId>,
    /// Null is the tenant's language.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<Text<2, 10>>>,
}

/// A new password for somebody else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    /// 10 to 200 characters.
    #[schema(example = "a long new password")]
    password: Hidden,
}

/// Which members.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MemberParams {
    /// At this place.
    #[param(value_type = Option<String>)]
    node_id: Option<NodeId>,
    /// `active` or `disabled`.
    #[param(value_type = Option<String>)]
    state: Option<MemberState>,
    /// Part of the name or the e-mail address.
    #[param(value_type = Option<String>, max_length = 100)]
    q: Option<Text<0, 100>>,
    /// Items a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the members the caller sees.
#[utoipa::path(get, path = "/members", tag = "members", operation_id = "list_members", params(MemberParams),
    responses((status = 200, description = "A page of members.", body = Listed<MemberView>)))]
pub(crate) async fn list(
    caller: Caller<MemberRead>,
    Params(params): Params<MemberParams>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let page = page_request(params.limit, params.cursor.as_deref())?;
    let filter = MemberFilter {
        node: params.node_id,
        state: params.state,
        search: params.q.map(Text::into_string),
    };
    let found = db
        .read(&caller.scope, move |tx| members::list(tx, &filter, &page))
        .await?;
    Ok(answer::ok(&Listed::of(found, MemberView::from)))
}

/// Lets a person in. Nobody gives away more than they may themselves.
#[utoipa::path(post, path = "/members", tag = "members", operation_id = "create_member", request_body = MemberBody,
    responses((status = 201, description = "Added.", body = MemberView)))]
pub(crate) async fn create(
    caller: Caller<MemberCreate>,
    Json(body): Json<MemberBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let new = NewMember {
        node_id: body.node_id,
        email: body.email.into_string(),
        name: body.name.into_string(),
        role: body.role,
        locale: body.locale.map(Text::into_string),
        password: body
            .password
            .map(|password| Secret::new(password.expose().to_owned())),
    };
    let member = platform
        .create_member(&caller.scope, Granter::Principal(&caller.principal), &new)
        .await?;
    let location = format!("/api/v1/members/{}", member.id);
    Ok(answer::created_version(
        &location,
        member.version,
        &MemberView::from(member),
    ))
}

/// Shows a member.
#[utoipa::path(get, path = "/members/{id}", tag = "members", operation_id = "get_member", params(("id" = Id, Path)),
    responses((status = 200, description = "The member.", body = MemberView)))]
pub(crate) async fn get(
    caller: Caller<MemberRead>,
    Segments(id): Segments<MemberId>,
    db: Data<Db>,
) -> Result<HttpResponse, Problem> {
    let found = db
        .read(&caller.scope, move |tx| members::find(tx, id))
        .await?;
    let member = found.ok_or_else(Problem::not_found)?;
    Ok(answer::version(member.version, &MemberView::from(member)))
}

/// Changes a member's name, role, place or language.
#[utoipa::path(patch, path = "/members/{id}", tag = "members", operation_id = "update_member", params(("id" = Id, Path)),
    request_body = MemberPatch, responses((status = 200, description = "Changed.", body = MemberView)))]
pub(crate) async fn update(
    caller: Caller<MemberUpdate>,
    Segments(id): Segments<MemberId>,
    if_match: IfMatch,
    Json(body): Json<MemberPatch>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let change = MemberChange {
        name: body.name.map(Text::into_string),
        role: body.role,
        node_id: body.node_id,
        locale: body.locale.map(|locale| locale.map(Text::into_string)),
    };
    let present = platform
        .db()
        .read(&caller.scope, move |tx| members::find(tx, id))
        .await?;
    let expected = if_match.against(present.ok_or_else(Problem::not_found)?.version);
    let granter = Granter::Principal(&caller.principal);
    let member = platform
        .update_member(&caller.scope, granter, (id, expected), &change)
        .await?;
    Ok(answer::version(member.version, &MemberView::from(member)))
}

/// Shuts a member out: its sessions and tokens end at once.
#[utoipa::path(post, path = "/members/{id}/suspension", tag = "members", operation_id = "suspend_member", params(("id" = Id, Path)),
    responses((status = 200, description = "Suspended.", body = MemberView)))]
pub(crate) async fn suspend(
    caller: Caller<MemberSuspend>,
    Segments(id): Segments<MemberId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let member = platform
        .suspend_member(&caller.scope, Granter::Principal(&caller.principal), id)
        .await?;
    Ok(answer::version(member.version, &MemberView::from(member)))
}

/// Lets a member in again.
#[utoipa::path(delete, path = "/members/{id}/suspension", tag = "members", operation_id = "reinstate_member", params(("id" = Id, Path)),
    responses((status = 200, description = "Reinstated.", body = MemberView)))]
pub(crate) async fn reinstate(
    caller: Caller<MemberSuspend>,
    Segments(id): Segments<MemberId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let member = platform
        .reinstate_member(&caller.scope, Granter::Principal(&caller.principal), id)
        .await?;
    Ok(answer::version(member.version, &MemberView::from(member)))
}

/// Gives a member a new password. A lock-out is lifted; sessions and tokens end.
#[utoipa::path(put, path = "/members/{id}/password", tag = "members", operation_id = "reset_password", params(("id" = Id, Path)),
    request_body = ResetBody, responses((status = 204, description = "Set.")))]
pub(crate) async fn reset_password(
    caller: Caller<MemberReset>,
    Segments(id): Segments<MemberId>,
    Json(body): Json<ResetBody>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let granter = Granter::Principal(&caller.principal);
    platform
        .reset_password(&caller.scope, granter, id, body.password.secret())
        .await?;
    Ok(answer::gone())
}

/// Lifts a lock-out after wrong passwords.
#[utoipa::path(delete, path = "/members/{id}/lock", tag = "members", operation_id = "unlock_member", params(("id" = Id, Path)),
    responses((status = 204, description = "Lifted.")))]
pub(crate) async fn unlock(
    caller: Caller<MemberReset>,
    Segments(id): Segments<MemberId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    platform
        .unlock_member(&caller.scope, Granter::Principal(&caller.principal), id)
        .await?;
    Ok(answer::gone())
}

/// Takes away a member's one-time codes, for whoever lost the device that makes them.
#[utoipa::path(delete, path = "/members/{id}/totp", tag = "members", operation_id = "remove_member_totp", params(("id" = Id, Path)),
    responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove_totp(
    caller: Caller<MemberReset>,
    Segments(id): Segments<MemberId>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let granter = Granter::Principal(&caller.principal);
    platform
        .remove_second_factor(&caller.scope, granter, id)
        .await?;
    Ok(answer::gone())
}
