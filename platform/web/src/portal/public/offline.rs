//! Machines without network: somebody brings a request here and carries the response back; or brings
//! the receipt by which a machine gave its seat up.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Data, ServiceConfig};
use alvara_app::Platform;
use alvara_app::machine::accept_receipt::Freed;
use alvara_app::machine::activate::Novelty;
use alvara_app::program::offline::OfflineAnswer;
use alvara_render::page::{
    Action, Badge, Cell, DetailPage, Fact, FieldKind, FieldView, FormPage, FormView, Link, Section,
    Tone,
};
use alvara_render::{QR_BYTES_MAX, Qr};

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::listing::Query;
use super::brought::{Brought, file_field};
use crate::api::v1::program::offline as interface;
use crate::caller::recognize;
use crate::problem::Problem;
use crate::visitor::Visitor;

/// The most characters of a request that a link may bring along.
const LINKED: usize = 4000;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/activate").get(ask).post(activate))
        .service(web::resource("/activate/response.pem").post(response))
        .service(web::resource("/release").get(ask_receipt).post(release));
}

fn request_page(desk: &Desk, text: &str) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::new(FieldKind::Area, "text", tell.word("offline-request"))
            .hint(tell.word("offline-request-hint"))
            .either()
            .value(text),
        file_field(
            tell.word("offline-request-file"),
            tell.word("offline-or-file"),
        ),
    ];
    FormPage {
        title: tell.word("offline-title"),
        intro: Some(tell.word("offline-intro")),
        form: FormView::new("/activate", tell.word("offline-submit"), fields),
        links: vec![Link::new("/release", tell.word("offline-to-release"))],
        ..FormPage::default()
    }
}

/// The empty form; `?request=…` fills it, for a program that shows a link or a QR code.
async fn ask(desk: Desk, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let _ = visitor;
    recognize(desk.request()).await?;
    let query = Query::of(&desk);
    let text = query.get("request").filter(|text| text.len() <= LINKED);
    desk.show(&request_page(&desk, text.unwrap_or_default()))
}

async fn activate(
    desk: Desk,
    visitor: Visitor,
    Brought(text): Brought,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let _ = visitor;
    recognize(desk.request()).await?;
    match interface::activated(desk.request(), &platform, &text).await {
        Ok(answer) => answered(&desk, &text, &answer),
        Err(problem) => refused(&desk, &text, request_page(&desk, ""), problem),
    }
}

fn answered(desk: &Desk, text: &str, answer: &OfflineAnswer) -> Result<HttpResponse, Problem> {
    let tell = desk.tell();
    let done = &answer.activation.activated;
    let mut facts = vec![
        Fact::new(
            tell.word("offline-product"),
            Cell::text(done.product.name.as_str()),
        ),
        Fact::new(
            tell.word("offline-machine"),
            Cell::code(done.machine.id.to_string()),
        ),
    ];
    if let Some(end) = done.license.term.expires_at {
        facts.push(Fact::new(tell.word("offline-until"), tell.day_cell(end)));
    }
    let mut section = Section {
        id: "response",
        title: tell.word("offline-response"),
        intro: Some(tell.word("offline-response-hint")),
        block: Some(answer.text.clone()),
        ..Section::default()
    };
    // A longer text fits no code; then the file is what is carried.
    if answer.text.len() <= QR_BYTES_MAX
        && let Ok(code) = Qr::new(&answer.text)
    {
        section.picture = Some(code.data_uri());
        section.picture_text = tell.word("offline-picture");
    }
    let file = Action {
        fields: vec![FieldView::hidden("text", text)],
        ..Action::new("/activate/response.pem", tell.word("offline-file"))
    };
    let novelty = match done.novelty {
        Novelty::New => "offline-new",
        Novelty::Again => "offline-again",
    };
    desk.show(&DetailPage {
        title: tell.word("offline-done"),
        badge: Some(Badge {
            tone: Tone::Ok,
            text: tell.word("portal-done"),
        }),
        intro: Some(tell.word(novelty)),
        back: Some(Link::new("/activate", tell.word("offline-title"))),
        actions: vec![file],
        facts,
        sections: vec![section],
        ..DetailPage::default()
    })
}

/// The response as a file. The same request takes no second seat; its answer is signed anew.
async fn response(
    desk: Desk,
    entry: Entry,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let answer = interface::activated(desk.request(), &platform, entry.text("text")).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/x-pem-file")
        .insert_header((
            CONTENT_DISPOSITION,
            "attachment; filename=\"activation-response.pem\"",
        ))
        .body(answer.text))
}

fn receipt_page(desk: &Desk) -> FormPage {
    let tell = desk.tell();
    let fields = vec![
        FieldView::new(FieldKind::Area, "text", tell.word("offline-receipt"))
            .hint(tell.word("offline-receipt-hint"))
            .either(),
        file_field(
            tell.word("offline-receipt-file"),
            tell.word("offline-or-file"),
        ),
    ];
    FormPage {
        title: tell.word("offline-release-title"),
        intro: Some(tell.word("offline-release-intro")),
        form: FormView::new("/release", tell.word("offline-release-submit"), fields),
        links: vec![Link::new("/activate", tell.word("offline-to-activate"))],
        ..FormPage::default()
    }
}

async fn ask_receipt(desk: Desk, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let _ = visitor;
    recognize(desk.request()).await?;
    desk.show(&receipt_page(&desk))
}

async fn release(
    desk: Desk,
    visitor: Visitor,
    Brought(text): Brought,
    platform: Data<Platform>,
) -> Result<HttpResponse, Problem> {
    let _ = visitor;
    recognize(desk.request()).await?;
    match interface::deactivated(desk.request(), &platform, &text).await {
        Ok((answer, _)) => {
            let done = match answer.accepted.freed {
                Freed::Now => "offline-released",
                Freed::Before => "offline-released-before",
            };
            Ok(desk.done("/release", done))
        }
        Err(problem) => refused(&desk, &text, receipt_page(&desk), problem),
    }
}

/// The form again with what was brought. Whatever is wrong with it is said at the form: who carries a
/// text between machines has nothing else to go by.
fn refused(
    desk: &Desk,
    text: &str,
    mut page: FormPage,
    problem: Problem,
) -> Result<HttpResponse, Problem> {
    let status = problem.kind().status();
    if !status.is_client_error() || status.as_u16() == 429 {
        return Err(problem);
    }
    let sentence = desk.sentence(&problem);
    for field in page.form.fields.iter_mut().take(1) {
        field.refill(Some(text));
        field.error = Some(sentence.clone());
        page.form.faults.push(alvara_render::page::FormFault {
            id: Some(field.id.clone()),
            text: sentence.clone(),
        });
    }
    desk.answer(status, &page)
}
