//! The face that each reseller of the demonstration shows: its colour, its contact, its terms.

use alvara_app::AppError;
use alvara_app::brand::{brand_of, publish_brand, save_draft};
use alvara_domain::brand::Branding;
use alvara_store::{Scope, TenantTx, tenants};

use super::cast::Cast;
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

/// Drafts and publishes the brand of a reseller.
pub(super) async fn show(
    installation: &Installation,
    scope: &Scope,
    cast: &'static Cast,
) -> Outcome<()> {
    let primary = cast
        .face
        .colour
        .parse()
        .map_err(|_| Failure::refused("the colour of the demonstration is none"))?;
    let branding = Branding {
        trade_name: Some(cast.name.to_owned()),
        support_email: Some(format!("{}@{}.example", cast.face.help, cast.slug)),
        support_phone: Some(cast.face.phone.to_owned()),
        primary: Some(primary),
        radius: Some(cast.face.radius),
        terms: Some(cast.face.terms.to_owned()),
        ..Branding::default()
    };
    let platform = installation.platform.clone();
    let work = move |tx: &mut TenantTx<'_>| -> Result<(), AppError> {
        let root = tenants::load_own(tx)?.root_node_id;
        let (_, present) = brand_of(tx, root)?;
        let drafted = save_draft(tx, platform.words()?, root, present.version, &branding)?;
        publish_brand(tx, root, drafted.version)?;
        Ok(())
    };
    installation.db().write(scope, work).await?;
    Ok(())
}
