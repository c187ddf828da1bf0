//! Charges: `cob` (immediate), `cobv` (with a due date) and `cobr` (by a mandate).

use alvara_plugin_sdk::{
    Answer, CallContext, ChargeRequest, ChargeState, ChargeStatus, Customer, Decline, DueOptions,
    ErrorKind, Fault, Instant, Json, NextAction, PspRef, QrAction, Rate, RetryAdvice, TaxIdKind,
    clock, key,
    log::{self, Level},
    money::{decimal, expect, money},
    reference, text,
    time::{Day, from_rfc3339},
};

use crate::api::{Api, incomplete, segment};
use crate::brcode::BrCode;
use crate::settings::Settings;

const CURRENCY: &str = "BRL";
const PLACES: u32 = 2;
/// Charges and days of PIX are in Brasília's time.
pub(crate) const ZONE: &str = "America/Sao_Paulo";
/// Brasília is three hours behind UTC, without summer time since 2019.
const MIDNIGHT_MS: u64 = 3 * 3_600_000;

/// Which of the API's three kinds of charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Cob,
    Cobv,
    Cobr,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Cob, Self::Cobv, Self::Cobr];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Cob => "cob",
            Self::Cobv => "cobv",
            Self::Cobr => "cobr",
        }
    }

    pub(crate) fn address(self, txid: &str) -> String {
        format!("/{}/{}", self.path(), segment(txid))
    }

    /// Kind and txid of a charge that was made earlier.
    fn of(refs: &[PspRef]) -> Answer<(Self, &str)> {
        Self::ALL
            .into_iter()
            .find_map(|kind| Some((kind, reference(refs, kind.path())?)))
            .or_else(|| Some((Self::Cob, reference(refs, "txid")?)))
            .ok_or_else(|| Fault::no_reference("txid"))
    }
}

/// A txid of 32 hex digits (`[a-zA-Z0-9]{26,35}`).
pub(crate) fn txid(ctx: &CallContext) -> String {
    key::derived(&ctx.idempotency_key, 32)
}

fn amount(minor: i64) -> Json {
    decimal(minor, PLACES).into()
}

/// Name and number of who pays; both or neither, says the API.
pub(crate) fn debtor(customer: Option<&Customer>, longest_name: usize) -> Option<Json> {
    let customer = customer?;
    let tax_id = customer.tax_id.as_ref()?;
    let field = match tax_id.kind {
        TaxIdKind::Cpf => "cpf",
        TaxIdKind::Cnpj => "cnpj",
        TaxIdKind::Other => return None,
    };
    Some(Json::object([
        (field, tax_id.value.as_str().into()),
        ("nome", text::within(&customer.name, longest_name).into()),
    ]))
}

fn debtor_with_address(customer: Option<&Customer>) -> Answer<Json> {
    let mut debtor = debtor(customer, 200).ok_or_else(|| {
        Fault::invalid(
            "customer",
            "a charge with a due date needs name and CPF or CNPJ",
        )
    })?;
    if let Some(address) = customer.and_then(|customer| customer.address.as_ref()) {
        let street = [
            Some(address.line1.as_str()),
            address.number.as_deref(),
            address.line2.as_deref(),
        ];
        let street = street.into_iter().flatten().collect::<Vec<_>>().join(" ");
        debtor.set("logradouro", text::within(&street, 200));
        debtor.set("cidade", text::within(&address.city, 200));
        debtor.set("uf", text::within(&address.state, 2));
        debtor.set("cep", text::within(&address.postal_code, 8));
    }
    Ok(debtor)
}

/// One of the API's modalities: a fixed amount, or a percentage with two places.
fn modality(rate: &Rate, fixed: u32, share: u32) -> (Json, Json) {
    match rate {
        Rate::Amount(money) => (fixed.into(), amount(money.minor)),
        Rate::BasisPoints(points) => (share.into(), amount(i64::from(*points))),
    }
}

fn due_value(minor: i64, due: &DueOptions) -> Json {
    let mut value = Json::object([("original", amount(minor))]);
    if let Some(fine) = &due.fine {
        let (kind, rate) = modality(fine, 1, 2);
        value.set(
            "multa",
            Json::object([("modalidade", kind), ("valorPerc", rate)]),
        );
    }
    if let Some(points) = due.monthly_interest_bp {
        // 3: per cent a month.
        value.set(
            "juros",
            Json::object([
                ("modalidade", 3_u32.into()),
                ("valorPerc", amount(i64::from(points))),
            ]),
        );
    }
    if let Some(discount) = &due.discount {
        let (kind, rate) = modality(&discount.rate, 1, 2);
        let day = Json::object([
            ("data", discount.until.as_str().into()),
            ("valorPerc", rate),
        ]);
        value.set(
            "desconto",
            Json::object([("modalidade", kind), ("descontoDataFixa", vec![day].into())]),
        );
    }
    value
}

fn body(ctx: &CallContext, settings: &Settings, request: &ChargeRequest) -> Answer<(Kind, Json)> {
    let minor = expect(&request.amount, CURRENCY)?;
    let note = text::within(&request.description, 140);
    let note: Json = Some(note).filter(|note| !note.is_empty()).into();
    let Some(due) = &request.due else {
        let seconds = match request.expires_at {
            Some(instant) if instant <= ctx.now => {
                return Err(Fault::invalid("expires-at", "is in the past"));
            }
            Some(instant) => (instant - ctx.now).div_ceil(1000),
            None => settings.expiry_seconds,
        };
        let body = Json::object([
            ("calendario", Json::object([("expiracao", seconds.into())])),
            ("devedor", debtor(request.customer.as_ref(), 200).into()),
            ("valor", Json::object([("original", amount(minor))])),
            ("chave", settings.key.as_str().into()),
            ("solicitacaoPagador", note),
        ]);
        return Ok((Kind::Cob, body));
    };
    let day =
        Day::parse(&due.due_date).ok_or_else(|| Fault::invalid("due.due-date", "is no day"))?;
    if day < clock::today(ZONE, ctx.now) {
        return Err(Fault::invalid("due.due-date", "is in the past"));
    }
    let calendar = Json::object([
        ("dataDeVencimento", day.to_string().into()),
        ("validadeAposVencimento", due.days_valid_after_due.into()),
    ]);
    let body = Json::object([
        ("calendario", calendar),
        ("devedor", debtor_with_address(request.customer.as_ref())?),
        ("valor", due_value(minor, due)),
        ("chave", settings.key.as_str().into()),
        ("solicitacaoPagador", note),
    ]);
    Ok((Kind::Cobv, body))
}

pub(crate) fn create(
    ctx: &CallContext,
    settings: &Settings,
    api: &Api,
    request: &ChargeRequest,
) -> Answer<ChargeState> {
    create_as(ctx, settings, api, request, &txid(ctx))
}

/// Creates a charge of a given txid, or finds the one that an earlier try made.
pub(crate) fn create_as(
    ctx: &CallContext,
    settings: &Settings,
    api: &Api,
    request: &ChargeRequest,
    txid: &str,
) -> Answer<ChargeState> {
    let (kind, body) = body(ctx, settings, request)?;
    put(
        ctx,
        settings,
        api,
        (kind, txid),
        &body,
        request.amount.minor,
    )
}

/// PUT is create or revise; what is no longer open cannot be revised, and is looked at instead.
pub(crate) fn put(
    ctx: &CallContext,
    settings: &Settings,
    api: &Api,
    (kind, txid): (Kind, &str),
    body: &Json,
    minor: i64,
) -> Answer<ChargeState> {
    let address = kind.address(txid);
    if ctx.attempt > 1
        && let Some(found) = api.find(&address)?
    {
        return known(ctx, settings, kind, &found, minor);
    }
    match api.send("PUT", &address, body) {
        Ok(made) => state(ctx, settings, kind, &made),
        Err(error) if matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Conflict) => {
            match api.find(&address)? {
                Some(found) => known(ctx, settings, kind, &found, minor),
                None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// A charge that is there already must be the one that is asked for.
fn known(
    ctx: &CallContext,
    settings: &Settings,
    kind: Kind,
    found: &Json,
    minor: i64,
) -> Answer<ChargeState> {
    if found.at("valor.original").minor(PLACES) != Some(minor) {
        return Err(Fault::of(
            ErrorKind::IdempotencyMismatch,
            "the provider has this txid with another amount",
        ));
    }
    state(ctx, settings, kind, found)
}

pub(crate) fn find(
    ctx: &CallContext,
    settings: &Settings,
    api: &Api,
    request: &ChargeRequest,
) -> Answer<Option<ChargeState>> {
    let minor = expect(&request.amount, CURRENCY)?;
    let txid = txid(ctx);
    // A charge by a mandate was asked for without saying so; its txid is nowhere else.
    let kinds: &[Kind] = match &request.due {
        None => &[Kind::Cob],
        Some(_) => &[Kind::Cobv, Kind::Cobr],
    };
    for kind in kinds {
        match api.find(&kind.address(&txid)) {
            Ok(Some(found)) => return known(ctx, settings, *kind, &found, minor).map(Some),
            Ok(None) => {}
            // A provider, or a scope, without Pix Automático made no charge by it either.
            Err(error) if *kind == Kind::Cobr && error.kind == ErrorKind::Permission => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

pub(crate) fn sync(
    ctx: &CallContext,
    settings: &Settings,
    api: &Api,
    refs: &[PspRef],
) -> Answer<ChargeState> {
    let (kind, txid) = Kind::of(refs)?;
    state(ctx, settings, kind, &api.get(&kind.address(txid))?)
}

pub(crate) fn cancel(
    ctx: &CallContext,
    settings: &Settings,
    api: &Api,
    refs: &[PspRef],
) -> Answer<ChargeState> {
    let (kind, txid) = Kind::of(refs)?;
    let word = match kind {
        Kind::Cob | Kind::Cobv => "REMOVIDA_PELO_USUARIO_RECEBEDOR",
        Kind::Cobr => "CANCELADA",
    };
    let body = Json::object([("status", word.into())]);
    let answer = match api.send("PATCH", &kind.address(txid), &body) {
        Ok(answer) => answer,
        // It may have been paid or removed meanwhile; the provider refuses, and says how it stands.
        Err(error) if matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Conflict) => {
            let found = api.get(&kind.address(txid))?;
            let now = state(ctx, settings, kind, &found)?;
            if matches!(
                now.status,
                ChargeStatus::RequiresAction | ChargeStatus::Processing
            ) {
                return Err(alvara_plugin_sdk::PluginError {
                    kind: ErrorKind::Conflict,
                    ..error
                });
            }
            return Ok(now);
        }
        Err(error) => return Err(error),
    };
    state(ctx, settings, kind, &answer)
}

/// The status word of each kind, by the contract's map; what is not here is refused.
pub(crate) fn status(kind: Kind, raw: &str) -> Option<ChargeStatus> {
    Some(match (kind, raw) {
        (Kind::Cob | Kind::Cobv, "ATIVA") => ChargeStatus::RequiresAction,
        (_, "CONCLUIDA") => ChargeStatus::Paid,
        (Kind::Cob | Kind::Cobv, "REMOVIDA_PELO_USUARIO_RECEBEDOR" | "REMOVIDA_PELO_PSP")
        | (Kind::Cobr, "CANCELADA") => ChargeStatus::Canceled,
        (Kind::Cobr, "CRIADA" | "ATIVA") => ChargeStatus::Processing,
        (Kind::Cobr, "EXPIRADA") => ChargeStatus::Expired,
        (Kind::Cobr, "REJEITADA") => ChargeStatus::Failed,
        _ => return None,
    })
}

struct Received {
    captured: i64,
    refunded: i64,
    last: Option<Instant>,
    refs: Vec<PspRef>,
}

/// The payments of a charge and what was given back of them.
fn received(charge: &Json) -> Answer<Received> {
    let mut sum = Received {
        captured: 0,
        refunded: 0,
        last: None,
        refs: Vec::new(),
    };
    for pix in charge.at("pix").list() {
        let value = pix
            .at("valor")
            .minor(PLACES)
            .filter(|minor| *minor >= 0)
            .ok_or_else(|| incomplete("amount of a Pix"))?;
        sum.captured = sum.captured.saturating_add(value);
        for refund in pix.at("devolucoes").list() {
            if refund.at("status").text() == Some("DEVOLVIDO") {
                let value = refund
                    .at("valor")
                    .minor(PLACES)
                    .filter(|minor| *minor >= 0)
                    .ok_or_else(|| incomplete("amount of a devolução"))?;
                sum.refunded = sum.refunded.saturating_add(value);
            }
        }
        sum.last = sum
            .last
            .max(pix.at("horario").text().and_then(from_rfc3339));
        if let Some(id) = pix.at("endToEndId").string() {
            sum.refs.push(PspRef {
                kind: "e2eid".to_owned(),
                value: id,
            });
        }
    }
    Ok(sum)
}

/// Until when it can be paid. A `cob` says it in seconds, a `cobv` in days after the due date; a
/// `cobr` has its own word for it.
fn expiry(kind: Kind, charge: &Json) -> Option<Instant> {
    match kind {
        Kind::Cob => {
            let made = from_rfc3339(charge.at("calendario.criacao").text()?)?;
            let seconds = charge.at("calendario.expiracao").whole().unwrap_or(86_400);
            made.checked_add(seconds.checked_mul(1000)?)
        }
        Kind::Cobv => {
            let due = Day::parse(charge.at("calendario.dataDeVencimento").text()?)?;
            let days = charge
                .at("calendario.validadeAposVencimento")
                .whole()
                .unwrap_or(30)
                .min(36_500);
            Some(due.plus(days as i64 + 1).starts() + MIDNIGHT_MS)
        }
        Kind::Cobr => None,
    }
}

/// The code to pay. Bacen's own examples leave it out; then it is made from the location.
fn code(settings: &Settings, charge: &Json) -> Option<String> {
    ["pixCopiaECola", "brcode", "textoImagemQRcode"]
        .into_iter()
        .find_map(|field| charge.at(field).string())
        .or_else(|| {
            let url = charge
                .at("loc.location")
                .text()
                .or(charge.at("location").text())?;
            let url = url.strip_prefix("https://").unwrap_or(url);
            let or =
                |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
            BrCode {
                initiation: Some("12".to_owned()),
                url: Some(url.to_owned()),
                category: "0000".to_owned(),
                name: or(&settings.name, "PIX"),
                city: or(&settings.city, "BRASIL"),
                ..BrCode::default()
            }
            .write()
            .ok()
        })
}

fn decline(charge: &Json) -> Decline {
    let last = charge.at("tentativas").list().last();
    let reason = [
        charge.at("encerramento.rejeicao"),
        last.map_or(&Json::Null, |last| last.at("rejeicao")),
    ]
    .into_iter()
    .find(|reason| reason.at("codigo").text().is_some())
    .unwrap_or(&Json::Null);
    Decline {
        code: text::within(reason.at("codigo").text().unwrap_or("REJEITADA"), 32),
        message: text::within(reason.at("descricao").text().unwrap_or_default(), 300),
        advice: RetryAdvice::RetryOtherMethod,
    }
}

/// How a charge stands, by the provider's own words.
pub(crate) fn state(
    ctx: &CallContext,
    settings: &Settings,
    kind: Kind,
    charge: &Json,
) -> Answer<ChargeState> {
    let raw = charge
        .at("status")
        .text()
        .ok_or_else(|| incomplete("status"))?;
    let mut status = status(kind, raw).ok_or_else(|| Fault::unknown_status(kind.path(), raw))?;
    let txid = charge.at("txid").text().ok_or_else(|| incomplete("txid"))?;
    let mut received = received(charge)?;
    if status == ChargeStatus::Paid && received.captured == 0 {
        // The list of payments may be missing in an answer to PATCH; then the whole was paid.
        received.captured = charge
            .at("valor.original")
            .minor(PLACES)
            .ok_or_else(|| incomplete("amount"))?;
    }
    if status == ChargeStatus::Canceled && received.captured > 0 {
        // Paid in the race with the removal: the money is there, whatever the word says.
        log::write(Level::Warn, "a removed charge was paid");
        status = ChargeStatus::Paid;
    }
    if received.refunded > received.captured {
        return Err(Fault::malformed("more was given back than was paid"));
    }
    if status == ChargeStatus::Paid && received.refunded > 0 {
        status = if received.refunded == received.captured {
            ChargeStatus::Refunded
        } else {
            ChargeStatus::PartiallyRefunded
        };
    }
    let expires_at = expiry(kind, charge);
    if status == ChargeStatus::RequiresAction && expires_at.is_some_and(|end| end < ctx.now) {
        status = ChargeStatus::Expired;
    }
    let is_open = matches!(
        status,
        ChargeStatus::RequiresAction | ChargeStatus::Processing
    );
    let action = (status == ChargeStatus::RequiresAction)
        .then(|| code(settings, charge))
        .flatten()
        .map(|br_code| {
            NextAction::Qr(QrAction {
                br_code,
                expires_at,
            })
        });
    let mut refs = vec![
        PspRef {
            kind: "txid".to_owned(),
            value: txid.to_owned(),
        },
        PspRef {
            kind: kind.path().to_owned(),
            value: txid.to_owned(),
        },
    ];
    refs.append(&mut received.refs);
    Ok(ChargeState {
        status,
        refs,
        authorized: money(received.captured, CURRENCY),
        captured: money(received.captured, CURRENCY),
        refunded: money(received.refunded, CURRENCY),
        action,
        decline: (status == ChargeStatus::Failed).then(|| decline(charge)),
        paid_at: received.last,
        settles_on: None,
        expires_at,
        fees: Vec::new(),
        stored_method: None,
        // The webhook is quicker; this is for the one that never comes.
        poll_at: is_open.then(|| {
            ctx.now
                + if kind == Kind::Cobr {
                    6 * 3_600_000
                } else {
                    300_000
                }
        }),
        raw_status: raw.to_owned(),
    })
}
