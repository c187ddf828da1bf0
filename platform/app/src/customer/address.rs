use alvara_domain::fault::FaultCode;
use alvara_domain::payment::ask::PostalAddress;

use crate::field::Fields;

/// The eight digits of a Brazilian CEP.
const CEP: usize = 8;

/// Checks an address and brings it to the form in which providers take it: in Brazil a state of two
/// capitals and a CEP without its dash.
pub(crate) fn read_address(fields: &mut Fields, typed: &PostalAddress) -> PostalAddress {
    let maybe = |fields: &mut Fields, name: &str, text: &Option<String>, most| {
        let read = fields.maybe_line(
            &format!("/address/{name}"),
            text.as_deref().unwrap_or_default(),
            most,
        );
        Some(read).filter(|text| !text.is_empty())
    };
    let country = typed.country.trim().to_ascii_uppercase();
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        fields.refuse(
            "/address/country",
            FaultCode::Malformed,
            "two letters like BR (ISO 3166-1)",
        );
    }
    let mut state = fields.maybe_line("/address/state", &typed.state, 50);
    let mut postal_code = fields.line("/address/postal_code", &typed.postal_code, 16);
    if country == "BR" {
        state = state.to_ascii_uppercase();
        if state.len() != 2 || !state.bytes().all(|byte| byte.is_ascii_uppercase()) {
            fields.refuse(
                "/address/state",
                FaultCode::Malformed,
                "the two letters of the state, like SP",
            );
        }
        postal_code.retain(|sign| !matches!(sign, '-' | '.' | ' '));
        if postal_code.len() != CEP || !postal_code.bytes().all(|byte| byte.is_ascii_digit()) {
            fields.refuse(
                "/address/postal_code",
                FaultCode::Malformed,
                "a CEP of eight digits, like 01310-100",
            );
        }
    }
    PostalAddress {
        line1: fields.line("/address/line1", &typed.line1, 100),
        number: maybe(fields, "number", &typed.number, 20),
        line2: maybe(fields, "line2", &typed.line2, 100),
        district: maybe(fields, "district", &typed.district, 60),
        city: fields.line("/address/city", &typed.city, 60),
        state,
        postal_code,
        country,
    }
}
