//! Alive, ready, and measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};
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

/// `GET /healthz`: the process answers. It says nothing of the database, so that a database
/// outage does not make an orchestrator kill a healthy process.
pub(crate) async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers and its schema is the one this binary expects.
pub(crate) async fn ready(db: web::Data<Db>, leaving: web::Data<Leaving>) -> HttpResponse {
    let database = db.ping().await.is_ok();
    let migrations = database
        && db
            .pending_migrations()
            .await
            .is_ok_and(|pending| pending.is_empty());
    let staying = !leaving.begun();
    let word = |good: bool| if good { "ok" } else { "failed" };
    let body = json!({
        "status": if database && migrations && staying { "ready" } else { "not_ready" },
        "checks": {
            "database": word(database),
            "migrations": word(migrations),
            "staying": word(staying),
        }
    });
    if database && migrations && staying {
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
