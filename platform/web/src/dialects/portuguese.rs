//! Dialect P: machines and tools of a Portuguese control system.
//!
//! Base `/api/v1`, beside the canonical interface, whose nouns are English; every path with and
//! without a slash at its end. Unknown fields are passed over. A refusal is `{detail, codigo}`,
//! where `codigo` is the code that the canonical interface has for it, explained at `/problems`.
//! Sentences are in the language asked for, else in Portuguese.

mod customers;
mod licenses;
mod machine;
mod machines;
mod program;
mod registration;
mod token;
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
    at(config, "/api/v1/auth/token", "POST", |it| {
        it.post(token::issue)
    });
    at(config, "/api/v1/clientes", "GET, POST", |it| {
        it.get(customers::list).post(customers::create)
    });
    at(config, "/api/v1/clientes/{id}", "GET, PUT", |it| {
        it.get(customers::get).put(customers::replace)
    });
    at(config, "/api/v1/clientes/{id}/bloquear", "POST", |it| {
        it.post(customers::block)
    });
    at(config, "/api/v1/clientes/{id}/ativar", "POST", |it| {
        it.post(customers::activate)
    });
    at(config, "/api/v1/maquinas", "GET, POST", |it| {
        it.get(machines::list).post(registration::register)
    });
    at(config, "/api/v1/maquinas/heartbeat", "POST", |it| {
        it.post(program::heartbeat)
    });
    at(config, "/api/v1/maquinas/{id}/bloquear", "POST", |it| {
        it.post(machines::block)
    });
    at(config, "/api/v1/maquinas/{id}/desbloquear", "POST", |it| {
        it.post(machines::unblock)
    });
    at(config, "/api/v1/maquinas/{id}/dashboard", "GET", |it| {
        it.get(machines::dashboard)
    });
    at(config, "/api/v1/licencas", "POST", |it| {
        it.post(licenses::issue)
    });
    at(config, "/api/v1/licencas/ativar/{chave}", "POST", |it| {
        it.post(program::activate)
    });
    at(config, "/api/v1/licencas/verificar/{chave}", "GET", |it| {
        it.get(program::verify)
    });
    at(config, "/api/v1/licencas/{id}/renovar", "POST", |it| {
        it.post(licenses::renew)
    });
    at(config, "/api/v1/licencas/{id}/bloquear", "POST", |it| {
        it.post(licenses::block)
    });
}

/// What use cases call a field, and what this dialect calls it.
const NAMES: &[(&str, &str)] = &[
    ("fingerprint", "fingerprint"),
    ("name", "nome"),
    ("email", "email"),
    ("tax_id", "documento"),
    ("platform", "sistema"),
    ("app_version", "versao"),
    ("node_id", "cliente_id"),
    ("product", "produto"),
    ("kind", "tipo"),
    ("modules", "modulos"),
    ("machine_limit", "maquinas"),
    ("cpu_percent", "cpu"),
    ("memory_percent", "memoria"),
    ("disk_percent", "disco"),
];

/// A problem as this dialect says it.
pub(super) fn refuse(problem: &Problem, words: &Words, locale: &Locale) -> HttpResponse {
    let refusal = Refusal::of(problem, NAMES, words, locale);
    let body = json!({ "detail": refusal.message, "codigo": refusal.code });
    refusal.answer(problem, locale, &body)
}

/// A page of a list.
#[derive(Serialize)]
struct Lista<T> {
    itens: Vec<T>,
    total: i64,
    pagina: u32,
    tamanho: u32,
}
