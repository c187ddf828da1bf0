use std::path::{Path, PathBuf};

use alvara_app::AppError;
use alvara_domain::certificate::Compact;
use alvara_domain::revocation::{Freshness, RevocationError, RevocationList, unwrap_armour};
use alvara_domain::time::UtcTime;
use alvara_store::{TenantTx, products};
use clap::{Args, Subcommand};

use super::carried::{read, write};
use super::whose::Whose;
use super::{Common, Form, print, wait};
use crate::exit::{Failure, Outcome};
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Revocations {
    /// Sign the revocation list of a product and print it as a file
    Write {
        /// Code of the product
        product: String,
        #[command(flatten)]
        whose: Whose,
        /// Write it to this file instead of printing it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say whether a revocation list is genuine, and not an older one than was seen
    Check(Check),
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The list, as a file or as a bare JWS; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    whose: Whose,
    /// Refuse a list older than this number
    #[arg(long, value_name = "SEQ")]
    after: Option<i64>,
    #[command(flatten)]
    form: Form,
}

impl Revocations {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let config = common.settings([])?;
        wait(Installation::within(
            &config,
            async |installation| match self {
                Self::Write {
                    product,
                    whose,
                    out,
                } => sign(installation, (product, whose), out.as_deref()).await,
                Self::Check(check) => check.act(installation).await,
            },
        ))
    }
}

async fn sign(
    installation: &Installation,
    (product, whose): (&str, &Whose),
    out: Option<&Path>,
) -> Outcome {
    let (_, scope) = whose.scope(installation).await?;
    let list = installation
        .platform
        .revocation_list(&scope, product)
        .await?;
    print::note(format!("list {} with {} entries", list.seq, list.count));
    write(out, &list.armour())
}

impl Check {
    async fn act(&self, installation: &Installation) -> Outcome {
        let jws = unwrap_armour(&read(&self.file)?).map_err(|error| no_list(&error))?;
        let compact = Compact::parse(&jws).map_err(|error| no_list(&error.into()))?;
        let list = RevocationList::read(&compact).map_err(|error| no_list(&error))?;
        let (_, scope) = self.whose.scope(installation).await?;
        let (platform, head) = (installation.platform.clone(), list.head().clone());
        let (code, kid) = (head.prd.clone(), compact.header.kid.clone());
        let find = move |tx: &mut TenantTx<'_>| {
            let product =
                products::find_by_code(tx, &code)?.ok_or(AppError::NotFound("product"))?;
            platform.keys().verifying_key(tx, product.id, &kid)
        };
        let key = installation.db().read(&scope, find).await?;
        let genuine =
            key.is_some_and(|key| key.verify(compact.signing_input.as_bytes(), &compact.signature));
        if !genuine {
            return Err(Failure::refused(
                "the signature is by no published key of this product",
            ));
        }
        list.accept(self.after)
            .map_err(|older| Failure::refused(older.to_string()))?;
        let overdue = list.freshness(installation.db().clock().now()) == Freshness::Overdue;
        if self.form.json {
            print::json(&head)?;
        } else {
            print::fields(&[
                ("product", head.prd.clone()),
                ("issuer", head.iss.clone()),
                ("number", head.seq.to_string()),
                ("entries", head.n.to_string()),
                ("of", instant(head.iat)),
                ("good until", instant(head.next_update)),
            ]);
        }
        if overdue {
            return Err(
                Failure::refused("the list is overdue: a newer one must exist")
                    .hint("`alvara revocations write` signs the present one"),
            );
        }
        Ok(())
    }
}

fn no_list(error: &RevocationError) -> Failure {
    Failure::refused(error.to_string())
}

fn instant(seconds: i64) -> String {
    UtcTime::from_seconds(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}
