//! API Pix of the Banco Central, version 2: charges without and with due date, received payments,
//! refunds, and where webhooks go. Paths begin with `/pix/v2`, as a bank's prefix would.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bearer;
use crate::bill::{Bill, GivenBack, Provider, Status};
use crate::br_code::br_code;
use crate::deliver::Parcel;
use crate::money::{cents, decimal};
use crate::time::{Millis, day, minute, rfc3339};
use crate::world::{Draft, Shared, World};

/// The institution that the simulator is: eight digits.
pub(crate) const ISPB: &str = "99999999";

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/pix/v2/cob/{txid}")
                .put(put_cob)
                .patch(patch_cob)
                .get(get_cob),
        )
        .service(
            web::resource("/pix/v2/cobv/{txid}")
                .put(put_cobv)
                .patch(patch_cobv)
                .get(get_cobv),
        )
        .route("/pix/v2/cob", web::get().to(list_cobs))
        .route("/pix/v2/pix/{e2eid}", web::get().to(get_pix))
        .service(
            web::resource("/pix/v2/pix/{e2eid}/devolucao/{id}")
                .put(put_refund)
                .get(get_refund),
        )
        .service(
            web::resource("/pix/v2/webhook/{chave}")
                .put(put_webhook)
                .get(get_webhook),
        );
}

/// RFC 7807, in the words of the specification's catalogue.
pub(crate) fn problem(status: u16, kind: &str, detail: &str) -> HttpResponse {
    let code = actix_web::http::StatusCode::from_u16(status)
        .unwrap_or(actix_web::http::StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(code)
        .content_type("application/problem+json")
        .json(json!({
            "type": format!("https://pix.bcb.gov.br/api/v2/error/{kind}"),
            "title": kind,
            "status": status,
            "detail": detail,
        }))
}

pub(crate) fn denied() -> HttpResponse {
    problem(403, "AcessoNegado", "O token não vale.")
}

/// 26 to 35 letters and digits.
pub(crate) fn is_txid(text: &str) -> bool {
    (26..=35).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn amount(ask: &Value) -> Option<i64> {
    let text = ask.pointer("/valor/original")?.as_str()?;
    // The specification wants two decimals, always.
    text.split_once('.').filter(|(_, cents)| cents.len() == 2)?;
    cents(text).filter(|amount| *amount > 0)
}

/// A debtor is a name with one number, or nobody.
fn debtor_is_whole(ask: &Value) -> bool {
    match ask.get("devedor") {
        None => true,
        Some(debtor) => {
            let numbers = ["cpf", "cnpj"].map(|key| debtor.get(key).is_some());
            debtor.get("nome").is_some_and(Value::is_string)
                && numbers.iter().filter(|there| **there).count() == 1
        }
    }
}

async fn put_cob(
    request: HttpRequest,
    txid: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    put(
        &request,
        txid.into_inner(),
        ask.into_inner(),
        &shared,
        Provider::PixCob,
    )
}

async fn put_cobv(
    request: HttpRequest,
    txid: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    put(
        &request,
        txid.into_inner(),
        ask.into_inner(),
        &shared,
        Provider::PixCobv,
    )
}

fn put(
    request: &HttpRequest,
    txid: String,
    ask: Value,
    shared: &Shared,
    provider: Provider,
) -> HttpResponse {
    if !bearer::is_known(request) {
        return denied();
    }
    let kind = match provider {
        Provider::PixCobv => "CobVOperacaoInvalida",
        _ => "CobOperacaoInvalida",
    };
    if !is_txid(&txid) {
        return problem(400, kind, "O txid tem de 26 a 35 letras e algarismos.");
    }
    let Some(minor) = amount(&ask) else {
        return problem(400, kind, "cob.valor.original não respeita o schema.");
    };
    if ask
        .get("chave")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return problem(400, kind, "cob.chave falta.");
    }
    if !debtor_is_whole(&ask) {
        return problem(400, kind, "cob.devedor quer nome e cpf ou cnpj.");
    }
    let now = shared.clock.now();
    let expires = match provider {
        Provider::PixCobv => match last_day(&ask) {
            Some(_) if ask.get("devedor").is_none() => {
                return problem(400, kind, "cobv.devedor falta.");
            }
            Some(last) => end_of(last),
            None => return problem(400, kind, "cobv.calendario.dataDeVencimento falta."),
        },
        _ => {
            now + 1000
                * ask
                    .pointer("/calendario/expiracao")
                    .and_then(Value::as_i64)
                    .unwrap_or(86_400)
        }
    };
    {
        let mut world = shared.world();
        let taken = [Provider::PixCob, Provider::PixCobv, Provider::PixCobr]
            .into_iter()
            .any(|other| other != provider && world.find(other, &txid).is_some());
        if taken {
            return problem(400, kind, "O txid já foi usado.");
        }
        if let Some(bill) = world.find_mut(provider, &txid) {
            if bill.status != Status::Open {
                return problem(400, kind, "A cobrança não está mais ativa.");
            }
            bill.minor = minor;
            bill.ask = ask;
            bill.expires = Some(expires);
            bill.revision += 1;
            let document = document(bill, shared);
            return HttpResponse::Created().json(document);
        }
    }
    let description = text(&ask, "/solicitacaoPagador");
    let bill = shared.create(Draft {
        provider,
        reference: txid,
        minor,
        currency: "BRL".to_owned(),
        description,
        expires: Some(expires),
        ask,
        webhook: None,
        pair: None,
    });
    HttpResponse::Created().json(document(&bill, shared))
}

fn text(ask: &Value, pointer: &str) -> String {
    let text = ask.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// The last day on which a charge with due date can be paid.
fn last_day(ask: &Value) -> Option<Date> {
    let due: Date = ask
        .pointer("/calendario/dataDeVencimento")?
        .as_str()?
        .parse()
        .ok()?;
    let grace = ask
        .pointer("/calendario/validadeAposVencimento")
        .and_then(Value::as_i64)
        .unwrap_or(30);
    due.checked_add(grace.days()).ok()
}

fn end_of(date: Date) -> Millis {
    let zone = TimeZone::get("America/Sao_Paulo").unwrap_or(TimeZone::UTC);
    let next = date.checked_add(1.day()).unwrap_or(date);
    next.to_zoned(zone)
        .map_or(i64::MAX, |zoned| zoned.timestamp().as_millisecond())
}

async fn patch_cob(
    request: HttpRequest,
    txid: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    patch(&request, &txid, &ask, &shared, Provider::PixCob)
}

async fn patch_cobv(
    request: HttpRequest,
    txid: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    patch(&request, &txid, &ask, &shared, Provider::PixCobv)
}

fn patch(
    request: &HttpRequest,
    txid: &str,
    ask: &Value,
    shared: &Shared,
    provider: Provider,
) -> HttpResponse {
    if !bearer::is_known(request) {
        return denied();
    }
    let mut world = shared.world();
    let Some(bill) = world.find_mut(provider, txid) else {
        return missing(provider);
    };
    if bill.status != Status::Open {
        return problem(
            400,
            "CobOperacaoInvalida",
            "A cobrança não está mais ativa.",
        );
    }
    if ask.get("status").and_then(Value::as_str) == Some("REMOVIDA_PELO_USUARIO_RECEBEDOR") {
        bill.status = Status::Canceled;
    }
    if let Some(minor) = amount(ask) {
        bill.minor = minor;
        bill.ask["valor"] = ask["valor"].clone();
    }
    bill.revision += 1;
    HttpResponse::Ok().json(document(bill, shared))
}

async fn get_cob(request: HttpRequest, txid: Path<String>, shared: Data<Shared>) -> HttpResponse {
    get(&request, &txid, &shared, Provider::PixCob)
}

async fn get_cobv(request: HttpRequest, txid: Path<String>, shared: Data<Shared>) -> HttpResponse {
    get(&request, &txid, &shared, Provider::PixCobv)
}

fn get(request: &HttpRequest, txid: &str, shared: &Shared, provider: Provider) -> HttpResponse {
    if !bearer::is_known(request) {
        return denied();
    }
    match shared.world().find(provider, txid) {
        Some(bill) => HttpResponse::Ok().json(document(bill, shared)),
        None => missing(provider),
    }
}

#[derive(Deserialize)]
struct Span {
    inicio: String,
    fim: String,
}

/// What was asked for in a span of time.
async fn list_cobs(request: HttpRequest, span: Query<Span>, shared: Data<Shared>) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let instant = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let (Some(from), Some(to)) = (instant(&span.inicio), instant(&span.fim)) else {
        return problem(400, "CobConsultaInvalida", "inicio e fim são instantes.");
    };
    let span_of_time = from.as_millisecond()..=to.as_millisecond();
    let world = shared.world();
    let asked =
        |bill: &&Bill| bill.provider == Provider::PixCob && span_of_time.contains(&bill.created);
    let found = world.bills.values().filter(asked);
    let cobs: Vec<Value> = found.map(|bill| document(bill, &shared)).collect();
    HttpResponse::Ok().json(json!({
        "parametros": {"inicio": span.inicio, "fim": span.fim, "paginacao": {"paginaAtual": 0,
            "itensPorPagina": 100, "quantidadeDePaginas": 1, "quantidadeTotalDeItens": cobs.len()}},
        "cobs": cobs,
    }))
}

fn missing(provider: Provider) -> HttpResponse {
    match provider {
        Provider::PixCobv => problem(404, "CobVNaoEncontrada", "A cobrança não existe."),
        _ => problem(404, "CobNaoEncontrado", "A cobrança não existe."),
    }
}

/// The charge as `GET` answers it. An unpaid one past its end is still `ATIVA`: API Pix has no word
/// for it.
fn document(bill: &Bill, shared: &Shared) -> Value {
    let due = bill.provider == Provider::PixCobv;
    let location = format!(
        "{}/{}/{}",
        shared.address,
        if due { "qr/v2/cobv" } else { "qr/v2" },
        bill.reference
    );
    let mut calendar = bill
        .ask
        .get("calendario")
        .cloned()
        .unwrap_or_else(|| json!({}));
    calendar["criacao"] = json!(rfc3339(bill.created));
    if !due && calendar.get("expiracao").is_none() {
        calendar["expiracao"] = json!(86_400);
    }
    let mut document = json!({
        "calendario": calendar,
        "txid": bill.reference,
        "revisao": bill.revision,
        "location": location,
        "status": match bill.status {
            Status::Paid => "CONCLUIDA",
            Status::Canceled => "REMOVIDA_PELO_USUARIO_RECEBEDOR",
            Status::Declined => "REMOVIDA_PELO_PSP",
            Status::Open | Status::Authorized | Status::Expired => "ATIVA",
        },
        "valor": bill.ask.get("valor").cloned().unwrap_or(Value::Null),
        "chave": bill.ask.get("chave").cloned().unwrap_or(Value::Null),
        "pixCopiaECola": br_code(&location, None),
    });
    for key in ["devedor", "solicitacaoPagador", "infoAdicionais"] {
        if let Some(value) = bill.ask.get(key) {
            document[key] = value.clone();
        }
    }
    if due {
        document["recebedor"] = json!({"nome": "Loja Simulada", "cnpj": "00000000000191"});
    }
    if let Some(received) = received(bill) {
        document["pix"] = json!([received]);
    }
    document
}

/// The payment as `/pix/{e2eid}` and webhooks tell it; none while nobody paid.
pub(crate) fn received(bill: &Bill) -> Option<Value> {
    let payment = bill.payment.as_ref()?;
    let mut received = json!({
        "endToEndId": payment,
        "txid": bill.reference,
        "valor": decimal(bill.paid_minor),
        "horario": rfc3339(bill.paid_at?),
        "chave": bill.ask.get("chave").cloned().unwrap_or(Value::Null),
        "infoPagador": "simulado",
    });
    if !bill.refunds.is_empty() {
        received["devolucoes"] = bill.refunds.iter().map(returned).collect();
    }
    Some(received)
}

fn returned(refund: &GivenBack) -> Value {
    let mut value = json!({
        "id": refund.id,
        "rtrId": refund.number,
        "valor": decimal(refund.minor),
        "natureza": if refund.by_bank { "MED_FRAUDE" } else { "ORIGINAL" },
        "horario": {"solicitacao": rfc3339(refund.at)},
        "status": match (refund.failed, refund.done) {
            (true, _) => "NAO_REALIZADO",
            (false, true) => "DEVOLVIDO",
            (false, false) => "EM_PROCESSAMENTO",
        },
    });
    if refund.done {
        value["horario"]["liquidacao"] = json!(rfc3339(refund.at));
    }
    value
}

async fn get_pix(request: HttpRequest, e2eid: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let world = shared.world();
    let found = world
        .bills
        .values()
        .find(|bill| bill.payment.as_deref() == Some(e2eid.as_str()));
    match found.and_then(received) {
        Some(received) => HttpResponse::Ok().json(received),
        None => problem(404, "NaoEncontrado", "O Pix não existe."),
    }
}

async fn put_refund(
    request: HttpRequest,
    path: Path<(String, String)>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let invalid = |detail: &str| problem(400, "PixDevolucaoInvalida", detail);
    let (payment, id) = path.into_inner();
    let Some(minor) = ask
        .get("valor")
        .and_then(Value::as_str)
        .and_then(cents)
        .filter(|minor| *minor > 0)
    else {
        return invalid("devolucao.valor não respeita o schema.");
    };
    if id.is_empty() || id.len() > 35 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return invalid("O id tem de 1 a 35 letras e algarismos.");
    }
    let now = shared.clock.now();
    let mut world = shared.world();
    let count = world.count();
    let Some(bill) = world
        .bills
        .values_mut()
        .find(|bill| bill.payment.as_deref() == Some(payment.as_str()))
    else {
        return problem(404, "NaoEncontrado", "O Pix não existe.");
    };
    if bill.refunds.iter().any(|refund| refund.id == id) {
        return invalid("O id já foi usado.");
    }
    if bill.given_back() + minor > bill.paid_minor {
        return invalid("As devoluções passam do valor do Pix.");
    }
    // Ninety days from the payment.
    if bill.paid_at.is_some_and(|at| now - at > 90 * 86_400_000) {
        return invalid("O prazo da devolução passou.");
    }
    let refund = GivenBack {
        id,
        number: format!("D{ISPB}{}{count:011}", minute(now)),
        minor,
        at: now,
        done: false,
        failed: false,
        by_bank: false,
    };
    let answer = returned(&refund);
    bill.refunds.push(refund);
    HttpResponse::Created().json(answer)
}

async fn get_refund(
    request: HttpRequest,
    path: Path<(String, String)>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let (payment, id) = path.into_inner();
    let world = shared.world();
    let found = world
        .bills
        .values()
        .filter(|bill| bill.payment.as_deref() == Some(payment.as_str()))
        .flat_map(|bill| &bill.refunds)
        .find(|refund| refund.id == id);
    match found {
        Some(refund) => HttpResponse::Ok().json(returned(refund)),
        None => problem(404, "PixDevolucaoNaoEncontrada", "A devolução não existe."),
    }
}

async fn put_webhook(
    request: HttpRequest,
    chave: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let Some(url) = ask.get("webhookUrl").and_then(Value::as_str) else {
        return problem(400, "WebhookOperacaoInvalida", "webhookUrl falta.");
    };
    let mut world = shared.world();
    world
        .pix_webhooks
        .insert(chave.into_inner(), url.to_owned());
    HttpResponse::Ok().json(json!({"webhookUrl": url}))
}

async fn get_webhook(
    request: HttpRequest,
    chave: Path<String>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    match shared.world().pix_webhooks.get(chave.as_str()) {
        Some(url) => HttpResponse::Ok().json(json!({
            "webhookUrl": url, "chave": chave.as_str(), "criacao": rfc3339(shared.clock.now()),
        })),
        None => problem(404, "WebhookNaoEncontrado", "Não há webhook."),
    }
}

/// What is told of a payment, or of a refund of it.
pub(crate) fn parcels(world: &World, bill: &Bill) -> Vec<Parcel> {
    let chave = bill.ask.get("chave").and_then(Value::as_str);
    let url = chave.and_then(|chave| world.pix_webhooks.get(chave));
    let (Some(url), Some(received)) = (url, received(bill)) else {
        return Vec::new();
    };
    vec![Parcel {
        // The provider itself adds the last part.
        url: told_at(url, "pix"),
        headers: Vec::new(),
        body: json!({"pix": [received]}).to_string(),
    }]
}

/// A webhook's URL with a last part, which goes before a query.
pub(crate) fn told_at(url: &str, part: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let slash = if path.ends_with('/') { "" } else { "/" };
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{path}{slash}{part}{mark}{query}")
}

/// A new end-to-end id.
pub(crate) fn end_to_end(now: Millis, count: u64) -> String {
    format!("E{ISPB}{}{count:011}", minute(now))
}

/// The day of a charge with due date, for the page.
pub(crate) fn due_day(bill: &Bill) -> String {
    let due = bill.ask.pointer("/calendario/dataDeVencimento");
    due.and_then(Value::as_str)
        .map_or_else(|| day(bill.created).to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-07
    #[test]
    fn the_last_part_goes_before_the_query() {
        assert_eq!(told_at("http://a/b?hmac=1", "pix"), "http://a/b/pix?hmac=1");
        assert_eq!(told_at("http://a/b/", "pix"), "http://a/b/pix");
    }
}
