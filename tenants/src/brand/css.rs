//! A brand as custom properties of CSS.

use std::fmt::Write as _;

use alvara_domain::brand::Scheme;

use super::Brand;

/// Writes the style sheet. A browser that does not know `light-dark()` keeps the first block, which
/// is whole by itself.
pub(super) fn written(brand: &Brand) -> String {
    let rows = [
        ("page", brand.light.ground.page, brand.dark.ground.page),
        ("panel", brand.light.ground.panel, brand.dark.ground.panel),
        ("brand", brand.light.brand.fill, brand.dark.brand.fill),
        (
            "on-brand",
            brand.light.brand.on_fill,
            brand.dark.brand.on_fill,
        ),
        ("brand-text", brand.light.brand.text, brand.dark.brand.text),
        ("brand-tint", brand.light.brand.tint, brand.dark.brand.tint),
        ("accent", brand.light.accent.fill, brand.dark.accent.fill),
        (
            "on-accent",
            brand.light.accent.on_fill,
            brand.dark.accent.on_fill,
        ),
        (
            "accent-text",
            brand.light.accent.text,
            brand.dark.accent.text,
        ),
        (
            "accent-tint",
            brand.light.accent.tint,
            brand.dark.accent.tint,
        ),
    ];
    let (scheme, only_dark) = match brand.scheme {
        Scheme::Light => ("light", false),
        Scheme::Dark => ("dark", true),
        Scheme::Auto => ("light dark", false),
    };
    let mut plain = format!("color-scheme:{scheme};--radius:{}px", brand.radius);
    let mut both = String::new();
    for (name, light, dark) in rows {
        let one = if only_dark { dark } else { light };
        // Writing to a text does not fail.
        let _ = write!(plain, ";--{name}:{one}");
        let _ = write!(both, "--{name}:light-dark({light},{dark});");
    }
    let both = both.trim_end_matches(';');
    format!(":root{{{plain}}}\n@supports (color:light-dark(#000,#fff)){{:root{{{both}}}}}\n")
}

#[cfg(test)]
mod tests {
    use super::super::Brand;

    // R-TEN-04
    #[test]
    fn a_style_sheet_holds_properties_and_nothing_else() {
        let brand = Brand::neutral();
        let css = brand.css();
        assert!(
            css.starts_with(":root{color-scheme:light dark;--radius:8px;--page:#f6f7f9;"),
            "{css}"
        );
        assert!(css.contains("--brand:light-dark(#"), "{css}");
        assert!(
            !css.contains("url(") && !css.contains('<') && !css.contains("@import"),
            "{css}"
        );
        assert_eq!(css.matches('{').count(), css.matches('}').count());
    }
}
