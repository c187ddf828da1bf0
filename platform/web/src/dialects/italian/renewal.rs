//! `POST /licenze/rinnova`: a program renews the license whose key it holds. Open, rate-limited by
//! address and key.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use alvara_app::Platform;
use alvara_app::program::{RenewalAnswer, RenewalRequest, RenewalTerms};
use alvara_domain::charge::record::Charge;
use alvara_domain::civil_date::CivilDate;
use alvara_domain::id::{ChargeId, OrderId};
use alvara_domain::money::{Currency, Money};
use alvara_domain::payment::report::NextAction;
use alvara_domain::time::UtcTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::body::Sent;
use super::license::units;
use crate::answer;
use crate::api::v1::program::count_key;
use crate::body::Text;
use crate::problem::{Fault, Problem};
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Rinnovo {
    chiave_licenza: Text<1, 200>,
    modalita: Text<1, 40>,
    metodo_pagamento: Option<Text<1, 32>>,
    piano: Option<Text<1, 64>>,
}

/// What is to be paid before the license is renewed.
#[derive(Serialize)]
struct DaPagare {
    esito: &'static str,
    id_transazione: ChargeId,
    tipo_transazione: &'static str,
    stato: &'static str,
    /// Where the customer goes; null where there is a code to pay instead, or nothing is known yet.
    url_pagamento: Option<String>,
    pagamento: Pagamento,
}

/// With what it is paid.
#[derive(Serialize, Default)]
struct Codici {
    /// A PIX code.
    codice_pix: Option<String>,
    /// A boleto's 44 digits.
    codice_a_barre: Option<String>,
    /// A boleto's 47 digits that people type.
    linea_digitabile: Option<String>,
    /// A boleto's last day without a fine.
    data_scadenza: Option<CivilDate>,
    /// The provider's script for its own fields.
    sdk: Option<String>,
    /// What the script is started with.
    token_cliente: Option<String>,
    /// Further parameters of the script.
    parametri: Map<String, Value>,
}

#[derive(Serialize)]
struct Pagamento {
    ordine: OrderId,
    metodo: String,
    importo: f64,
    valuta: Currency,
    /// Until when it can be paid.
    scadenza: Option<UtcTime>,
    #[serde(flatten)]
    codici: Codici,
}

/// What was renewed before it was paid.
#[derive(Serialize)]
struct Posticipato {
    esito: &'static str,
    id_transazione: OrderId,
    tipo_transazione: &'static str,
    stato: &'static str,
    data_scadenza: Option<UtcTime>,
    scadenza_pagamento: Option<UtcTime>,
}

/// `POST /licenze/rinnova`
pub(super) async fn renew(
    request: HttpRequest,
    visitor: Visitor,
    Sent(body): Sent<Rinnovo>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    count_key(&request, platform.gate(), body.chiave_licenza.as_str())?;
    let terms = match (body.modalita.as_str(), body.metodo_pagamento) {
        ("pagamento", Some(method)) => RenewalTerms::ByPayment(method.into_string()),
        ("pagamento", None) => {
            let fault = Fault::message("/metodo_pagamento", "required", "field-required");
            return Err(Problem::field(fault));
        }
        ("posticipato", _) => RenewalTerms::Deferred,
        _ => {
            let fault = Fault::message("/modalita", "unknown", "field-invalid");
            return Err(Problem::field(fault));
        }
    };
    let wanted = RenewalRequest {
        plan: body.piano.map(Text::into_string),
        terms,
    };
    let answer = platform
        .renew_by_key(&visitor.knock, body.chiave_licenza.as_str(), wanted)
        .await?;
    Ok(match answer {
        RenewalAnswer::ToPay(charge) => {
            HttpResponse::build(StatusCode::ACCEPTED).json(DaPagare::of(*charge))
        }
        RenewalAnswer::Owed { order, license } => answer::ok(&Posticipato {
            esito: "ok",
            id_transazione: order.id,
            tipo_transazione: "posticipato",
            stato: "provvisoria",
            data_scadenza: license.term.expires_at,
            scadenza_pagamento: order.due_at,
        }),
    })
}

impl DaPagare {
    fn of(charge: Charge) -> Self {
        let (url_pagamento, codici) = to_do(charge.action);
        Self {
            esito: "ok",
            id_transazione: charge.id,
            tipo_transazione: "rinnovo",
            stato: "in_attesa",
            url_pagamento,
            pagamento: Pagamento {
                ordine: charge.order_id,
                metodo: charge.method,
                importo: units(Money::new(charge.requested_minor, charge.currency)),
                valuta: charge.currency,
                scadenza: charge.expires_at,
                codici,
            },
        }
    }
}

/// Where the customer goes, and what there is to pay by.
fn to_do(action: Option<NextAction>) -> (Option<String>, Codici) {
    match action {
        None => (None, Codici::default()),
        Some(NextAction::Redirect { url }) => (Some(url), Codici::default()),
        Some(NextAction::Qr { br_code, .. }) => {
            let codes = Codici {
                codice_pix: Some(br_code),
                ..Codici::default()
            };
            (None, codes)
        }
        Some(NextAction::Voucher {
            barcode,
            digitable_line,
            due_date,
            br_code,
            hosted_url,
        }) => {
            let codes = Codici {
                codice_pix: br_code,
                codice_a_barre: Some(barcode),
                linea_digitabile: Some(digitable_line),
                data_scadenza: Some(due_date),
                ..Codici::default()
            };
            (hosted_url, codes)
        }
        Some(NextAction::HostedFields {
            sdk,
            client_token,
            params,
        }) => {
            let params = params.into_iter();
            let codes = Codici {
                sdk: Some(sdk),
                token_cliente: Some(client_token),
                parametri: params
                    .map(|(name, value)| (name, Value::String(value)))
                    .collect(),
                ..Codici::default()
            };
            (None, codes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-API-02 R-PAY-02
    #[test]
    fn what_a_customer_does_next_has_its_field() {
        let (url, codes) = to_do(Some(NextAction::Redirect {
            url: "https://pay.example/1".to_owned(),
        }));
        assert_eq!(url.as_deref(), Some("https://pay.example/1"));
        assert_eq!(codes.codice_pix, None);
        let (url, codes) = to_do(Some(NextAction::Qr {
            br_code: "000201".to_owned(),
            expires_at: None,
        }));
        assert_eq!((url, codes.codice_pix.as_deref()), (None, Some("000201")));
        let (url, codes) = to_do(Some(NextAction::HostedFields {
            sdk: "mercado-pago".to_owned(),
            client_token: "t".to_owned(),
            params: vec![("locale".to_owned(), "it".to_owned())],
        }));
        assert_eq!((url, codes.token_cliente.as_deref()), (None, Some("t")));
        assert_eq!(codes.parametri["locale"], "it");
    }
}
