//! Somebody lost their keys: they are mailed, and nobody is told whether there are any.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_render::page::{FieldKind, FieldView, FormPage, FormView, Link};

use super::super::desk::Desk;
use super::super::entry::Entry;
use crate::problem::Problem;
use crate::visitor::Visitor;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/my-keys").get(ask).post(send));
}

fn page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::new(FieldKind::Email, "email", tell.word("keys-email"))
            .required()
            .autocomplete("email")
            .hint(tell.word("keys-email-hint")),
    ];
    FormPage {
        title: tell.word("keys-title"),
        intro: Some(tell.word("keys-intro")),
        form: FormView::new("/my-keys", tell.word("keys-submit"), fields),
        links: vec![Link::new("/login", tell.word("portal-sign-in"))],
        ..FormPage::default()
    }
}

async fn ask(desk: Desk, visitor: Visitor) -> Result<HttpResponse, Problem> {
    visitor.knock.host.tenant().ok_or_else(Problem::not_found)?;
    desk.show(&page(&desk))
}

async fn send(
    desk: Desk,
    visitor: Visitor,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let (email, locale) = (entry.text("email"), tell.locale().tag());
    let done = platform.mail_own_keys(&visitor.knock, email, locale).await;
    match done.map_err(Problem::from) {
        Ok(()) => Ok(desk.done("/my-keys", "keys-sent")),
        Err(problem) => desk.retry(page(&desk), &entry, problem),
    }
}
