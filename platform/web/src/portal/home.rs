//! The page that one comes to first: another one for each kind of desk.
//!
//! Every number is counted up to a bound or by an index, so that the page costs the same however
//! large the tenant is; each leads to its rows.

mod agent;
mod customer;
mod house;
mod operator;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_domain::customer::CustomerStatus;
use alvara_domain::license::LicenseState;
use alvara_domain::registration::RegistrationState;
use alvara_domain::time::UtcTime;
use alvara_render::page::{Figure, Tone};
use alvara_store::customers::{self, CustomerFilter};
use alvara_store::licenses::{self, LicenseFilter};
use alvara_store::page::{Page, PageRequest};
use alvara_store::registrations::{self, RegistrationFilter};
use alvara_store::{Db, StoreResult, TenantTx};

use super::desk::Desk;
use super::nav;
use super::tell::Tell;
use super::views;
use crate::caller::SignedIn;
use crate::frame::Context;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/").get(show));
}

/// Beyond this a number says only that it is more.
const MOST: u32 = 200;

const DAY: i64 = 86_400;

async fn show(desk: Desk, caller: SignedIn, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let at_tenant = Context::of(desk.request()).tenant().is_some();
    let mut page = match nav::desk_at(&caller.principal, at_tenant) {
        nav::Desk::Operator => operator::page(&desk, &caller, &db).await?,
        nav::Desk::House => house::page(&desk, &db).await?,
        nav::Desk::Agent => agent::page(&desk, &db).await?,
        nav::Desk::Customer => customer::page(&desk, &db).await?,
    };
    page.pinned = views::pinned(&desk, &db).await?;
    desk.show(&page)
}

/// So many days from now.
fn in_days(now: UtcTime, days: i64) -> UtcTime {
    now.saturating_add_seconds(days * DAY)
}

/// A number counted up to a bound.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    number: i64,
    more: bool,
}

impl Count {
    /// Of a list that was read up to the bound.
    fn of<T>(page: &Page<T>) -> Self {
        Self {
            number: i64::try_from(page.items.len()).unwrap_or_default(),
            more: page.next.is_some(),
        }
    }

    /// Of a count that stops at `most`.
    fn bounded(number: i64, most: i64) -> Self {
        Self {
            number,
            more: number >= most,
        }
    }

    /// Of a count that went one beyond `most`, so that it is known whether there are more.
    pub(super) fn up_to(number: i64, most: i64) -> Self {
        Self {
            number: number.min(most),
            more: number > most,
        }
    }

    fn exact(number: i64) -> Self {
        Self {
            number,
            more: false,
        }
    }

    fn told(self, tell: &Tell) -> String {
        let number = tell.number(self.number);
        if self.more {
            format!("{number}+")
        } else {
            number
        }
    }

    /// As a figure; `tone` where there is anything to do.
    pub(super) fn figure(self, label: String, tone: Tone, href: &str, tell: &Tell) -> Figure {
        Figure {
            label,
            value: self.told(tell),
            tone: if self.number > 0 { tone } else { Tone::Neutral },
            href: Some(href.to_owned()),
        }
    }
}

fn up_to_most() -> PageRequest {
    PageRequest::new(Some(MOST), None)
}

/// Customers who wait for validation.
fn pending_customers(tx: &mut TenantTx<'_>) -> StoreResult<Count> {
    let filter = CustomerFilter {
        status: Some(CustomerStatus::Pending),
        ..CustomerFilter::default()
    };
    Ok(Count::of(&customers::list(tx, &filter, &up_to_most())?))
}

/// Licenses that wait for an approval.
fn pending_licenses(tx: &mut TenantTx<'_>) -> StoreResult<Count> {
    let filter = LicenseFilter {
        state: Some(LicenseState::Pending),
        ..LicenseFilter::default()
    };
    Ok(Count::of(&licenses::list(tx, &filter, &up_to_most())?))
}

/// Programs that registered themselves and wait.
fn pending_registrations(tx: &mut TenantTx<'_>) -> StoreResult<Count> {
    let filter = RegistrationFilter {
        state: Some(RegistrationState::Pending),
        ..RegistrationFilter::default()
    };
    Ok(Count::of(&registrations::list(tx, &filter, &up_to_most())?))
}
