//! Tells places of the tree what they ought to know, and notes who read it.

use std::fmt::Display;

use alvara_domain::id::{NodeId, NoticeId};
use alvara_domain::notice::{Notice, NoticeKind};
use alvara_store::{TenantTx, notices};

use crate::error::{AppError, AppResult};

/// Leaves a notice at a place: its members, and those of the places above it, can list it. In the
/// transaction of what it tells, so neither is there without the other.
///
/// # Errors
/// When the place is not in the scope.
pub fn tell(
    tx: &mut TenantTx<'_>,
    node: NodeId,
    kind: NoticeKind,
    subject: impl Display,
    payload: serde_json::Value,
) -> AppResult<NoticeId> {
    let notice = Notice {
        tenant_id: tx.tenant(),
        id: tx.new_id()?,
        node_id: node,
        kind,
        subject_id: subject.to_string(),
        payload,
        created_at: tx.now(),
        read_at: None,
        read_by: None,
    };
    notices::insert(tx, &notice)?;
    Ok(notice.id)
}

/// Notes that the caller read a notice. Reading it again changes nothing: the first reader stays.
///
/// # Errors
/// [`AppError::NotFound`] outside the scope.
pub fn read(tx: &mut TenantTx<'_>, id: NoticeId) -> AppResult<Notice> {
    let before = notices::find(tx, id)?.ok_or(AppError::NotFound("notice"))?;
    if before.read_at.is_some() {
        return Ok(before);
    }
    if notices::mark_read(tx, id)? {
        tx.audit("notice.read", id, (), ())?;
    }
    notices::find(tx, id)?.ok_or(AppError::NotFound("notice"))
}
