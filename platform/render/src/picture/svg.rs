//! SVG written anew from what is known to be harmless.
//!
//! The text is read as XML and only elements and attributes of a short list are written again, each
//! value checked and escaped by us. So nothing is served that another reader could understand
//! differently: what we did not understand is not there. No script, no style sheet, no address but
//! those within the drawing, no document type, no other picture inside.

/// The elements that are written; others go with all that is in them.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "defs",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "symbol",
    "use",
    "title",
    "desc",
    "text",
    "tspan",
];

/// Elements whose text is written.
const WITH_TEXT: &[&str] = &["title", "desc", "text", "tspan"];

/// The attributes that are written, and the properties of `style`, which become attributes.
const ATTRIBUTES: &[&str] = &[
    "clip-path",
    "clip-rule",
    "clipPathUnits",
    "color",
    "cx",
    "cy",
    "d",
    "display",
    "dominant-baseline",
    "dx",
    "dy",
    "fill",
    "fill-opacity",
    "fill-rule",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "fr",
    "fx",
    "fy",
    "gradientTransform",
    "gradientUnits",
    "height",
    "letter-spacing",
    "mask",
    "mask-type",
    "maskContentUnits",
    "maskUnits",
    "offset",
    "opacity",
    "paint-order",
    "pathLength",
    "points",
    "preserveAspectRatio",
    "r",
    "rx",
    "ry",
    "spreadMethod",
    "stop-color",
    "stop-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "transform",
    "vector-effect",
    "viewBox",
    "visibility",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

const NAMESPACE: &str = "http://www.w3.org/2000/svg";
const DEEPEST: usize = 64;
const MOST_ELEMENTS: usize = 5_000;
/// Few, for each may show a thing that shows another twice, and so on.
const MOST_USES: usize = 8;

const BROKEN: &str = "the SVG is no well-formed XML";

/// Whether the bytes are worth reading as SVG.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| start(text).starts_with('<') && text.contains("<svg"))
}

/// Writes a drawing anew; with it comes its size, rounded up.
///
/// # Errors
/// In one sentence, why it is not taken.
pub(super) fn clean(bytes: &[u8]) -> Result<((u32, u32), String), &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| BROKEN)?;
    let mut writer = Writer::default();
    let mut rest = start(text);
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        let (said, tag) = rest.split_at(at);
        writer.text(said)?;
        rest = match Markup::read(tag)? {
            Some((markup, after)) => {
                writer.markup(markup)?;
                after
            }
            None => "",
        };
    }
    writer.finish()
}

fn start(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim_start()
}

/// What stands between angle brackets.
enum Markup<'a> {
    Opens {
        name: &'a str,
        attributes: Vec<(&'a str, &'a str)>,
        is_empty: bool,
    },
    Closes(&'a str),
    /// A comment, an instruction, a section of raw text.
    Nothing,
}

impl<'a> Markup<'a> {
    fn read(text: &'a str) -> Result<Option<(Self, &'a str)>, &'static str> {
        let until = |start: &str, end: &str| {
            let inner = text.strip_prefix(start)?;
            Some(inner.split_once(end).ok_or(BROKEN))
        };
        if text.is_empty() {
            return Ok(None);
        }
        for (start, end) in [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>")] {
            if let Some(found) = until(start, end) {
                return Ok(Some((Self::Nothing, found?.1)));
            }
        }
        if let Some(found) = until("<!", ">") {
            let (inside, after) = found?;
            if inside.contains(['[', '<']) || !inside.starts_with("DOCTYPE") {
                return Err("an SVG that declares entities is not taken");
            }
            return Ok(Some((Self::Nothing, after)));
        }
        if let Some(found) = until("</", ">") {
            let (name, after) = found?;
            return Ok(Some((Self::Closes(name.trim_end()), after)));
        }
        let inner = text.strip_prefix('<').ok_or(BROKEN)?;
        let (name, mut inner) = name(inner)?;
        let mut attributes = Vec::new();
        loop {
            let trimmed = inner.trim_start();
            if let Some(after) = trimmed.strip_prefix("/>") {
                let markup = Self::Opens {
                    name,
                    attributes,
                    is_empty: true,
                };
                return Ok(Some((markup, after)));
            }
            if let Some(after) = trimmed.strip_prefix('>') {
                let markup = Self::Opens {
                    name,
                    attributes,
                    is_empty: false,
                };
                return Ok(Some((markup, after)));
            }
            // An attribute is parted from what stands before it.
            if trimmed.len() == inner.len() {
                return Err(BROKEN);
            }
            let (attribute, after) = self::name(trimmed)?;
            let value = after.trim_start().strip_prefix('=').ok_or(BROKEN)?;
            let value = value.trim_start();
            let quote = value
                .chars()
                .next()
                .filter(|quote| matches!(quote, '"' | '\''))
                .ok_or(BROKEN)?;
            let (value, after) = value
                .strip_prefix(quote)
                .and_then(|value| value.split_once(quote))
                .ok_or(BROKEN)?;
            if value.contains('<') || attributes.iter().any(|(name, _)| *name == attribute) {
                return Err(BROKEN);
            }
            attributes.push((attribute, value));
            inner = after;
        }
    }
}

fn name(text: &str) -> Result<(&str, &str), &'static str> {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-' | '.')))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let first = name.chars().next().ok_or(BROKEN)?;
    if first.is_ascii_alphabetic() || first == '_' {
        Ok((name, rest))
    } else {
        Err(BROKEN)
    }
}

#[derive(Default)]
struct Writer<'a> {
    written: String,
    open: Vec<&'a str>,
    /// How deep the element lies that goes with all that is in it.
    dropped_from: Option<usize>,
    elements: usize,
    uses: usize,
    size: Option<(u32, u32)>,
    is_over: bool,
}

impl<'a> Writer<'a> {
    fn text(&mut self, said: &str) -> Result<(), &'static str> {
        let Some(inside) = self.open.last() else {
            return if said.trim().is_empty() {
                Ok(())
            } else {
                Err(BROKEN)
            };
        };
        if self.dropped_from.is_none() && WITH_TEXT.contains(inside) {
            let said = unescaped(said)?;
            escape(&said, &mut self.written);
        }
        Ok(())
    }

    fn markup(&mut self, markup: Markup<'a>) -> Result<(), &'static str> {
        match markup {
            Markup::Nothing => Ok(()),
            Markup::Closes(name) => self.close(name),
            Markup::Opens {
                name,
                attributes,
                is_empty,
            } => {
                self.open(name, &attributes)?;
                if is_empty { self.close(name) } else { Ok(()) }
            }
        }
    }

    fn open(&mut self, name: &'a str, attributes: &[(&str, &str)]) -> Result<(), &'static str> {
        self.elements += 1;
        if self.is_over || self.open.len() >= DEEPEST || self.elements > MOST_ELEMENTS {
            return Err("the SVG is too deep or has too many parts");
        }
        self.open.push(name);
        if self.open.len() == 1 {
            return self.root(name, attributes);
        }
        if self.dropped_from.is_some() {
            return Ok(());
        }
        match name {
            "style" => {
                return Err("an SVG with a style sheet is not taken: save it with attributes");
            }
            "image" => return Err("an SVG with another picture inside is not taken"),
            "use" => self.uses += 1,
            _ => {}
        }
        if self.uses > MOST_USES {
            return Err("an SVG that repeats its parts so often is not taken");
        }
        // One drawing within another has a coordinate system of its own, which we do not follow.
        if name == "svg" || !ELEMENTS.contains(&name) {
            self.dropped_from = Some(self.open.len());
            return Ok(());
        }
        self.written.push('<');
        self.written.push_str(name);
        self.attributes(attributes)?;
        self.written.push('>');
        Ok(())
    }

    fn root(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<(), &'static str> {
        let find = |wanted: &str| {
            let found = attributes.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.trim())
        };
        let foreign = find("xmlns").is_some_and(|namespace| namespace != NAMESPACE);
        if name != "svg" || foreign {
            return Err("the file is no SVG");
        }
        let numbers = |text: &str| -> Option<Vec<f64>> {
            text.split([' ', ',', '\n', '\t'])
                .filter(|part| !part.is_empty())
                .map(|part| part.strip_suffix("px").unwrap_or(part).parse().ok())
                .collect()
        };
        let boxed = find("viewBox").and_then(numbers);
        let sized = || Some((numbers(find("width")?)?, numbers(find("height")?)?));
        self.size = match boxed.as_deref() {
            Some(&[_, _, width, height]) => whole(width).zip(whole(height)),
            _ => sized().and_then(|(width, height)| match (&*width, &*height) {
                (&[width], &[height]) => whole(width).zip(whole(height)),
                _ => None,
            }),
        };
        if self.size.is_none() {
            return Err("the SVG says no size: give it a viewBox");
        }
        self.written.push_str("<svg xmlns=\"");
        self.written.push_str(NAMESPACE);
        self.written.push('"');
        self.attributes(attributes)?;
        self.written.push('>');
        Ok(())
    }

    fn attributes(&mut self, attributes: &[(&str, &str)]) -> Result<(), &'static str> {
        let mut kept: Vec<(String, String)> = Vec::new();
        let mut keep = |name: &str, value: &str| {
            kept.retain(|(known, _)| known != name);
            kept.push((name.to_owned(), value.to_owned()));
        };
        for (name, value) in attributes {
            let value = unescaped(value)?;
            match *name {
                "id" if is_id(&value) => keep("id", &value),
                "href" | "xlink:href" if value.strip_prefix('#').is_some_and(is_id) => {
                    keep("href", &value);
                }
                name if ATTRIBUTES.contains(&name) && is_harmless(&value) => keep(name, &value),
                _ => {}
            }
        }
        // What a style says counts more than an attribute, so it comes second.
        for (_, value) in attributes.iter().filter(|(name, _)| *name == "style") {
            let value = unescaped(value)?;
            for (property, value) in value.split(';').filter_map(|one| one.split_once(':')) {
                let (property, value) = (property.trim(), value.trim());
                // Only what is a property in CSS as well as an attribute here.
                let known = ATTRIBUTES.contains(&property)
                    && (property.contains('-')
                        || matches!(
                            property,
                            "fill"
                                | "stroke"
                                | "opacity"
                                | "color"
                                | "display"
                                | "visibility"
                                | "mask"
                        ));
                if known && is_harmless(value) {
                    keep(property, value);
                }
            }
        }
        for (name, value) in kept {
            self.written.push(' ');
            self.written.push_str(&name);
            self.written.push_str("=\"");
            escape(&value, &mut self.written);
            self.written.push('"');
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), &'static str> {
        let depth = self.open.len();
        if self.open.pop() != Some(name) {
            return Err(BROKEN);
        }
        match self.dropped_from {
            Some(from) if from == depth => self.dropped_from = None,
            Some(_) => {}
            None => {
                self.written.push_str("</");
                self.written.push_str(name);
                self.written.push('>');
            }
        }
        self.is_over = self.open.is_empty();
        Ok(())
    }

    fn finish(self) -> Result<((u32, u32), String), &'static str> {
        match self.size {
            Some(size) if self.is_over => Ok((size, self.written)),
            _ => Err(BROKEN),
        }
    }
}

/// A length as whole units, rounded up; `None` for none that a drawing has.
fn whole(length: f64) -> Option<u32> {
    (length > 0.0 && length <= 100_000.0).then(|| length.ceil() as u32)
}

fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

/// Whether a value is numbers, words, colours, and at most leads to a part of the drawing itself.
/// Backslashes and comments, with which a style hides what it says, are in none of these.
fn is_harmless(value: &str) -> bool {
    let plain = value.chars().all(|c| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                ' ' | '\t'
                    | '\r'
                    | '\n'
                    | '.'
                    | ','
                    | '#'
                    | '%'
                    | '('
                    | ')'
                    | '+'
                    | '-'
                    | '_'
                    | '\''
                    | '"'
                    | ':'
            )
    });
    let lower = value.to_ascii_lowercase();
    let lower = lower.trim();
    let inside = |text: &str| {
        let id = text
            .strip_prefix("url(")
            .and_then(|text| text.strip_suffix(')'));
        let id = id.map(|id| id.trim_matches(['\'', '"', ' ']));
        id.and_then(|id| id.strip_prefix('#')).is_some_and(is_id)
    };
    plain
        && (!lower.contains("url") && !lower.contains(':') || inside(lower))
        && !lower.contains("script")
        && !lower.contains("image")
        && !lower.contains("expression")
}

/// The five names that XML knows and characters by their number; others would be declared somewhere.
fn unescaped(text: &str) -> Result<String, &'static str> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (name, after) = after.split_once(';').ok_or(BROKEN)?;
        let numbered = |digits: &str, base| u32::from_str_radix(digits, base).ok();
        let character = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            name => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
                (Some(digits), _) => numbered(digits, 16).and_then(char::from_u32),
                (None, Some(digits)) => numbered(digits, 10).and_then(char::from_u32),
                (None, None) => None,
            },
        };
        plain.push(character.ok_or("an SVG with entities of its own is not taken")?);
        rest = after;
    }
    plain.push_str(rest);
    Ok(plain)
}

fn escape(text: &str, written: &mut String) {
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            // XML has no other control characters.
            c if c.is_control() && !matches!(c, '\n' | '\t' | '\r') => {}
            c => written.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
