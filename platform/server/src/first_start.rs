//! The operator's own tenant and its first member, made once.

use alvara_domain::money::Currency;
use alvara_domain::time::ZoneName;
use alvara_tenants::{NewTenant, Provisioned};
use alvara_vault::{Secret, random};

use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

/// The slug by which the operator's own tenant is named.
pub(crate) const OPERATOR: &str = "operator";

/// Who the operator is to be.
pub(crate) struct OperatorSignIn {
    /// Address to sign in with.
    pub(crate) email: String,
    /// Password to sign in with.
    pub(crate) password: Secret,
}

impl OperatorSignIn {
    /// From the environment, or an address of this host and a password made up.
    pub(crate) fn new(email: Option<String>, password: Option<String>) -> Outcome<Self> {
        Ok(Self {
            email: email.unwrap_or_else(|| "operator@localhost".to_owned()),
            password: match password {
                Some(password) => Secret::new(password),
                None => made_up_password()?,
            },
        })
    }
}

/// Makes the operator when there is none yet, and says whether it did.
pub(crate) async fn provision_operator(
    installation: &Installation,
    who: &OperatorSignIn,
) -> Outcome<Option<Provisioned>> {
    let currency: Currency = "EUR".parse().map_err(|_| Failure::refused("no currency"))?;
    let time_zone: ZoneName = "UTC"
        .parse()
        .map_err(|_| Failure::refused("no time zone"))?;
    let new = NewTenant {
        slug: OPERATOR.to_owned(),
        name: "Operator".to_owned(),
        locale: "en".to_owned(),
        currency,
        time_zone,
        admin_email: who.email.clone(),
        admin_name: "Operator".to_owned(),
        admin_password: who.password.expose().to_owned(),
    };
    Ok(installation.console.provision_operator(new).await?)
}

/// A password nobody chose: 20 letters and digits without look-alikes, 100 bits, in four groups.
pub(crate) fn made_up_password() -> Outcome<Secret> {
    const SYMBOLS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 20] = random().map_err(|error| Failure::refused(error.to_string()))?;
    let mut text = String::with_capacity(23);
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            text.push('-');
        }
        text.push(char::from(SYMBOLS[usize::from(*byte) % SYMBOLS.len()]));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::made_up_password;

    #[test]
    fn made_up_passwords_are_long_and_differ() {
        // R-TEN-07
        let (one, other) = (made_up_password().unwrap(), made_up_password().unwrap());
        assert_eq!(one.expose().len(), 23);
        assert_ne!(one.expose(), other.expose());
        assert!(alvara_tenants::is_acceptable_password(one.expose()));
    }
}
