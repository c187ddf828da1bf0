//! Where a page is made: the reader's words, what surrounds the page, and the answer.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, LOCATION, VARY};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use alvara_domain::time::{UtcTime, ZoneName};
use alvara_render::page::{
    BrandView, Chrome, Flash, FormFault, FormPage, FormView, Language, Link, Page, Pages, Tone,
    UserView,
};
use alvara_render::{Wording, Words};
use alvara_store::{Db, Scope};
use alvara_tenants::{Brand, BuiltInRole, PermissionKey, Principal, Role};

use super::entry::{self, Entry};
use super::tell::Tell;
use super::{assets, nav, rules};
use crate::caller::{gate_of, origin_of};
use crate::frame::Context;
use crate::problem::{Fault, FaultDetail, Kind, Problem};

/// A page's own script and style, pictures of its own, and nothing from elsewhere.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The cookie that keeps the chosen language.
pub(crate) const LANGUAGE_COOKIE: &str = "__Host-lang";

/// Messages after a deed that are no good news.
const UNHAPPY: [(&str, Tone); 2] = [("pay-not-yet", Tone::Bad), ("pay-unchecked", Tone::Warn)];

/// Each language in its own words.
pub(super) fn own_name(tag: &str) -> &'static str {
    match tag {
        "pt-BR" => "Português",
        "it" => "Italiano",
        "es" => "Español",
        _ => "English",
    }
}

/// Where a page is made. As an extractor it asks nothing: what surrounds a page is looked up when
/// the page is answered, after the caller is known.
pub(crate) struct Desk {
    request: HttpRequest,
    words: Data<Words>,
    now: UtcTime,
}

impl FromRequest for Desk {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::at(request))
    }
}

impl Desk {
    /// The desk of a request.
    ///
    /// # Errors
    /// A defect of the assembly, as 500.
    pub(crate) fn at(request: &HttpRequest) -> Result<Self, Problem> {
        let missing = || Problem::internal("the pages are not part of the assembly");
        let words = request.app_data::<Data<Words>>().ok_or_else(missing)?;
        let db = request.app_data::<Data<Db>>().ok_or_else(missing)?;
        let context = Context::of(request);
        if let Some(cookie) = request.cookie(LANGUAGE_COOKIE) {
            context.choose_locale(cookie.value());
        }
        Ok(Self {
            request: request.clone(),
            words: words.clone(),
            now: db.clock().now(),
        })
    }

    /// The request itself.
    pub(crate) fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Path and query.
    pub(crate) fn here(&self) -> String {
        self.request
            .uri()
            .path_and_query()
            .map_or_else(|| "/".to_owned(), |here| here.as_str().to_owned())
    }

    /// Values as the reader writes them.
    pub(crate) fn tell(&self) -> Tell {
        let context = Context::of(&self.request);
        let locale = context.page_locale(&self.words);
        let zone = context
            .tenant()
            .map_or_else(ZoneName::utc, |tenant| tenant.time_zone.clone());
        let tell = Tell::new(self.words.clone(), locale, zone, self.now);
        match context.brand() {
            Some(brand) if !brand.wording.is_empty() => tell.worded(Wording::new(&brand.wording)),
            _ => tell,
        }
    }

    /// Who is signed in.
    pub(crate) fn principal(&self) -> Option<Principal> {
        let context = Context::of(&self.request);
        context.arrival().map(|(_, principal)| principal.clone())
    }

    /// Whether who is signed in holds licenses and sells none: the desk of a customer's people.
    pub(crate) fn is_customers(&self) -> bool {
        self.principal()
            .is_some_and(|principal| principal.role() == Role::BuiltIn(BuiltInRole::Customer))
    }

    /// Whether who is signed in may do this at all: for showing only what works.
    pub(crate) fn may(&self, key: PermissionKey) -> bool {
        let context = Context::of(&self.request);
        context
            .arrival()
            .is_some_and(|(_, principal)| principal.reach(key).is_some())
    }

    /// What who is signed in may see and change by a permission, for a page that shows several kinds
    /// of things. It bears no idempotency claim: a form has none.
    ///
    /// # Errors
    /// 401 where nobody was authenticated before on this request, 403 without the permission.
    pub(crate) fn scope(&self, key: PermissionKey) -> Result<Scope, Problem> {
        let context = Context::of(&self.request);
        let nobody = || Problem::new(Kind::Unauthenticated);
        let (host, principal) = context.arrival().ok_or_else(nobody)?;
        let origin = origin_of(&self.request);
        Ok(gate_of(&self.request)?.scope_for(key, principal, host, &origin)?)
    }

    /// One sentence about a problem, in the reader's language.
    pub(crate) fn sentence(&self, problem: &Problem) -> String {
        let tell = self.tell();
        problem.sentence(tell.words(), tell.locale())
    }

    /// What is wrong with each field, in the reader's language where that is known.
    pub(crate) fn fault_sentences(&self, problem: &Problem) -> Vec<String> {
        let tell = self.tell();
        problem
            .faults()
            .iter()
            .map(|fault| fault_text(fault, &tell))
            .collect()
    }

    /// 200 with a page.
    ///
    /// # Errors
    /// A defect of the build, as 500.
    pub(crate) fn show<P: Page>(&self, page: &P) -> Result<HttpResponse, Problem> {
        self.answer(StatusCode::OK, page)
    }

    /// A page with this status.
    ///
    /// # Errors
    /// A defect of the build, as 500.
    pub(crate) fn answer<P: Page>(
        &self,
        status: StatusCode,
        page: &P,
    ) -> Result<HttpResponse, Problem> {
        let pages = self
            .request
            .app_data::<Data<Pages>>()
            .ok_or_else(|| Problem::internal("the pages are not part of the assembly"))?;
        let tell = self.tell();
        let html = pages
            .render(tell.locale(), &self.chrome(&tell), page)
            .map_err(Problem::internal)?;
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((CONTENT_LANGUAGE, tell.locale().tag()))
            .insert_header((VARY, "cookie, accept-language"))
            .body(html))
    }

    /// Somewhere else, with a sentence about what was done: `done-…` of the messages.
    pub(crate) fn done(&self, place: &str, what: &str) -> HttpResponse {
        let (path, anchor) = place.split_once('#').unwrap_or((place, ""));
        let sign = if path.contains('?') { '&' } else { '?' };
        let anchor = if anchor.is_empty() {
            String::new()
        } else {
            format!("#{anchor}")
        };
        HttpResponse::SeeOther()
            .insert_header((LOCATION, format!("{path}{sign}done={what}{anchor}")))
            .finish()
    }

    /// The page of what an operation of the interface made: its `Location` without the prefix.
    pub(crate) fn place_of(&self, made: &HttpResponse) -> String {
        made.headers()
            .get(LOCATION)
            .and_then(|place| place.to_str().ok())
            .and_then(|place| place.strip_prefix("/api/v1"))
            .unwrap_or("/")
            .to_owned()
    }

    /// The form again, with what was typed and what is wrong with it. A problem that no field
    /// explains stands above the form; one that is no fault of the form's is passed on.
    ///
    /// # Errors
    /// The problem itself where it is a matter of access, of what is missing, or of ours.
    pub(crate) fn again(
        &self,
        form: &mut FormView,
        entry: &Entry,
        problem: Problem,
    ) -> Result<StatusCode, Problem> {
        let status = problem.kind().status();
        let is_of_form = matches!(status.as_u16(), 400 | 409 | 412 | 422 | 428)
            || problem.kind() == Kind::ExceedsOwnRights;
        if !is_of_form {
            return Err(problem);
        }
        let tell = self.tell();
        for field in &mut form.fields {
            field.refill(entry.typed(&field.name));
        }
        let mut unplaced = problem.faults().is_empty();
        for fault in problem.faults() {
            let text = fault_text(fault, &tell);
            let place = form
                .fields
                .iter_mut()
                .find(|field| is_of(&field.pointer(), &fault.pointer));
            match place {
                Some(field) => {
                    form.faults.push(FormFault {
                        id: Some(field.id.clone()),
                        text: format!("{}: {text}", field.label),
                    });
                    field.error = Some(text);
                }
                None => {
                    let name = fault.pointer.trim_start_matches('/');
                    unplaced |= name.is_empty();
                    form.faults.push(FormFault {
                        id: None,
                        text: format!("{name}: {text}"),
                    });
                }
            }
        }
        if unplaced {
            form.faults.push(FormFault {
                id: None,
                text: self.sentence(&problem),
            });
        }
        Ok(status)
    }

    /// A page that is a form again, with what was typed and what is wrong with it.
    ///
    /// # Errors
    /// Those of [`Desk::again`].
    pub(crate) fn retry(
        &self,
        mut page: FormPage,
        entry: &Entry,
        problem: Problem,
    ) -> Result<HttpResponse, Problem> {
        let status = self.again(&mut page.form, entry, problem)?;
        self.answer(status, &page)
    }

    fn chrome(&self, tell: &Tell) -> Chrome {
        let context = Context::of(&self.request);
        let arrival = context.arrival();
        let at_tenant = context.tenant().is_some();
        let path = self.request.path();
        let languages = tell.words().locales().map(|locale| Language {
            tag: locale.tag().to_owned(),
            name: own_name(locale.tag()),
            current: locale == tell.locale(),
        });
        Chrome {
            brand: context.brand().map_or_else(
                // Before it is known whose host it is nobody is named, but a link has its text.
                || BrandView {
                    name: tell.word("portal-installation"),
                    ..BrandView::default()
                },
                |brand| brand_view(brand, tell),
            ),
            wording: context
                .brand()
                .and_then(|brand| brand.wording.get(tell.locale().tag()).cloned())
                .unwrap_or_default(),
            nav: arrival.map_or_else(Vec::new, |(_, principal)| {
                nav::menu(principal, at_tenant, path, tell)
            }),
            user: arrival.and_then(|(_, principal)| {
                Some(UserView {
                    name: principal.member()?.name.clone(),
                    role: nav::role_name(principal, tell),
                })
            }),
            flash: self.flash(tell),
            languages: languages.collect(),
            here: self.here(),
            csrf: entry::token(&self.request).unwrap_or_default(),
            css: assets::CSS_AT.clone(),
            js: assets::JS_AT.clone(),
            palette: assets::PALETTE_AT.clone(),
            search: arrival.is_some(),
        }
    }

    /// `?done=…` names a message; anything else in it is nothing.
    fn flash(&self, tell: &Tell) -> Option<Flash> {
        let query = self.request.query_string().as_bytes();
        let (_, what) = form_urlencoded::parse(query).find(|(name, _)| name == "done")?;
        let key = format!("done-{what}");
        let unhappy = UNHAPPY.iter().find(|(name, _)| *name == what);
        tell.words().has(&key).then(|| Flash {
            tone: unhappy.map_or(Tone::Ok, |(_, tone)| *tone),
            alert: unhappy.is_some(),
            text: tell.word(&key),
        })
    }
}

/// The face of a page, from what was published.
fn brand_view(brand: &Brand, tell: &Tell) -> BrandView {
    let legal = [
        ("terms", &brand.terms),
        ("privacy", &brand.privacy),
        ("refunds", &brand.refunds),
    ];
    BrandView {
        name: if brand.trade_name.is_empty() {
            tell.word("portal-installation")
        } else {
            brand.trade_name.clone()
        },
        logo: brand.logo.is_some().then(|| "/brand/logo".to_owned()),
        style: Some("/brand.css".to_owned()),
        icon: brand.favicon.is_some().then(|| "/brand/favicon".to_owned()),
        mail: brand.support_email.clone(),
        phone: brand.support_phone.clone(),
        legal: legal
            .into_iter()
            .filter(|(_, text)| text.is_some())
            .map(|(name, _)| Link::new(format!("/{name}"), tell.word(&format!("legal-{name}"))))
            .collect(),
    }
}

/// Whether a fault is that of a field. A form may call `admin_password` what the body holds as
/// `admin.password`.
fn is_of(field: &str, fault: &str) -> bool {
    field == fault || field.replace('_', "/") == fault.replace('_', "/")
}

fn fault_text(fault: &Fault, tell: &Tell) -> String {
    fault
        .sentence(tell.words(), tell.locale())
        .unwrap_or_else(|| match &fault.detail {
            FaultDetail::Text(text) => {
                rules::key_of(text).map_or_else(|| text.clone(), |key| tell.word(key))
            }
            FaultDetail::Message(key, _) => tell.word(key),
        })
}
