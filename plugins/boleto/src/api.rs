//! Banco do Brasil's cobrança API, version 2: register, look, write off. The bank has no idempotency
//! key: a title is found by the number that we gave it, before it is registered a second time.

use alvara_plugin_sdk::{
    Answer, Call, CallContext, ChargeRequest, ChargeState, ChargeStatus, Customer, ErrorKind,
    Fault, Json, PspRef, Rate, TaxIdKind,
    encode::form,
    http::{Auth, OauthAuth, QueryAuth, Reply},
    key,
    money::money,
    reference as reference_of, text,
    time::Day,
};

use crate::settings::Settings;
use crate::title::{Title, bare, postal_code, reference, voucher_of};

/// Brasília is three hours behind UTC.
const MIDNIGHT_MS: u64 = 3 * 3_600_000;

fn call(settings: &Settings, method: &str, path: &str) -> Call {
    Call::new(method, format!("{}{path}", settings.base))
        .auth(Auth::Oauth(OauthAuth {
            profile: settings.profile.to_owned(),
            query: Some(QueryAuth {
                param: "gw-dev-app-key".to_owned(),
                secret: "app_key".to_owned(),
            }),
        }))
        .header("accept", "application/json")
}

fn refused(reply: &Reply) -> alvara_plugin_sdk::PluginError {
    let body = reply.json_or_null();
    // Two shapes are known: {"erros":[{codigo, mensagem}]} and {"errors":[{code, message}]}.
    let first = [body.at("erros.0"), body.at("errors.0"), &body]
        .into_iter()
        .find(|entry| **entry != Json::Null)
        .cloned()
        .unwrap_or_default();
    let field = |names: [&str; 2]| names.into_iter().find_map(|name| first.at(name).string());
    let message = field(["mensagem", "message"])
        .unwrap_or_else(|| format!("the bank answered {}", reply.status()));
    reply.refused(field(["codigo", "code"]).as_deref(), &message)
}

fn accepted(reply: &Reply) -> Answer<Json> {
    if reply.is_success() {
        reply.json()
    } else {
        Err(refused(reply))
    }
}

/// The bank's dates: `DD.MM.YYYY`.
fn date(day: Day) -> String {
    let (year, month, day) = day.parts();
    format!("{day:02}.{month:02}.{year:04}")
}

fn from_date(text: &str) -> Option<Day> {
    let mut parts = text.split(['.', '/']);
    let mut next = || parts.next()?.parse::<i64>().ok();
    let (day, month, year) = (next()?, next()?, next()?);
    Day::new(year, month, day)
}

/// `000`, the agreement and our number: 20 digits.
fn number(title: &Title<'_>) -> String {
    format!("000{}", title.number)
}

/// The title's name that its printed slip bears; 15 characters.
fn document(ctx: &CallContext) -> String {
    key::derived(&ctx.idempotency_key, 15)
}

fn rate(rate: &Rate, amount_field: &str, fields: &mut Json) {
    match rate {
        Rate::Amount(amount) => {
            fields.set("tipo", 1_u32);
            fields.set(amount_field, Json::amount(amount.minor, 2));
        }
        Rate::BasisPoints(points) => {
            fields.set("tipo", 2_u32);
            fields.set("porcentagem", Json::amount(i64::from(*points), 2));
        }
    }
}

fn payer(customer: Option<&Customer>) -> Answer<Json> {
    let customer =
        customer.ok_or_else(|| Fault::invalid("customer", "a boleto names its payer"))?;
    let tax_id = customer
        .tax_id
        .as_ref()
        .ok_or_else(|| Fault::invalid("customer.tax-id", "a boleto needs CPF or CNPJ"))?;
    let kind: u32 = match tax_id.kind {
        TaxIdKind::Cpf => 1,
        TaxIdKind::Cnpj => 2,
        TaxIdKind::Other => {
            return Err(Fault::invalid("customer.tax-id", "must be CPF or CNPJ"));
        }
    };
    // The bank's field is a number; a CNPJ with letters (since July 2026) does not fit it.
    let number: u64 = tax_id.value.parse().map_err(|_| {
        Fault::invalid(
            "customer.tax-id",
            "Banco do Brasil's API takes no CNPJ with letters",
        )
    })?;
    let address = customer
        .address
        .as_ref()
        .ok_or_else(|| Fault::invalid("customer.address", "a boleto needs the payer's address"))?;
    // The bank's field is a number, which a shorter code of elsewhere would be as well.
    let code: u64 = postal_code(address)?
        .parse()
        .map_err(|_| Fault::invalid("customer.address.postal-code", "must be eight digits"))?;
    let street = [Some(address.line1.as_str()), address.number.as_deref()];
    let street = street.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Ok(Json::object([
        ("tipoInscricao", kind.into()),
        ("numeroInscricao", number.into()),
        ("nome", text::plain_within(&customer.name, 60).into()),
        ("endereco", text::plain_within(&street, 60).into()),
        ("cep", code.into()),
        ("cidade", text::plain_within(&address.city, 20).into()),
        (
            "bairro",
            text::plain_within(address.district.as_deref().unwrap_or("CENTRO"), 20).into(),
        ),
        ("uf", text::plain_within(&address.state, 2).into()),
    ]))
}

fn body(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
    title: &Title<'_>,
) -> Answer<Json> {
    let whole = |text: &str| -> Json { text.parse::<u64>().ok().into() };
    let message = title
        .options
        .instructions
        .first()
        .map_or_else(String::new, |line| text::plain_within(line, 30));
    let mut body = Json::object([
        ("numeroConvenio", whole(&settings.to.agreement)),
        ("numeroCarteira", whole(&settings.to.wallet)),
        ("numeroVariacaoCarteira", whole(&settings.variation)),
        ("codigoModalidade", 1_u32.into()),
        (
            "dataEmissao",
            date(alvara_plugin_sdk::clock::today(crate::title::ZONE, ctx.now)).into(),
        ),
        ("dataVencimento", date(title.due).into()),
        ("valorOriginal", Json::amount(title.cents, 2)),
        ("codigoAceite", "N".into()),
        // 2: duplicata mercantil.
        ("codigoTipoTitulo", 2_u32.into()),
        ("descricaoTipoTitulo", "DM".into()),
        (
            "numeroTituloBeneficiario",
            document(ctx).to_uppercase().into(),
        ),
        ("numeroTituloCliente", number(title).into()),
        (
            "mensagemBloquetoOcorrencia",
            Some(message).filter(|line| !line.is_empty()).into(),
        ),
        ("pagador", payer(request.customer.as_ref())?),
        // The bank's own PIX code settles the same title; a static one beside it would not.
        ("indicadorPix", "S".into()),
    ]);
    let days = title.options.days_valid_after_due;
    body.set(
        "indicadorAceiteTituloVencido",
        if days > 0 { "S" } else { "N" },
    );
    body.set("numeroDiasLimiteRecebimento", days);
    if let Some(points) = title.options.monthly_interest_bp {
        body.set(
            "jurosMora",
            Json::object([
                ("tipo", 2_u32.into()),
                ("porcentagem", Json::amount(i64::from(points), 2)),
            ]),
        );
    }
    if let Some(fine) = &title.options.fine {
        let mut fields = Json::object([("data", date(title.due.plus(1)).into())]);
        rate(fine, "valor", &mut fields);
        body.set("multa", fields);
    }
    if let Some(discount) = &title.options.discount {
        let until = Day::parse(&discount.until)
            .ok_or_else(|| Fault::invalid("due.discount.until", "is no day"))?;
        let mut fields = Json::object([("dataExpiracao", date(until).into())]);
        rate(&discount.rate, "valor", &mut fields);
        body.set("desconto", fields);
    }
    Ok(body)
}

fn refs(number: &str, made: &Json) -> Vec<PspRef> {
    let mut refs = vec![reference("nosso-numero", number)];
    if let Some(txid) = made.at("qrCode.txId").text() {
        refs.push(reference("txid", txid));
    }
    refs
}

pub(crate) fn create(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
) -> Answer<ChargeState> {
    let title = Title::of(settings, request)?;
    if ctx.attempt > 1
        && let Some(found) = find(ctx, settings, request)?
    {
        return Ok(found);
    }
    title.still_to_come(ctx)?;
    let body = body(ctx, settings, request, &title)?;
    let reply = call(settings, "POST", "/boletos").json(&body).send()?;
    if !reply.is_success() {
        let error = refused(&reply);
        // A number that is taken: by an earlier try of ours, or by another title.
        if matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Conflict)
            && let Some(found) = find(ctx, settings, request)?
        {
            return Ok(found);
        }
        return Err(error);
    }
    let made = reply.json()?;
    let barcode = made
        .at("codigoBarraNumerico")
        .text()
        .unwrap_or(&title.barcode);
    same_slip(barcode, &title)?;
    let mut state = bare(
        ChargeStatus::RequiresAction,
        refs(&number(&title), &made),
        "1",
    );
    state.action = Some(title.voucher(made.at("qrCode.emv").string()));
    state.poll_at = Some(ctx.now + 3_600_000);
    Ok(state)
}

/// The bank computes the slip by the same rules; where it differs, it is another title.
fn same_slip(barcode: &str, title: &Title<'_>) -> Answer<()> {
    if barcode == title.barcode {
        return Ok(());
    }
    Err(Fault::of(
        ErrorKind::IdempotencyMismatch,
        "the bank has another title under this number",
    ))
}

fn look(settings: &Settings, number: &str) -> Answer<Option<Json>> {
    let query = form(&[("numeroConvenio", &settings.to.agreement)]);
    let reply = call(
        settings,
        "GET",
        &format!(
            "/boletos/{}?{query}",
            alvara_plugin_sdk::encode::percent(number)
        ),
    )
    .send()?;
    // Only the API itself says that there is no such title.
    if reply.status() == 404 && matches!(reply.json_or_null(), Json::Object(_)) {
        return Ok(None);
    }
    accepted(&reply).map(Some)
}

pub(crate) fn find(
    ctx: &CallContext,
    settings: &Settings,
    request: &ChargeRequest,
) -> Answer<Option<ChargeState>> {
    let title = Title::of(settings, request)?;
    let number = number(&title);
    let Some(found) = look(settings, &number)? else {
        return Ok(None);
    };
    let barcode = found
        .at("textoCodigoBarrasTituloCobranca")
        .text()
        .ok_or_else(|| Fault::malformed("the bank's title has no barcode"))?;
    same_slip(barcode, &title)?;
    state(ctx, &number, &found).map(Some)
}

pub(crate) fn sync(ctx: &CallContext, settings: &Settings, refs: &[PspRef]) -> Answer<ChargeState> {
    let number =
        reference_of(refs, "nosso-numero").ok_or_else(|| Fault::no_reference("nosso-numero"))?;
    let found = look(settings, number)?
        .ok_or_else(|| Fault::of(ErrorKind::NotFound, "the bank has no such title"))?;
    state(ctx, number, &found)
}

pub(crate) fn cancel(
    ctx: &CallContext,
    settings: &Settings,
    refs: &[PspRef],
) -> Answer<ChargeState> {
    let number =
        reference_of(refs, "nosso-numero").ok_or_else(|| Fault::no_reference("nosso-numero"))?;
    let agreement: Json = settings.to.agreement.parse::<u64>().ok().into();
    let reply = call(
        settings,
        "POST",
        &format!(
            "/boletos/{}/baixar",
            alvara_plugin_sdk::encode::percent(number)
        ),
    )
    .json(&Json::object([("numeroConvenio", agreement)]))
    .send()?;
    let refusal = (!reply.is_success()).then(|| refused(&reply));
    match refusal {
        None => {}
        // Paid or written off meanwhile, or too young to be: how it stands says which.
        Some(error) if matches!(error.kind, ErrorKind::InvalidRequest | ErrorKind::Conflict) => {
            let now = sync(ctx, settings, refs)?;
            return if matches!(
                now.status,
                ChargeStatus::RequiresAction | ChargeStatus::Processing
            ) {
                Err(alvara_plugin_sdk::PluginError {
                    kind: ErrorKind::Conflict,
                    ..error
                })
            } else {
                Ok(now)
            };
        }
        Some(error) => return Err(error),
    }
    Ok(bare(
        ChargeStatus::Canceled,
        vec![reference("nosso-numero", number)],
        "7",
    ))
}

/// `codigoEstadoTituloCobranca`; what is not here is refused.
pub(crate) fn status(raw: u64) -> Option<ChargeStatus> {
    Some(match raw {
        1..=5 | 8 | 9 | 13 => ChargeStatus::RequiresAction,
        6 => ChargeStatus::Paid,
        7 => ChargeStatus::Canceled,
        // Being registered.
        80 => ChargeStatus::Processing,
        _ => return None,
    })
}

fn state(ctx: &CallContext, number: &str, title: &Json) -> Answer<ChargeState> {
    let raw = title.at("codigoEstadoTituloCobranca");
    let raw_text = raw
        .text()
        .ok_or_else(|| Fault::malformed("the bank's title has no state"))?;
    let mut status = raw
        .whole()
        .and_then(status)
        .ok_or_else(|| Fault::unknown_status("a boleto", raw_text))?;
    let paid = match title.at("valorPagoSacado") {
        Json::Null => 0,
        amount => amount
            .minor(2)
            .filter(|minor| *minor >= 0)
            .ok_or_else(|| Fault::malformed("the paid amount is none"))?,
    };
    if status == ChargeStatus::Paid && paid == 0 {
        return Err(Fault::malformed("a boleto is paid with nothing"));
    }
    // Paid in the race with the writing off.
    if status == ChargeStatus::Canceled && paid > 0 {
        status = ChargeStatus::Paid;
    }
    let mut state = bare(status, refs(number, title), raw_text);
    if status == ChargeStatus::Paid {
        state.authorized = money(paid, "BRL");
        state.captured = money(paid, "BRL");
        state.paid_at = title
            .at("dataRecebimentoTitulo")
            .text()
            .and_then(from_date)
            .map(|day| day.starts() + MIDNIGHT_MS);
        state.settles_on = title
            .at("dataCreditoLiquidacao")
            .text()
            .and_then(from_date)
            .map(|day| day.to_string());
    }
    if status == ChargeStatus::RequiresAction {
        state.action = title
            .at("textoCodigoBarrasTituloCobranca")
            .text()
            .and_then(|barcode| voucher_of(ctx, barcode, title.at("qrCode.emv").string()));
    }
    if matches!(
        status,
        ChargeStatus::RequiresAction | ChargeStatus::Processing
    ) {
        state.poll_at = Some(ctx.now + 3_600_000);
    }
    Ok(state)
}

/// The token alone says whether the credentials work; a title that cannot be is asked for.
pub(crate) fn look_around(settings: &Settings) -> Answer<()> {
    let agreement = &settings.to.agreement;
    look(settings, &format!("000{agreement}0000000000")).map(drop)
}
