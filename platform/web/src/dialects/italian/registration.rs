//! `POST /clienti/registrazione`: somebody registers as a customer, without an account.

use actix_web::HttpResponse;
use actix_web::web::Data;
use alvara_app::Platform;
use alvara_app::customer::{CustomerRegistration, NewSite};
use serde::{Deserialize, Serialize};

use super::super::body::Sent;
use super::customers::partita_iva;
use super::words::{Stato, StatoCliente};
use crate::body::Text;
use crate::problem::Problem;
use crate::visitor::Visitor;

/// Premises, by name alone or with an address.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sede {
    Nome(Text<1, 100>),
    Indirizzo {
        nome: Text<1, 100>,
        indirizzo: Option<Text<0, 500>>,
    },
}

impl Sede {
    fn read(self) -> NewSite {
        let (name, address) = match self {
            Self::Nome(name) => (name, None),
            Self::Indirizzo { nome, indirizzo } => (nome, indirizzo),
        };
        NewSite {
            name: name.into_string(),
            address: address.map(Text::into_string).unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Registrazione {
    nome: Text<1, 200>,
    email: Text<1, 254>,
    azienda: Option<Text<1, 200>>,
    partita_iva: Option<Text<1, 40>>,
    telefono: Option<Text<0, 40>>,
    #[serde(default)]
    sedi: Vec<Sede>,
    prodotto: Option<Text<1, 32>>,
}

/// A license that waits with its customer.
#[derive(Serialize)]
struct InAttesa {
    prodotto: String,
    stato: Stato,
}

#[derive(Serialize)]
struct Registrato {
    id: String,
    stato_cliente: StatoCliente,
    licenze_in_attesa: Vec<InAttesa>,
}

/// Whether the address is known is not told: the answer depends on what was sent alone.
pub(super) async fn register(
    visitor: Visitor,
    Sent(body): Sent<Registrazione>,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let asked = CustomerRegistration {
        name: body.nome.into_string(),
        email: body.email.into_string(),
        company: body.azienda.map(Text::into_string),
        tax_id: body.partita_iva.as_ref().map(partita_iva),
        phone: body.telefono.map(Text::into_string).unwrap_or_default(),
        sites: body.sedi.into_iter().map(Sede::read).collect(),
        product: body.prodotto.map(Text::into_string),
        locale: "it".to_owned(),
    };
    let done = platform.register_customer(&visitor.knock, asked).await?;
    let waiting = done.waiting.into_iter().map(|one| InAttesa {
        prodotto: one.product,
        stato: Stato::InAttesaConvalida,
    });
    Ok(HttpResponse::Created().json(Registrato {
        id: done.reference,
        stato_cliente: StatoCliente::InAttesa,
        licenze_in_attesa: waiting.collect(),
    }))
}
