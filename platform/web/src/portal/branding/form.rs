//! The form over a draft: what is left empty is said by the places above, and each field says what
//! that is.

use alvara_domain::brand::{Colour, Scheme};
use alvara_render::Args;
use alvara_render::page::{Choice, FieldKind, FieldView, FormView};
use serde::Serialize;

use super::super::entry::Entry;
use super::super::tell::Tell;
use super::Known;
use crate::api::v1::brands::BrandBody;
use crate::problem::Problem;

/// The colours. Their inputs always send a value; a box beside each says that it is not meant.
const COLOURS: [(&str, &str); 2] = [
    ("primary", "_inherit-primary"),
    ("accent", "_inherit-accent"),
];

/// How much of a long text is told of it, in characters.
const TOLD: usize = 80;

/// The groups of fields, and with which field each begins.
const GROUPS: [(&str, &str); 5] = [
    ("identity", "_version"),
    ("look", "primary"),
    ("region", "locale"),
    ("mail", "sender_name"),
    ("legal", "terms"),
];

/// Fields that belong together.
#[derive(Serialize)]
pub(super) struct Group {
    title: String,
    fields: Vec<FieldView>,
}

/// The whole form, field after field.
pub(super) fn fields(known: &Known, tell: &Tell) -> FormView {
    let (draft, brand) = (&known.stored.draft, &known.brand);
    let told = Fields { tell };
    let text = FieldKind::Text;
    let mut fields = vec![
        known.version(),
        told.field(
            text,
            "trade_name",
            draft.trade_name.as_deref(),
            Some(&brand.trade_name),
        ),
        told.field(
            text,
            "legal_name",
            draft.legal_name.as_deref(),
            brand.legal_name.as_deref(),
        ),
        told.field(
            text,
            "tax_id",
            draft.tax_id.as_deref(),
            brand.tax_id.as_deref(),
        ),
        told.field(
            FieldKind::Area,
            "address:lines",
            draft
                .address
                .as_ref()
                .map(|lines| lines.join("\n"))
                .as_deref(),
            Some(&brand.address.join(", ")),
        ),
        told.field(
            FieldKind::Email,
            "support_email",
            draft.support_email.as_deref(),
            brand.support_email.as_deref(),
        ),
        told.field(
            FieldKind::Tel,
            "support_phone",
            draft.support_phone.as_deref(),
            brand.support_phone.as_deref(),
        ),
        told.field(
            FieldKind::Tel,
            "support_whatsapp",
            draft.support_whatsapp.as_deref(),
            brand.support_whatsapp.as_deref(),
        ),
        told.field(
            FieldKind::Url,
            "website",
            draft.website.as_deref(),
            brand.website.as_deref(),
        ),
    ];
    fields.extend(told.colour(COLOURS[0], draft.primary, brand.light.brand.fill));
    fields.extend(told.colour(COLOURS[1], draft.accent, brand.light.accent.fill));
    let schemes = Scheme::ALL
        .iter()
        .map(|scheme| (scheme.to_string(), tell.value("branding-scheme", scheme)));
    let scheme = tell.value("branding-scheme", &brand.scheme);
    let languages = tell
        .words()
        .locales()
        .map(|locale| (locale.tag().to_owned(), locale.tag().to_owned()));
    fields.extend([
        told.field(
            FieldKind::Number,
            "radius:int",
            draft.radius.map(|radius| radius.to_string()).as_deref(),
            Some(&brand.radius.to_string()),
        ),
        told.choice("scheme", draft.scheme.map(Scheme::as_str), schemes, &scheme),
        told.choice("locale", draft.locale.as_deref(), languages, &brand.locale),
        told.field(
            text,
            "currency",
            draft
                .currency
                .map(|currency| currency.to_string())
                .as_deref(),
            Some(&brand.currency.to_string()),
        ),
        told.field(
            text,
            "time_zone",
            draft.time_zone.as_ref().map(ToString::to_string).as_deref(),
            Some(&brand.time_zone.to_string()),
        ),
        told.field(
            text,
            "sender_name",
            draft.sender_name.as_deref(),
            Some(&brand.sender_name),
        ),
        told.field(
            FieldKind::Email,
            "reply_to",
            draft.reply_to.as_deref(),
            brand.reply_to.as_deref(),
        ),
        told.field(
            FieldKind::Area,
            "terms",
            draft.terms.as_deref(),
            brand.terms.as_deref(),
        ),
        told.field(
            FieldKind::Area,
            "privacy",
            draft.privacy.as_deref(),
            brand.privacy.as_deref(),
        ),
        told.field(
            FieldKind::Area,
            "refunds",
            draft.refunds.as_deref(),
            brand.refunds.as_deref(),
        ),
    ]);
    FormView::new(known.place(), tell.word("branding-save"), fields)
}

/// The form's fields, each in its group.
pub(super) fn groups(form: FormView, tell: &Tell) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for field in form.fields {
        let begun = GROUPS.iter().find(|(_, first)| *first == field.name);
        if let Some((key, _)) = begun {
            groups.push(Group {
                title: tell.word(&format!("branding-group-{key}")),
                fields: Vec::new(),
            });
        }
        if let Some(group) = groups.last_mut() {
            group.fields.push(field);
        }
    }
    groups
}

/// Reads the form, without the colours that are ticked as not meant.
pub(super) fn read(entry: &Entry) -> Result<BrandBody, Problem> {
    let left: Vec<&str> = COLOURS
        .iter()
        .filter(|(_, tick)| entry.typed(tick).is_some())
        .map(|(name, _)| *name)
        .collect();
    entry.read_without(&left)
}

/// How the fields are made. What a field without a value of its own stands for is what the brand
/// comes to, since nothing but the places above can have said it.
struct Fields<'a> {
    tell: &'a Tell,
}

impl Fields<'_> {
    fn label(&self, name: &str) -> String {
        let bare = name.split(':').next().unwrap_or(name).replace('_', "-");
        self.tell.word(&format!("branding-{bare}"))
    }

    fn inherited(&self, value: Option<&str>) -> String {
        match value.filter(|value| !value.is_empty()) {
            Some(value) => {
                let mut short: String = value.chars().take(TOLD).collect();
                if short.len() < value.len() {
                    short.push('…');
                }
                let args = Args::new().text("value", short);
                self.tell.say("branding-inherited", args)
            }
            None => self.tell.word("branding-unsaid"),
        }
    }

    fn field(
        &self,
        kind: FieldKind,
        name: &str,
        own: Option<&str>,
        comes_to: Option<&str>,
    ) -> FieldView {
        let field = FieldView::new(kind, name, self.label(name));
        match own {
            Some(own) => field.value(own),
            None => field.hint(self.inherited(comes_to)),
        }
    }

    fn choice(
        &self,
        name: &str,
        own: Option<&str>,
        values: impl Iterator<Item = (String, String)>,
        comes_to: &str,
    ) -> FieldView {
        let now = own.unwrap_or_default();
        let mut choices = vec![Choice::new("", self.tell.word("branding-inherit"), now)];
        choices.extend(values.map(|(value, label)| Choice::new(value, label, now)));
        let field = FieldView::select(name, self.label(name), choices);
        match own {
            Some(_) => field,
            None => field.hint(self.inherited(Some(comes_to))),
        }
    }

    /// An input for a colour, and the box that says that it is not meant.
    fn colour(
        &self,
        (name, tick): (&'static str, &'static str),
        own: Option<Colour>,
        comes_to: Colour,
    ) -> [FieldView; 2] {
        let shown = own.unwrap_or(comes_to).to_string();
        let input = FieldView::new(FieldKind::Color, name, self.label(name)).value(shown);
        let label = self.tell.word(&format!("branding-inherit-{name}"));
        let mut tick = FieldView::check(tick, label);
        tick.checked = own.is_none();
        if own.is_none() {
            tick.hint = Some(self.inherited(Some(&comes_to.to_string())));
        }
        [input, tick]
    }
}
