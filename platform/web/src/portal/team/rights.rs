//! Permissions as a form: a box for each, the modules one after another.

use std::collections::BTreeSet;

use alvara_render::page::{FieldView, FormView, Link, Page};
use alvara_tenants::PermissionKey;
use serde::Serialize;

use super::super::desk::Desk;
use super::super::entry::Entry;
use super::super::tell::Tell;

/// The boxes of one module.
#[derive(Serialize)]
pub(super) struct Group {
    title: String,
    fields: Vec<FieldView>,
}

/// A form with permissions below its fields.
#[derive(Serialize)]
pub(super) struct RightsPage {
    pub(super) title: String,
    pub(super) badge: Option<()>,
    pub(super) intro: Option<String>,
    pub(super) back: Option<Link>,
    pub(super) form: FormView,
    /// What stands over the boxes.
    pub(super) heading: String,
    /// A sentence under that.
    pub(super) about: String,
    pub(super) groups: Vec<Group>,
}

impl Page for RightsPage {
    const TEMPLATE: &'static str = "rights";
}

fn field_of(key: PermissionKey) -> String {
    format!("_may.{}", key.code())
}

/// Every permission that a tenant can give away, by module; those of `ticked` with a tick.
pub(super) fn groups(tell: &Tell, ticked: &BTreeSet<&str>) -> Vec<Group> {
    let mut groups: Vec<(&str, Group)> = Vec::new();
    for key in PermissionKey::ALL.iter().filter(|key| !key.is_platform()) {
        let action = tell.word(&format!("permission-action-{}", key.action()));
        let field = FieldView {
            checked: ticked.contains(key.code()),
            ..FieldView::check(field_of(*key), format!("{action} ({})", key.code()))
        };
        match groups
            .iter_mut()
            .find(|(module, _)| *module == key.module())
        {
            Some((_, group)) => group.fields.push(field),
            None => groups.push((
                key.module(),
                Group {
                    title: tell.word(&format!("permission-module-{}", key.module())),
                    fields: vec![field],
                },
            )),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The permissions whose boxes were ticked.
pub(super) fn ticked(entry: &Entry) -> BTreeSet<&'static str> {
    PermissionKey::ALL
        .iter()
        .filter(|key| !key.is_platform() && entry.typed(&field_of(**key)).is_some())
        .map(|key| key.code())
        .collect()
}

/// The page with what was sent put back, and what is wrong with it.
///
/// # Errors
/// As [`Desk::again`].
pub(super) fn again(
    desk: &Desk,
    page: &mut RightsPage,
    entry: &Entry,
    problem: crate::problem::Problem,
) -> Result<actix_web::http::StatusCode, crate::problem::Problem> {
    page.groups = groups(&desk.tell(), &ticked(entry));
    desk.again(&mut page.form, entry, problem)
}

#[cfg(test)]
mod tests {
    use alvara_render::Words;

    use super::*;

    // R-TEN-03: no permission stands on a page without a name.
    #[test]
    fn every_permission_has_its_words() {
        let words = Words::new().unwrap();
        for key in PermissionKey::ALL.iter().filter(|key| !key.is_platform()) {
            for name in [
                format!("permission-module-{}", key.module()),
                format!("permission-action-{}", key.action()),
            ] {
                assert!(words.has(&name), "{name}");
            }
        }
    }
}
