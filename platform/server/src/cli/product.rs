use alvara_store::products;
use clap::Subcommand;

use super::whose::{Paging, Whose, json, print_next, print_page};
use super::{Common, Form, print, wait};
use crate::exit::Outcome;
use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Product {
    /// List the products that a tenant may sell: its own and those offered to it
    List {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        form: Form,
    },
}

impl Product {
    pub(super) fn run(&self, common: &Common) -> Outcome {
        let config = common.settings([])?;
        let Self::List {
            whose,
            paging,
            form,
        } = self;
        wait(Installation::within(&config, async |installation| {
            let (_, scope) = whose.scope(installation).await?;
            let request = paging.request();
            let page = installation
                .db()
                .read(&scope, move |tx| products::list(tx, &request))
                .await?;
            if form.json {
                return print_page(&page, json);
            }
            let rows: Vec<Vec<String>> = page
                .items
                .iter()
                .map(|p| {
                    vec![
                        p.id.to_string(),
                        p.code.clone(),
                        p.algorithm.to_string(),
                        p.state.to_string(),
                        p.name.clone(),
                    ]
                })
                .collect();
            print::table(&["ID", "CODE", "SIGNED", "STATE", "NAME"], &rows);
            print_next(&page);
            Ok(())
        }))
    }
}
