//! The page that one comes to first: another one for each kind of desk.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use alvara_render::page::HomePage;

use super::desk::Desk;
use crate::caller::SignedIn;
use crate::problem::Problem;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/").get(show));
}

async fn show(desk: Desk, caller: SignedIn) -> Result<HttpResponse, Problem> {
    let _ = caller;
    let tell = desk.tell();
    desk.show(&HomePage {
        title: tell.word("nav-home"),
        ..HomePage::default()
    })
}
