//! Mails that are to be sent: written in the transaction of what they tell.
use crate::column::Row;
use crate::error::{StoreError, StoreResult};
use crate::schema::mails as c;
use crate::scope::cut;
use crate::tx::TenantTx;
use alvara_domain::id::{MailId, Ulid};
use alvara_domain::mail::{Mail, MailState};
use alvara_domain::time::UtcTime;
use diesel::dsl::exists;
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = c, treat_none_as_default_value = false)]
struct MailRow {
    tenant_id: String,
    id: String,
    recipient: String,
    locale: String,
    content: String,
    state: String,
    tries: i64,
    last_error: Option<String>,
    created_at: i64,
    sent_at: Option<i64>,
}

impl TryFrom<MailRow> for Mail {
    type Error = StoreError;

    fn try_from(row: MailRow) -> StoreResult<Self> {
        let r = Row::of("mails", &row.id);
        Ok(Self {
            id: r.text("id", &row.id)?,
            content: r.json("content", &row.content)?,
            state: r.text("state", &row.state)?,
            created_at: r.time("created_at", row.created_at)?,
            sent_at: r.time_opt("sent_at", row.sent_at)?,
            recipient: row.recipient,
            locale: row.locale,
            tries: row.tries,
            last_error: row.last_error,
        })
    }
}

/// Adds a mail.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut TenantTx<'_>, mail: &Mail) -> StoreResult<()> {
    let row = MailRow {
        tenant_id: tx.tenant().to_string(),
        id: mail.id.to_string(),
        recipient: mail.recipient.clone(),
        locale: cut(&mail.locale, 10),
        content: serde_json::to_string(&mail.content)?,
        state: mail.state.to_string(),
        tries: mail.tries,
        last_error: mail.last_error.clone(),
        created_at: mail.created_at.micros(),
        sent_at: mail.sent_at.map(UtcTime::micros),
    };
    diesel::insert_into(c::table)
        .values(&row)
        .execute(tx.conn)?;
    Ok(())
}

/// Finds a mail of the tenant.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut TenantTx<'_>, id: MailId) -> StoreResult<Option<Mail>> {
    let row: Option<MailRow> = c::table
        .find((tx.tenant().to_string(), id.to_string()))
        .select(MailRow::as_select())
        .get_result(tx.conn)
        .optional()?;
    row.map(Mail::try_from).transpose()
}

/// Whether a mail with activation keys to an address was written down at an instant or later.
///
/// # Errors
/// When the database fails.
pub fn are_keys_written_since(
    tx: &mut TenantTx<'_>,
    recipient: &str,
    since: UtcTime,
) -> StoreResult<bool> {
    // Ids begin with their instant, so this looks at the newest rows of the primary key alone.
    let milliseconds = u64::try_from(since.millis()).unwrap_or(0);
    let first = MailId::from_ulid(Ulid::from_parts(milliseconds, 0));
    let newer = c::table
        .filter(c::tenant_id.eq(tx.tenant().to_string()))
        .filter(c::id.ge(first.to_string()))
        .filter(c::recipient.eq(recipient))
        .filter(
            c::content
                .like("{\"kind\":\"own\\_keys\"%")
                .escape('\\')
                .or(c::content.like("{\"kind\":\"shop\\_keys\"%").escape('\\')),
        );
    Ok(diesel::select(exists(newer)).get_result(tx.conn)?)
}

/// Notes what became of a try. Only a mail that waits changes, and only if nobody else noted a try
/// meanwhile; `false` otherwise.
///
/// # Errors
/// When the database fails.
pub fn tried(
    tx: &mut TenantTx<'_>,
    mail: &Mail,
    state: MailState,
    error: Option<&str>,
) -> StoreResult<bool> {
    let now = tx.now().micros();
    let written = diesel::update(c::table.find((tx.tenant().to_string(), mail.id.to_string())))
        .filter(c::state.eq(MailState::Queued.as_str()))
        .filter(c::tries.eq(mail.tries))
        .set((
            c::state.eq(state.as_str()),
            c::tries.eq(mail.tries + 1),
            c::last_error.eq(error.map(|error| cut(error, 300))),
            c::sent_at.eq((state == MailState::Sent).then_some(now)),
        ))
        .execute(tx.conn)?;
    Ok(written == 1)
}
