//! A provider that keeps charges, devoluções and mandates as Bacen's API says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use alvara_plugin_pix::brcode::BrCode;
use alvara_plugin_sdk::{
    DueOptions, Interval, Json, MandateRequest, NextAction, PspRef, Rate, RetryPolicy, Source,
    http::{HttpError, Request, Response},
    kit::{Kit, charge, customer, response},
    money::money,
};

pub(crate) const CHAVE: &str = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906";
pub(crate) const API: &[(&str, &str)] = &[
    ("mode", "api"),
    ("chave", CHAVE),
    ("host", "psp.example.com.br"),
    ("token_url", "https://psp.example.com.br/oauth/token"),
    ("automatic_account", "012682"),
    ("automatic_agency", "9708"),
    (
        "webhook_cert_sha256",
        "abababababababababababababababababababababababababababababababab",
    ),
];
pub(crate) const STATIC: &[(&str, &str)] = &[
    ("mode", "static"),
    ("chave", "+5511987654321"),
    ("merchant_name", "Padaria São João"),
    ("merchant_city", "São Paulo"),
];

pub(crate) const TXID_OF_KEY_1: &str = "be2974546978e3739e6d6da85c4be9f3";

pub(crate) fn due(day: &str) -> DueOptions {
    DueOptions {
        due_date: day.to_owned(),
        days_valid_after_due: 10,
        fine: Some(Rate::BasisPoints(200)),
        monthly_interest_bp: Some(100),
        discount: None,
        instructions: Vec::new(),
        bank_sequence: None,
    }
}

pub(crate) fn code(action: Option<&NextAction>) -> String {
    match action {
        Some(NextAction::Qr(qr)) => qr.br_code.clone(),
        other => panic!("no code: {other:?}"),
    }
}

#[derive(Default)]
struct Books {
    charges: BTreeMap<String, Json>,
    mandates: BTreeMap<String, Json>,
    lose: Option<(&'static str, &'static str)>,
}

/// Someone at the provider, who presses buttons.
pub(crate) struct Psp(Rc<RefCell<Books>>);

pub(crate) fn reference(kind: &str, value: &str) -> PspRef {
    PspRef {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}

pub(crate) fn mandate(minor: i64) -> MandateRequest {
    MandateRequest {
        mandate_id: "man_1".to_owned(),
        method: "pix".to_owned(),
        customer: customer(),
        contract: "lic_01J0000000000000000000000".to_owned(),
        description: "Licença Pro".to_owned(),
        interval: Interval::Monthly,
        starts_on: "2026-12-22".to_owned(),
        ends_on: None,
        amount: Some(money(minor, "BRL")),
        retry: RetryPolicy::None,
        first_charge: Some(charge("pix", minor, "BRL")),
        source: Source::None,
        return_url: None,
        metadata: Vec::new(),
    }
}

impl Psp {
    pub(crate) fn start() -> (Kit, Self) {
        let kit = Kit::new();
        let books = Rc::new(RefCell::new(Books::default()));
        let shared = Rc::clone(&books);
        kit.provider(move |request| {
            let mut books = shared.borrow_mut();
            let path = request
                .url
                .strip_prefix("https://psp.example.com.br/v2")
                .expect("our address");
            let answer = books.answer(request, path);
            let is_lost = books
                .lose
                .is_some_and(|(method, start)| method == request.method && path.starts_with(start));
            if is_lost {
                books.lose = None;
                return Err(HttpError::TimeoutAfterSend);
            }
            Ok(answer)
        });
        (kit, Self(books))
    }

    pub(crate) fn lose_next_answer(&self) {
        self.lose_answer_of("PUT", "/cob");
    }

    pub(crate) fn lose_answer_of(&self, method: &'static str, start: &'static str) {
        self.0.borrow_mut().lose = Some((method, start));
    }

    pub(crate) fn charges(&self) -> usize {
        self.0.borrow().charges.len()
    }

    pub(crate) fn mandates(&self) -> usize {
        self.0.borrow().mandates.len()
    }

    pub(crate) fn pay(&self, txid: &str, valor: &str) {
        let mut books = self.0.borrow_mut();
        let charge = books.charges.get_mut(txid).expect("a charge");
        charge.set("status", "CONCLUIDA");
        let pix = Json::object([
            ("endToEndId", "E12345678202611221000abcdefghijk".into()),
            ("txid", txid.into()),
            ("valor", valor.into()),
            ("horario", "2026-11-22T10:05:00.000Z".into()),
        ]);
        charge.set("pix", vec![pix]);
    }

    pub(crate) fn settle_refunds(&self, status: &str) {
        for charge in self.0.borrow_mut().charges.values_mut() {
            with_refunds(charge, |refunds| {
                for refund in refunds.values_mut() {
                    refund.set("status", status);
                }
            });
        }
    }

    pub(crate) fn approve(&self) {
        for mandate in self.0.borrow_mut().mandates.values_mut() {
            mandate.set("status", "APROVADA");
        }
    }
}

/// The devoluções of a charge's one Pix, by id.
fn with_refunds<T>(
    charge: &mut Json,
    change: impl FnOnce(&mut BTreeMap<String, Json>) -> T,
) -> Option<T> {
    let Json::Object(entries) = charge else {
        return None;
    };
    let Some(Json::List(pix)) = entries.get_mut("pix") else {
        return None;
    };
    let mut by_id: BTreeMap<String, Json> = pix[0]
        .at("devolucoes")
        .list()
        .iter()
        .map(|refund| (refund.at("id").string().unwrap_or_default(), refund.clone()))
        .collect();
    let done = change(&mut by_id);
    pix[0].set("devolucoes", by_id.into_values().collect::<Vec<_>>());
    Some(done)
}

fn problem(status: u16, kind: &str) -> Response {
    response(
        status,
        format!(
            r#"{{"type":"https://pix.bcb.gov.br/api/v2/error/{kind}","title":"{kind}","status":{status}}}"#
        ),
    )
}

impl Books {
    fn answer(&mut self, request: &Request, path: &str) -> Response {
        let body = Json::parse(&request.body).unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("PUT", [kind @ ("cob" | "cobv" | "cobr"), txid]) => self.put(kind, txid, body),
            ("PATCH", [_, txid]) if self.charges.contains_key(*txid) => {
                let charge = self.charges.get_mut(*txid).expect("a charge");
                if charge.at("status").text() == Some("CONCLUIDA") {
                    return problem(400, "CobOperacaoInvalida");
                }
                charge.set("status", body.at("status").clone());
                response(200, charge.bytes())
            }
            ("GET", [kind @ ("cob" | "cobv" | "cobr"), txid]) => self
                .charges
                .get(*txid)
                .filter(|charge| charge.at("kind").text() == Some(kind))
                .map_or_else(
                    || problem(404, "CobNaoEncontrado"),
                    |charge| response(200, charge.bytes()),
                ),
            ("PUT", ["pix", e2eid, "devolucao", id]) => self.refund(e2eid, id, &body),
            ("GET", ["pix", _, "devolucao", id]) => self
                .charges
                .values_mut()
                .find_map(|charge| {
                    with_refunds(charge, |refunds| refunds.get(*id).cloned()).flatten()
                })
                .map_or_else(
                    || problem(404, "PixDevolucaoNaoEncontrada"),
                    |refund| response(200, refund.bytes()),
                ),
            ("POST", ["locrec"]) => {
                response(201, r#"{"id":108,"location":"psp.example.com.br/rec/108"}"#)
            }
            ("POST", ["rec"]) => {
                let id = format!("RN12345678202611{:013}", self.mandates.len());
                let mut rec = body;
                rec.set("idRec", id.as_str());
                rec.set("status", "CRIADA");
                self.mandates.insert(id, rec.clone());
                response(201, rec.bytes())
            }
            ("GET", ["rec"]) => {
                let recs: Vec<_> = self.mandates.values().cloned().collect();
                response(200, Json::object([("recs", recs.into())]).bytes())
            }
            ("GET", ["rec", id]) => self.mandates.get(*id).map_or_else(
                || problem(404, "RecNaoEncontrada"),
                |rec| {
                    let mut rec = rec.clone();
                    if query.starts_with("txid=") {
                        rec.set(
                            "dadosQR",
                            Json::object([("pixCopiaECola", composite().into())]),
                        );
                    }
                    response(200, rec.bytes())
                },
            ),
            ("PATCH", ["rec", id]) => self.mandates.get_mut(*id).map_or_else(
                || problem(404, "RecNaoEncontrada"),
                |rec| {
                    if rec.at("status").text() == Some("CANCELADA") {
                        return problem(400, "RecOperacaoInvalida");
                    }
                    rec.set("status", body.at("status").clone());
                    response(200, rec.bytes())
                },
            ),
            _ => problem(404, "NaoEncontrado"),
        }
    }

    fn put(&mut self, kind: &str, txid: &str, body: Json) -> Response {
        let old = self.charges.get(txid);
        if old.is_some_and(|old| !matches!(old.at("status").text(), Some("ATIVA" | "CRIADA"))) {
            return problem(400, "CobOperacaoInvalida");
        }
        let mut charge = body;
        charge.set("kind", kind);
        charge.set("txid", txid);
        charge.set("status", if kind == "cobr" { "CRIADA" } else { "ATIVA" });
        charge.set("location", format!("psp.example.com.br/qr/{txid}"));
        let Json::Object(entries) = &mut charge else {
            return problem(400, "RequisicaoInvalida");
        };
        if let Some(calendar) = entries.get_mut("calendario") {
            calendar.set("criacao", "2026-11-22T10:00:00.000Z");
        }
        self.charges.insert(txid.to_owned(), charge.clone());
        response(201, charge.bytes())
    }

    fn refund(&mut self, e2eid: &str, id: &str, body: &Json) -> Response {
        let Some(charge) = self
            .charges
            .values_mut()
            .find(|charge| charge.at("pix.0.endToEndId").text() == Some(e2eid))
        else {
            return problem(404, "PixNaoEncontrado");
        };
        let refund = Json::object([
            ("id", id.into()),
            ("rtrId", format!("D{id}").into()),
            ("valor", body.at("valor").clone()),
            ("natureza", body.at("natureza").clone()),
            ("status", "EM_PROCESSAMENTO".into()),
        ]);
        let is_new = with_refunds(charge, |refunds| {
            refunds.insert(id.to_owned(), refund.clone()).is_none()
        });
        if is_new == Some(true) {
            response(201, refund.bytes())
        } else {
            problem(400, "PixDevolucaoInvalida")
        }
    }
}

fn composite() -> String {
    BrCode {
        initiation: Some("12".to_owned()),
        url: Some("psp.example.com.br/qr/1".to_owned()),
        recurrence_url: Some("psp.example.com.br/rec/108".to_owned()),
        category: "0000".to_owned(),
        name: "Padaria".to_owned(),
        city: "Sao Paulo".to_owned(),
        ..BrCode::default()
    }
    .write()
    .expect("a code")
}
