//! Pix Automático: recurrences (`rec`), their place in a code (`locrec`), and the cycles (`cobr`).
//! Of the four journeys the simulator knows the third, a first payment and the consent in one code,
//! and the second, the consent alone.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bearer;
use crate::bill::{Bill, Provider, Status};
use crate::br_code::br_code;
use crate::deliver::Parcel;
use crate::money::cents;
use crate::pix::{ISPB, denied, is_txid, problem, told_at};
use crate::time::{Millis, day, rfc3339};
use crate::world::{Draft, Shared, World};

/// Where recurrences and cycles are told, by the receiver rather than by a key.
const REC_WEBHOOK: &str = "*rec";
const COBR_WEBHOOK: &str = "*cobr";

/// A recurrence.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Recurrence {
    pub(crate) id: String,
    /// CRIADA, APROVADA, REJEITADA, EXPIRADA, CANCELADA.
    pub(crate) status: &'static str,
    pub(crate) ask: Value,
    pub(crate) history: Vec<(&'static str, Millis)>,
}

impl Recurrence {
    pub(crate) fn become_(&mut self, status: &'static str, now: Millis) {
        self.status = status;
        self.history.push((status, now));
    }

    /// The txid whose payment is the consent.
    pub(crate) fn first_txid(&self) -> Option<&str> {
        self.ask.pointer("/ativacao/dadosJornada/txid")?.as_str()
    }
}

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/pix/v2/locrec", web::post().to(post_location))
        .service(web::resource("/pix/v2/rec").get(list).post(post))
        .service(web::resource("/pix/v2/rec/{id}").get(get).patch(patch))
        .service(
            web::resource("/pix/v2/cobr/{txid}")
                .put(put_cycle)
                .patch(patch_cycle)
                .get(get_cycle),
        )
        .route(
            "/pix/v2/cobr/{txid}/retentativa/{day}",
            web::post().to(retry),
        )
        .route("/pix/v2/webhookrec", web::put().to(put_rec_webhook))
        .route("/pix/v2/webhookcobr", web::put().to(put_cobr_webhook));
}

async fn post_location(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let id = shared.world().count();
    HttpResponse::Created().json(json!({
        "id": id,
        "location": format!("{}/qr/v2/rec/{id}", shared.address),
        "criacao": rfc3339(shared.clock.now()),
    }))
}

async fn post(request: HttpRequest, ask: Json<Value>, shared: Data<Shared>) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let invalid = |detail: &str| problem(400, "RecOperacaoInvalida", detail);
    let ask = ask.into_inner();
    let string = |pointer: &str| ask.pointer(pointer).and_then(Value::as_str);
    if string("/vinculo/contrato").is_none_or(|text| text.is_empty() || text.len() > 35) {
        return invalid("rec.vinculo.contrato tem de 1 a 35 caracteres.");
    }
    if string("/calendario/dataInicial").is_none_or(|text| text.parse::<Date>().is_err()) {
        return invalid("rec.calendario.dataInicial falta.");
    }
    let often = ["SEMANAL", "MENSAL", "TRIMESTRAL", "SEMESTRAL", "ANUAL"];
    if string("/calendario/periodicidade").is_none_or(|text| !often.contains(&text)) {
        return invalid("rec.calendario.periodicidade não respeita o schema.");
    }
    let fixed = string("/valor/valorRec").is_some();
    if fixed && string("/valor/valorMinimoRecebedor").is_some() {
        return invalid("valorRec e valorMinimoRecebedor excluem-se.");
    }
    if let Some(txid) = string("/ativacao/dadosJornada/txid")
        && shared.world().find(Provider::PixCob, txid).is_none()
    {
        return invalid("A cobrança da jornada não existe.");
    }
    let retries = string("/politicaRetentativa") == Some("PERMITE_3R_7D");
    let now = shared.clock.now();
    let mut world = shared.world();
    let id = format!(
        "R{}{ISPB}{}{:011}",
        if retries { "R" } else { "N" },
        day(now).to_string().replace('-', ""),
        world.count()
    );
    let recurrence = Recurrence {
        id: id.clone(),
        status: "CRIADA",
        ask,
        history: vec![("CRIADA", now)],
    };
    let answer = document(&recurrence, &shared, None);
    world.recurrences.insert(id, recurrence);
    HttpResponse::Created().json(answer)
}

/// All there are; the real API shows those of a time, in pages.
async fn list(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let world = shared.world();
    let recs: Vec<Value> = world
        .recurrences
        .values()
        .map(|recurrence| document(recurrence, &shared, None))
        .collect();
    HttpResponse::Ok().json(json!({ "recs": recs }))
}

#[derive(Deserialize)]
struct Which {
    txid: Option<String>,
}

async fn get(
    request: HttpRequest,
    id: Path<String>,
    which: Query<Which>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    match shared.world().recurrences.get(id.as_str()) {
        Some(found) => HttpResponse::Ok().json(document(found, &shared, which.txid.as_deref())),
        None => problem(404, "RecNaoEncontrada", "A recorrência não existe."),
    }
}

async fn patch(
    request: HttpRequest,
    id: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let now = shared.clock.now();
    let mut world = shared.world();
    let Some(found) = world.recurrences.get_mut(id.as_str()) else {
        return problem(404, "RecNaoEncontrada", "A recorrência não existe.");
    };
    if ask.get("status").and_then(Value::as_str) == Some("CANCELADA") {
        if !matches!(found.status, "CRIADA" | "APROVADA") {
            return problem(400, "RecOperacaoInvalida", "A recorrência já terminou.");
        }
        found.become_("CANCELADA", now);
    }
    HttpResponse::Ok().json(document(found, &shared, None))
}

fn document(recurrence: &Recurrence, shared: &Shared, txid: Option<&str>) -> Value {
    let mut document = recurrence.ask.clone();
    document["idRec"] = json!(recurrence.id);
    document["status"] = json!(recurrence.status);
    document["recebedor"] = json!({"nome": "Loja Simulada", "cnpj": "00000000000191"});
    let history = recurrence.history.iter();
    document["atualizacao"] = history
        .map(|(status, at)| json!({"status": status, "data": rfc3339(*at)}))
        .collect();
    let place = recurrence.ask.get("loc").and_then(Value::as_u64);
    if let Some(place) = place {
        let recurrent = format!("{}/qr/v2/rec/{place}", shared.address);
        let first = txid.or_else(|| recurrence.first_txid());
        let (journey, code) = match first {
            Some(txid) => {
                let location = format!("{}/qr/v2/{txid}", shared.address);
                ("JORNADA_3", br_code(&location, Some(&recurrent)))
            }
            None => ("JORNADA_2", br_code(&recurrent, None)),
        };
        document["dadosQR"] = json!({"jornada": journey, "pixCopiaECola": code});
    }
    document
}

async fn put_cycle(
    request: HttpRequest,
    txid: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let invalid = |detail: &str| problem(400, "CobROperacaoInvalida", detail);
    let (txid, ask) = (txid.into_inner(), ask.into_inner());
    if !is_txid(&txid) {
        return invalid("O txid tem de 26 a 35 letras e algarismos.");
    }
    let string = |pointer: &str| ask.pointer(pointer).and_then(Value::as_str);
    let Some(minor) = string("/valor/original").and_then(cents) else {
        return invalid("cobr.valor.original não respeita o schema.");
    };
    let Some(due) =
        string("/calendario/dataDeVencimento").and_then(|text| text.parse::<Date>().ok())
    else {
        return invalid("cobr.calendario.dataDeVencimento falta.");
    };
    {
        let world = shared.world();
        let Some(recurrence) = string("/idRec").and_then(|id| world.recurrences.get(id)) else {
            return invalid("A recorrência não existe.");
        };
        if recurrence.status != "APROVADA" {
            return invalid("A recorrência não está aprovada.");
        }
        let fixed = recurrence
            .ask
            .pointer("/valor/valorRec")
            .and_then(Value::as_str);
        if fixed.and_then(cents).is_some_and(|fixed| fixed != minor) {
            return invalid("O valor não é o da recorrência.");
        }
        if world.find(Provider::PixCobr, &txid).is_some() {
            return invalid("O txid já foi usado.");
        }
        // From ten to two days before the day.
        let today = day(shared.clock.now());
        let ahead = due.since(today).map_or(-1, |span| span.get_days());
        if !(2..=10).contains(&ahead) {
            return invalid("A instrução chega de 10 a 2 dias antes do vencimento.");
        }
    }
    let description = string("/infoAdicional").unwrap_or_default().to_owned();
    let end = due.checked_add(8.days()).unwrap_or(due);
    let expires = end
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(i64::MAX, |zoned| zoned.timestamp().as_millisecond());
    let bill = shared.create(Draft {
        provider: Provider::PixCobr,
        reference: txid,
        minor,
        currency: "BRL".to_owned(),
        description,
        expires: Some(expires),
        ask,
        webhook: None,
        pair: None,
    });
    HttpResponse::Created().json(cycle(&bill))
}

async fn get_cycle(request: HttpRequest, txid: Path<String>, shared: Data<Shared>) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    match shared.world().find(Provider::PixCobr, &txid) {
        Some(bill) => HttpResponse::Ok().json(cycle(bill)),
        None => problem(404, "CobRNaoEncontrada", "A cobrança não existe."),
    }
}

async fn patch_cycle(
    request: HttpRequest,
    txid: Path<String>,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let mut world = shared.world();
    let Some(bill) = world.find_mut(Provider::PixCobr, &txid) else {
        return problem(404, "CobRNaoEncontrada", "A cobrança não existe.");
    };
    let cancels = ask.get("status").and_then(Value::as_str) == Some("CANCELADA");
    if !cancels || bill.status != Status::Open {
        return problem(
            400,
            "CobROperacaoInvalida",
            "A cobrança não está mais ativa.",
        );
    }
    bill.status = Status::Canceled;
    HttpResponse::Ok().json(cycle(bill))
}

async fn retry(
    request: HttpRequest,
    path: Path<(String, String)>,
    shared: Data<Shared>,
) -> HttpResponse {
    if !bearer::is_known(&request) {
        return denied();
    }
    let (txid, wanted) = path.into_inner();
    let mut world = shared.world();
    let Some(bill) = world.find_mut(Provider::PixCobr, &txid) else {
        return problem(404, "CobRNaoEncontrada", "A cobrança não existe.");
    };
    if bill.status != Status::Declined || bill.revision >= 3 || wanted.parse::<Date>().is_err() {
        return problem(400, "CobROperacaoInvalida", "Não há mais tentativas.");
    }
    bill.revision += 1;
    bill.status = Status::Open;
    HttpResponse::Created().json(cycle(bill))
}

fn cycle(bill: &Bill) -> Value {
    let mut document = bill.ask.clone();
    document["txid"] = json!(bill.reference);
    document["status"] = json!(match bill.status {
        Status::Open | Status::Authorized => "ATIVA",
        Status::Paid => "CONCLUIDA",
        Status::Declined => "REJEITADA",
        Status::Expired => "EXPIRADA",
        Status::Canceled => "CANCELADA",
    });
    document["calendario"]["criacao"] = json!(day(bill.created).to_string());
    document["atualizacao"] = json!([{"status": "CRIADA", "data": rfc3339(bill.created)}]);
    if let Some(payment) = &bill.payment {
        document["tentativas"] = json!([{
            "dataLiquidacao": document["calendario"]["dataDeVencimento"],
            "tipo": "AGND", "status": "PAGA", "endToEndId": payment,
        }]);
    }
    document
}

async fn put_rec_webhook(
    request: HttpRequest,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    keep_webhook(&request, &ask, &shared, REC_WEBHOOK)
}

async fn put_cobr_webhook(
    request: HttpRequest,
    ask: Json<Value>,
    shared: Data<Shared>,
) -> HttpResponse {
    keep_webhook(&request, &ask, &shared, COBR_WEBHOOK)
}

fn keep_webhook(request: &HttpRequest, ask: &Value, shared: &Shared, name: &str) -> HttpResponse {
    if !bearer::is_known(request) {
        return denied();
    }
    let Some(url) = ask.get("webhookUrl").and_then(Value::as_str) else {
        return problem(400, "WebhookOperacaoInvalida", "webhookUrl falta.");
    };
    let mut world = shared.world();
    world.pix_webhooks.insert(name.to_owned(), url.to_owned());
    HttpResponse::Ok().json(json!({"webhookUrl": url}))
}

/// What is told of a recurrence.
pub(crate) fn rec_parcels(world: &World, recurrence: &Recurrence) -> Vec<Parcel> {
    let told = json!({"idRec": recurrence.id, "status": recurrence.status});
    parcel(world, REC_WEBHOOK, "rec", &json!({"recs": [told]}))
}

/// What is told of a cycle.
pub(crate) fn cobr_parcels(world: &World, bill: &Bill) -> Vec<Parcel> {
    parcel(
        world,
        COBR_WEBHOOK,
        "cobr",
        &json!({"cobsr": [cycle(bill)]}),
    )
}

fn parcel(world: &World, name: &str, part: &str, body: &Value) -> Vec<Parcel> {
    let url = world.pix_webhooks.get(name);
    url.map(|url| Parcel {
        url: told_at(url, part),
        headers: Vec::new(),
        body: body.to_string(),
    })
    .into_iter()
    .collect()
}
