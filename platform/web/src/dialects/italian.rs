//! Dialect I: programs of an Italian license server, and the tools that manage it.
//!
//! Base `/api`; every path with and without a slash at its end. Unknown fields are passed over. A
//! refusal is `{esito:"errore", codice, messaggio}`, where `codice` is the code that the canonical
//! interface has for it, explained at `/problems`. Sentences are in the language asked for, else in
//! Italian.

mod agents;
mod change;
mod customers;
mod license;
mod licenses;
mod program;
mod registration;
mod renewal;
mod words;

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use alvara_render::{Locale, Words};
use serde::Serialize;
use serde_json::json;

use super::at;
use super::refusal::Refusal;
use crate::problem::Problem;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    at(config, "/api/licenze/attiva", "POST", |it| {
        it.post(program::activate)
    });
    at(config, "/api/licenze/valida", "POST", |it| {
        it.post(program::validate)
    });
    at(config, "/api/licenze/rinnova", "POST", |it| {
        it.post(renewal::renew)
    });
    at(config, "/api/clienti/registrazione", "POST", |it| {
        it.post(registration::register)
    });
    at(config, "/api/admin/licenze", "GET, POST", |it| {
        it.get(licenses::list).post(licenses::issue)
    });
    at(config, "/api/admin/licenze/{id}", ONE, |it| {
        it.get(licenses::get)
            .patch(change::change)
            .delete(licenses::remove)
    });
    at(config, "/api/admin/clienti", "GET, POST", |it| {
        it.get(customers::list).post(customers::create)
    });
    at(config, "/api/admin/clienti/{id}", ONE, |it| {
        it.get(customers::get)
            .patch(customers::change)
            .delete(customers::remove)
    });
    at(config, "/api/admin/agent", "GET, POST", |it| {
        it.get(agents::list).post(agents::create)
    });
    at(config, "/api/admin/agent/{id}", ONE, |it| {
        it.get(agents::get)
            .patch(agents::change)
            .delete(agents::remove)
    });
}

/// What can be done with one thing.
const ONE: &str = "GET, PATCH, DELETE";

/// What use cases call a field, and what this dialect calls it.
const NAMES: &[(&str, &str)] = &[
    ("fingerprint", "dispositivo"),
    ("name", "nome"),
    ("company", "azienda"),
    ("tax_id", "partita_iva"),
    ("phone", "telefono"),
    ("sites", "sedi"),
    ("email", "email"),
    ("node_id", "azienda_assegnataria"),
    ("parent_id", "azienda_padre"),
    ("product", "prodotto"),
    ("kind", "tipo_licenza"),
    ("modules", "moduli_attivi"),
    ("machine_limit", "numero_dispositivi"),
    ("price", "prezzo"),
    ("discount_percent", "sconto"),
    ("method", "metodo_pagamento"),
    ("plan", "piano"),
    // The one line of an order that renews a license: what of it can be wrong is the plan.
    ("lines", "piano"),
    // Of who holds the license, not of the request.
    ("customer", "cliente"),
];

/// A problem as this dialect says it.
pub(super) fn refuse(problem: &Problem, words: &Words, locale: &Locale) -> HttpResponse {
    let refusal = Refusal::of(problem, NAMES, words, locale);
    let body = json!({
        "esito": "errore", "codice": refusal.code, "messaggio": refusal.message,
    });
    refusal.answer(problem, locale, &body)
}

/// A page of a list.
#[derive(Serialize)]
struct Elenco<T> {
    dati: Vec<T>,
    totale: i64,
    pagina: u32,
    per_pagina: u32,
}
