//! Pix Automático: a mandate (`rec`) and its charges (`cobr`).
//!
//! With a first charge it is journey 3, one code that pays and consents at once; without one it is
//! journey 2, a code that only consents.

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeRequest, ChargeState, Config, ErrorKind, Fault, Interval, Json,
    MandateRequest, MandateState, MandateStatus, NextAction, PspRef, QrAction, RetryPolicy,
    encode::form,
    key, kv,
    money::{decimal, expect},
    reference, text,
    time::{self, Day},
};

use crate::api::{Api, incomplete, segment};
use crate::charge::{self, Kind};
use crate::settings::Settings;

/// The instruction reaches the payer's bank 10 to 2 days before it is due (BCB, Pix Automático).
pub(crate) const LEAD_TIME_DAYS: (u32, u32) = (10, 2);
/// For how long a second try of the same setting up may come.
const REMEMBERED_SECONDS: u64 = 7 * 86_400;

fn interval(interval: Interval) -> &'static str {
    match interval {
        Interval::Weekly => "SEMANAL",
        Interval::Monthly => "MENSAL",
        Interval::Quarterly => "TRIMESTRAL",
        Interval::Semiannual => "SEMESTRAL",
        Interval::Annual => "ANUAL",
    }
}

pub(crate) fn status(raw: &str) -> Option<MandateStatus> {
    Some(match raw {
        "CRIADA" => MandateStatus::PendingApproval,
        "APROVADA" => MandateStatus::Active,
        "REJEITADA" => MandateStatus::Rejected,
        "EXPIRADA" => MandateStatus::Expired,
        "CANCELADA" => MandateStatus::Canceled,
        _ => return None,
    })
}

fn address(id_rec: &str, txid: Option<&str>) -> String {
    let query = txid.map_or_else(String::new, |txid| format!("?{}", form(&[("txid", txid)])));
    format!("/rec/{}{query}", segment(id_rec))
}

/// `rec` has no id of ours. A second try finds what the first made by a note of ours, or by the
/// contract's number among the debtor's newest.
fn made_before(ctx: &CallContext, api: &Api, contract: &str, note: &str) -> Answer<Option<String>> {
    if let Some(id) = kv::get(note).and_then(|id| String::from_utf8(id).ok()) {
        return Ok(Some(id));
    }
    if ctx.attempt < 2 {
        return Ok(None);
    }
    let from = ctx.now.saturating_sub(REMEMBERED_SECONDS * 1000);
    let query = form(&[
        ("inicio", time::rfc3339(from)),
        ("fim", time::rfc3339(ctx.now)),
        ("paginacao.itensPorPagina", "1000".to_owned()),
    ]);
    let listed = api.get(&format!("/rec?{query}"))?;
    Ok(listed
        .at("recs")
        .list()
        .iter()
        .filter(|rec| rec.at("vinculo.contrato").text() == Some(contract))
        .find_map(|rec| rec.at("idRec").string()))
}

pub(crate) fn set_up(ctx: &CallContext, request: &MandateRequest) -> Answer<MandateState> {
    let settings = Settings::of(ctx)?;
    let api = settings.api()?;
    // Nobody is asked for a consent by which nothing could be collected.
    Config::of(&ctx.config).need("automatic_account")?;
    let debtor = charge::debtor(Some(&request.customer), 140)
        .ok_or_else(|| Fault::invalid("customer", "needs name and CPF or CNPJ"))?;
    let day =
        |text: &str, field| Day::parse(text).ok_or_else(|| Fault::invalid(field, "is no day"));
    let starts = day(&request.starts_on, "starts-on")?;
    let ends = request
        .ends_on
        .as_deref()
        .map(|text| day(text, "ends-on"))
        .transpose()?;
    let amount = request
        .amount
        .as_ref()
        .map(|amount| expect(amount, "BRL"))
        .transpose()?;
    // The contract's number names the mandate for good: ours, shortened to what the API holds.
    let contract = text::plain_within(&request.contract, 35);
    if contract.is_empty() {
        return Err(Fault::invalid("contract", "must not be empty"));
    }
    let first = request.first_charge.as_ref();
    if first.is_some_and(|first| first.due.is_some()) {
        return Err(Fault::invalid(
            "first-charge.due",
            "the first charge is paid at once",
        ));
    }
    let note = format!("rec:{}", key::derived(&ctx.idempotency_key, 32));
    let txid = first.map(|_| key::derived_for(&ctx.idempotency_key, "first", 32));
    let paid = match (first, &txid) {
        (Some(first), Some(txid)) => Some(charge::create_as(ctx, &settings, api, first, txid)?),
        _ => None,
    };
    let id_rec = match made_before(ctx, api, &contract, &note)? {
        Some(id_rec) => id_rec,
        None => {
            let location = api.post("/locrec")?;
            let location = location
                .at("id")
                .whole()
                .ok_or_else(|| incomplete("location"))?;
            let value = match amount {
                Some(minor) => Json::object([("valorRec", decimal(minor, 2).into())]),
                None => Json::Null,
            };
            let journey = txid.as_deref().map(|txid| {
                Json::object([("dadosJornada", Json::object([("txid", txid.into())]))])
            });
            let object = text::within(&request.description, 35);
            let body = Json::object([
                (
                    "vinculo",
                    Json::object([
                        ("contrato", contract.as_str().into()),
                        ("devedor", debtor),
                        (
                            "objeto",
                            Some(object).filter(|object| !object.is_empty()).into(),
                        ),
                    ]),
                ),
                (
                    "calendario",
                    Json::object([
                        ("dataInicial", starts.to_string().into()),
                        ("dataFinal", ends.map(|day| day.to_string()).into()),
                        ("periodicidade", interval(request.interval).into()),
                    ]),
                ),
                ("valor", value),
                (
                    "politicaRetentativa",
                    match request.retry {
                        RetryPolicy::None => "NAO_PERMITE",
                        RetryPolicy::ThreeInSevenDays => "PERMITE_3R_7D",
                    }
                    .into(),
                ),
                ("loc", location.into()),
                ("ativacao", journey.into()),
            ]);
            let made = api.send("POST", "/rec", &body)?;
            made.at("idRec").string().ok_or_else(|| {
                Fault::of(
                    ErrorKind::OutcomeUnknown,
                    "the mandate was made, yet has no id",
                )
            })?
        }
    };
    kv::keep(&note, id_rec.as_bytes(), REMEMBERED_SECONDS);
    let rec = api.get(&address(&id_rec, txid.as_deref()))?;
    state(&rec, txid.as_deref(), paid)
}

fn state(rec: &Json, txid: Option<&str>, paid: Option<ChargeState>) -> Answer<MandateState> {
    let raw = rec
        .at("status")
        .text()
        .ok_or_else(|| incomplete("status"))?;
    let status = status(raw).ok_or_else(|| Fault::unknown_status("a mandate", raw))?;
    let id_rec = rec.at("idRec").text().ok_or_else(|| incomplete("idRec"))?;
    let refs = [("idrec", Some(id_rec)), ("cob", txid)]
        .into_iter()
        .filter_map(|(kind, value)| {
            Some(PspRef {
                kind: kind.to_owned(),
                value: value?.to_owned(),
            })
        })
        .collect();
    let end = ["encerramento.rejeicao", "encerramento.cancelamento"]
        .into_iter()
        .map(|path| rec.at(path))
        .find(|end| **end != Json::Null);
    let reason = end.map(|end| {
        let said = [end.at("codigo").text(), end.at("descricao").text()];
        text::within(
            &said.into_iter().flatten().collect::<Vec<_>>().join(" "),
            300,
        )
    });
    let expires_at = paid.as_ref().and_then(|paid| paid.expires_at);
    let action = (status == MandateStatus::PendingApproval)
        .then(|| rec.at("dadosQR.pixCopiaECola").string())
        .flatten()
        .map(|br_code| {
            NextAction::Qr(QrAction {
                br_code,
                expires_at,
            })
        });
    Ok(MandateState {
        status,
        refs,
        action,
        first_charge: paid,
        reason,
        raw_status: raw.to_owned(),
    })
}

fn id_rec(refs: &[PspRef]) -> Answer<&str> {
    reference(refs, "idrec").ok_or_else(|| Fault::no_reference("idrec"))
}

pub(crate) fn sync(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
    let settings = Settings::of(ctx)?;
    let api = settings.api()?;
    let txid = reference(refs, "cob");
    let rec = api.get(&address(id_rec(refs)?, txid))?;
    let paid = match txid {
        Some(txid) => {
            let found = api.get(&Kind::Cob.address(txid))?;
            Some(charge::state(ctx, &settings, Kind::Cob, &found)?)
        }
        None => None,
    };
    state(&rec, txid, paid)
}

pub(crate) fn cancel(ctx: &CallContext, refs: &[PspRef]) -> Answer<MandateState> {
    let settings = Settings::of(ctx)?;
    let api = settings.api()?;
    let address = address(id_rec(refs)?, None);
    let body = Json::object([("status", "CANCELADA".into())]);
    match api.send("PATCH", &address, &body) {
        Ok(rec) => state(&rec, reference(refs, "cob"), None),
        // What has ended cannot be ended again; that is what was wanted.
        Err(error) if matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Conflict) => {
            let now = state(&api.get(&address)?, reference(refs, "cob"), None)?;
            match now.status {
                MandateStatus::Canceled | MandateStatus::Expired | MandateStatus::Rejected => {
                    Ok(now)
                }
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

pub(crate) fn charge(
    ctx: &CallContext,
    refs: &[PspRef],
    request: &ChargeRequest,
) -> Answer<ChargeState> {
    let settings = Settings::of(ctx)?;
    let api = settings.api()?;
    let config = Config::of(&ctx.config);
    let minor = expect(&request.amount, "BRL")?;
    let due = request
        .due
        .as_ref()
        .and_then(|due| Day::parse(&due.due_date))
        .ok_or_else(|| Fault::invalid("due.due-date", "a charge by a mandate needs a day"))?;
    let note = text::within(&request.description, 140);
    let account = Json::object([
        ("agencia", config.get("automatic_agency").into()),
        ("conta", config.need("automatic_account")?.into()),
        (
            "tipoConta",
            config
                .get("automatic_account_type")
                .unwrap_or("CORRENTE")
                .into(),
        ),
    ]);
    let body = Json::object([
        ("idRec", id_rec(refs)?.into()),
        (
            "infoAdicional",
            Some(note).filter(|note| !note.is_empty()).into(),
        ),
        (
            "calendario",
            Json::object([("dataDeVencimento", due.to_string().into())]),
        ),
        (
            "valor",
            Json::object([("original", decimal(minor, 2).into())]),
        ),
        ("ajusteDiaUtil", true.into()),
        ("recebedor", account),
    ]);
    let txid = charge::txid(ctx);
    charge::put(ctx, &settings, api, (Kind::Cobr, &txid), &body, minor)
}
