//! Registration of boletos as Banco do Brasil's `cobrancas/v2` does it.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bank_slip::{Slip, slip};
use crate::bearer;
use crate::bill::{Bill, Provider, Status};
use crate::br_code::br_code;
use crate::money::{cents_of, number};
use crate::time::{Millis, day};
use crate::world::{Draft, Shared};

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cobrancas/v2/boletos", web::post().to(register))
        .service(
            web::resource("/cobrancas/v2/boletos/{number}")
                .get(get)
                .patch(change),
        )
        .route(
            "/cobrancas/v2/boletos/{number}/baixar",
            web::post().to(write_off),
        );
}

#[derive(Deserialize)]
struct Keys {
    #[serde(rename = "gw-dev-app-key")]
    app_key: Option<String>,
}

fn is_known(request: &HttpRequest, keys: &Keys, shared: &Shared) -> bool {
    bearer::is_known(request) && keys.app_key.as_deref() == Some(&shared.secrets.app_key)
}

fn refused(status: u16, message: &str) -> HttpResponse {
    let code = actix_web::http::StatusCode::from_u16(status)
        .unwrap_or(actix_web::http::StatusCode::BAD_REQUEST);
    HttpResponse::build(code).json(json!({
        "erros": [{"codigo": status.to_string(), "mensagem": message, "ocorrencia": "simulado"}],
    }))
}

/// The bank writes `10.12.2026`.
fn date(value: Option<&Value>) -> Option<Date> {
    let text = value?.as_str()?;
    let mut parts = text.split('.');
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let year = parts.next()?.parse().ok()?;
    Date::new(year, month, day).ok()
}

fn written(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

async fn register(
    request: HttpRequest,
    keys: Query<Keys>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &keys, &shared) {
        return refused(401, "Credenciais inválidas.");
    }
    let ask = ask.into_inner();
    let Some(minor) = cents_of(ask.get("valorOriginal")).filter(|minor| *minor > 0) else {
        return refused(400, "valorOriginal inválido.");
    };
    let Some(due) = date(ask.get("dataVencimento")) else {
        return refused(400, "dataVencimento inválida.");
    };
    let agreement = ask.get("numeroConvenio").and_then(Value::as_u64);
    let title = ask.get("numeroTituloCliente").and_then(Value::as_str);
    let (Some(agreement), Some(title)) = (agreement, title) else {
        return refused(400, "numeroConvenio ou numeroTituloCliente falta.");
    };
    let digits = title.bytes().all(|byte| byte.is_ascii_digit());
    if title.len() != 20 || !digits || !title.starts_with(&format!("000{agreement:07}")) {
        return refused(400, "numeroTituloCliente: 000, convênio e dez algarismos.");
    }
    let payer = ask.get("pagador").cloned().unwrap_or_default();
    let named = payer.get("nome").is_some_and(Value::is_string);
    if !named || !payer.get("numeroInscricao").is_some_and(Value::is_u64) {
        return refused(400, "pagador inválido.");
    }
    if shared.world().find(Provider::Boleto, title).is_some() {
        return refused(409, "Título já incluído anteriormente.");
    }
    let days = ask
        .get("numeroDiasLimiteRecebimento")
        .and_then(Value::as_i64)
        .unwrap_or(30);
    let end = due.checked_add((days + 1).days()).unwrap_or(due);
    let expires = end
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(i64::MAX, |zoned| zoned.timestamp().as_millisecond());
    let bill = shared.create(Draft {
        provider: Provider::Boleto,
        reference: title.to_owned(),
        minor,
        currency: "BRL".to_owned(),
        description: payer["nome"].as_str().unwrap_or_default().to_owned(),
        expires: Some(expires),
        ask,
        webhook: None,
        pair: None,
    });
    let made = slip_of(&bill);
    let mut answer = json!({
        "numero": bill.reference,
        "numeroCarteira": bill.ask["numeroCarteira"],
        "codigoCliente": 1,
        "linhaDigitavel": made.line,
        "codigoBarraNumerico": made.barcode,
        "numeroContratoCobranca": 1,
        "beneficiario": {"agencia": 1, "contaCorrente": 1},
    });
    if bill.ask.get("indicadorPix").and_then(Value::as_str) == Some("S") {
        let location = format!("{}/qr/v2/{}", shared.address, bill.reference);
        answer["qrCode"] = json!({
            "url": location,
            "txId": format!("BOLETO{}", bill.reference),
            "emv": br_code(&location, None),
        });
    }
    HttpResponse::Created().json(answer)
}

/// The slip of a boleto as it stands now.
pub(crate) fn slip_of(bill: &Bill) -> Slip {
    let due = date(bill.ask.get("dataVencimento")).unwrap_or_else(|| day(bill.created));
    let wallet = bill
        .ask
        .get("numeroCarteira")
        .and_then(Value::as_u64)
        .unwrap_or(17);
    let number = bill.reference.get(3..).unwrap_or_default();
    slip(number, &format!("{wallet:02}"), due, bill.minor)
}

fn state(bill: &Bill, now: Millis) -> u8 {
    match bill.status {
        Status::Paid => 6,
        Status::Canceled | Status::Declined | Status::Expired => 7,
        Status::Open | Status::Authorized if bill.is_past(now) => 7,
        Status::Open | Status::Authorized => 1,
    }
}

async fn get(
    request: HttpRequest,
    title: Path<String>,
    keys: Query<Keys>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &keys, &shared) {
        return refused(401, "Credenciais inválidas.");
    }
    let now = shared.clock.now();
    let world = shared.world();
    let Some(bill) = world.find(Provider::Boleto, &title) else {
        return refused(404, "Boleto não encontrado.");
    };
    let made = slip_of(bill);
    HttpResponse::Ok().json(json!({
        "codigoLinhaDigitavel": made.line,
        "textoCodigoBarrasTituloCobranca": made.barcode,
        "codigoEstadoTituloCobranca": state(bill, now),
        "dataVencimentoTituloCobranca": bill.ask["dataVencimento"],
        "valorOriginalTituloCobranca": number(bill.minor),
        "valorPagoSacado": number(bill.paid_minor),
        "valorCreditoCedente": number(bill.paid_minor),
        "dataRecebimentoTitulo": bill.paid_at.map_or_else(String::new, |at| written(day(at))),
        "numeroTituloCedenteCobranca": bill.ask["numeroTituloBeneficiario"],
    }))
}

async fn change(
    request: HttpRequest,
    title: Path<String>,
    keys: Query<Keys>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &keys, &shared) {
        return refused(401, "Credenciais inválidas.");
    }
    let mut world = shared.world();
    let Some(bill) = world.find_mut(Provider::Boleto, &title) else {
        return refused(404, "Boleto não encontrado.");
    };
    if bill.status != Status::Open {
        return refused(400, "O título não está em aberto.");
    }
    if let Some(due) = date(ask.pointer("/alteracaoData/novaDataVencimento")) {
        bill.ask["dataVencimento"] = json!(written(due));
    }
    HttpResponse::Ok().json(json!({"numeroContratoCobranca": 1}))
}

async fn write_off(
    request: HttpRequest,
    title: Path<String>,
    keys: Query<Keys>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !is_known(&request, &keys, &shared) {
        return refused(401, "Credenciais inválidas.");
    }
    let mut world = shared.world();
    let Some(bill) = world.find_mut(Provider::Boleto, &title) else {
        return refused(404, "Boleto não encontrado.");
    };
    if bill.status != Status::Open {
        return refused(400, "O título não está em aberto.");
    }
    bill.status = Status::Canceled;
    HttpResponse::Ok()
        .json(json!({"numeroContratoCobranca": "1", "dataBaixa": written(day(bill.created))}))
}
