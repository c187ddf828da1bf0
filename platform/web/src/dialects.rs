//! The wire dialects that programs in the field already speak: one module each, translating and
//! nothing else. Deliberately absent: rules of licensing.
//!
//! Whatever is refused below a dialect's addresses is refused in its own shape, also what no
//! handler ever saw: a rate limit, a wrong method, an address that is not there. So handlers answer
//! with a [`Problem`] like all others, and the frame asks [`Tongue::of`] how to write it.

mod body;
mod counted;
pub(crate) mod hybrid;
mod italian;
mod portuguese;
mod refusal;
mod standing;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};
use alvara_render::{Locale, Words};

use crate::problem::Problem;

/// Every route of every dialect. Those below `/api/v1` must be known before the scope of the
/// canonical interface, which answers everything else there.
pub(crate) fn routes(config: &mut ServiceConfig) {
    hybrid::routes(config);
    italian::routes(config);
    portuguese::routes(config);
}

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// H, hybrid desktop programs: `/api`.
    Hybrid,
    /// I, Italian license server: `/api`.
    Italian,
    /// P, Portuguese control system: `/api/v1`.
    Portuguese,
}

impl Tongue {
    /// The dialect that an address belongs to, whether or not anything is there.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let mut nouns = path.strip_prefix("/api/")?.split('/');
        match nouns.next()? {
            "license" | "check-license" | "update" => Some(Self::Hybrid),
            "licenze" | "clienti" | "admin" | "statistiche" => Some(Self::Italian),
            "v1" => match nouns.next()? {
                "auth" | "clientes" | "maquinas" | "licencas" | "uploads" => Some(Self::Portuguese),
                _ => None,
            },
            _ => None,
        }
    }

    /// Its language, for who asks for none; `None` where that is the tenant's.
    pub(crate) fn language(self) -> Option<&'static str> {
        match self {
            Self::Hybrid => None,
            Self::Italian => Some("it"),
            Self::Portuguese => Some("pt-BR"),
        }
    }

    /// A problem in the dialect's shape.
    pub(crate) fn write(
        self,
        request: &HttpRequest,
        problem: &Problem,
        words: &Words,
        locale: &Locale,
    ) -> HttpResponse {
        match self {
            Self::Hybrid => hybrid::refuse(request, problem),
            Self::Italian => italian::refuse(problem, words, locale),
            Self::Portuguese => portuguese::refuse(problem, words, locale),
        }
    }
}

/// The methods of an address, for the header `Allow` of a 405. Data of the address's resource.
pub(crate) struct Allow(pub(crate) &'static str);

/// An address with and without a slash at its end.
fn at(
    config: &mut ServiceConfig,
    path: &str,
    allow: &'static str,
    methods: impl FnOnce(Resource) -> Resource,
) {
    let resource = web::resource([path.to_owned(), format!("{path}/")]).app_data(Allow(allow));
    config.service(methods(resource));
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-API-02
    #[test]
    fn an_address_belongs_to_one_dialect_or_to_none() {
        for (path, tongue) in [
            ("/api/license/activate", Some(Tongue::Hybrid)),
            ("/api/check-license/", Some(Tongue::Hybrid)),
            ("/api/licenze/nowhere", Some(Tongue::Italian)),
            ("/api/admin/agent", Some(Tongue::Italian)),
            ("/api/v1/licencas", Some(Tongue::Portuguese)),
            ("/api/v1/auth/token", Some(Tongue::Portuguese)),
            ("/api/v1/licenses", None),
            ("/api/v1/machines", None),
            ("/api/v1", None),
            ("/api/", None),
            ("/api/nowhere", None),
            ("/licenze/attiva", None),
        ] {
            assert_eq!(Tongue::of(path), tongue, "{path}");
        }
    }
}
