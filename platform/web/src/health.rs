//! Alive, ready, and measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};
use alvara_domain::time::UtcTime;
use alvara_store::Db;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;

/// Whether the process is on its way out. A balancer that asks `/readyz` then sends no more
/// requests, while those under way are still answered.
#[derive(Clone, Default)]
pub(crate) struct Leaving(Arc<AtomicBool>);

impl Leaving {
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// When this process began.
#[derive(Clone, Copy)]
pub(crate) struct Started(pub(crate) UtcTime);

/// How the process and its database do.
#[derive(Clone, Copy)]
pub(crate) struct Readiness {
    /// The database answers.
    pub(crate) database: bool,
    /// Migrations that the database lacks; unknown where it does not answer.
    pub(crate) pending: Option<usize>,
    /// The process is not on its way out.
    pub(crate) staying: bool,
}

impl Readiness {
    /// Asks the database.
    pub(crate) async fn of(db: &Db, leaving: &Leaving) -> Self {
        let database = db.ping().await.is_ok();
        let pending = if database {
            db.pending_migrations().await.ok()
        } else {
            None
        };
        Self {
            database,
            pending: pending.map(|pending| pending.len()),
            staying: !leaving.begun(),
        }
    }

    /// Whether requests should come.
    pub(crate) fn is_ready(self) -> bool {
        self.database && self.pending == Some(0) && self.staying
    }
}

/// `GET /healthz`: the process answers. It says nothing of the database, so that a database
/// outage does not make an orchestrator kill a healthy process.
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers and its schema is the one this binary expects.
pub(crate) async fn ready(db: web::Data<Db>, leaving: web::Data<Leaving>) -> HttpResponse {
    let found = Readiness::of(&db, &leaving).await;
    let word = |good: bool| if good { "ok" } else { "failed" };
    let body = json!({
        "status": if found.is_ready() { "ready" } else { "not_ready" },
        "checks": {
            "database": word(found.database),
            "migrations": word(found.pending == Some(0)),
            "staying": word(found.staying),
        }
    });
    if found.is_ready() {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header(("retry-after", "1"))
            .json(body)
    }
}

/// `GET /metrics` on its own listener: what a stranger must not read is not on the public one.
pub(crate) async fn metrics(handle: web::Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(handle.render())
}
