//! Pages to draw on. Points from the upper left corner, as people measure a sheet of paper.

use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::font::{Weight, encode, width, wrap};
use crate::qr::Qr;

/// A4 in points.
pub(super) const PAGE_WIDTH: f32 = 595.0;
pub(super) const PAGE_HEIGHT: f32 = 842.0;

/// Shares of red, green and blue, 0 to 255.
pub(super) type Colour = [u8; 3];
pub(super) const BLACK: Colour = [0, 0, 0];
pub(super) const GREY: Colour = [90, 90, 90];

/// Where a text stands: its left end, or its right one.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    Left(f32),
    Right(f32),
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) colour: Colour,
}

impl Type {
    pub(super) const fn regular(size: f32) -> Self {
        Self {
            weight: Weight::Regular,
            size,
            colour: BLACK,
        }
    }

    pub(super) const fn bold(size: f32) -> Self {
        Self {
            weight: Weight::Bold,
            ..Self::regular(size)
        }
    }

    pub(super) const fn in_colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }
}

/// A document under way.
pub(super) struct Canvas {
    pages: Vec<Content>,
}

impl Canvas {
    /// With its first page.
    pub(super) fn new() -> Self {
        Self {
            pages: vec![Content::new()],
        }
    }

    pub(super) fn turn(&mut self) {
        self.pages.push(Content::new());
    }

    fn page(&mut self) -> &mut Content {
        if self.pages.is_empty() {
            self.turn();
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    /// Writes one line; `top` is where its letters stand.
    pub(super) fn text(&mut self, at: At, top: f32, kind: Type, text: &str) {
        let left = match at {
            At::Left(left) => left,
            At::Right(right) => right - width(text, kind.weight, kind.size),
        };
        let page = self.page();
        fill(page, kind.colour);
        page.begin_text();
        page.set_font(font_name(kind.weight), kind.size);
        page.set_text_rendering_mode(TextRenderingMode::Fill);
        page.next_line(left, PAGE_HEIGHT - top);
        page.show(Str(&encode(text)));
        page.end_text();
    }

    /// Writes a text in as many lines as it needs and answers where the next one would stand.
    pub(super) fn lines(&mut self, left: f32, top: f32, room: f32, kind: Type, text: &str) -> f32 {
        let mut top = top;
        for line in wrap(text, kind.weight, kind.size, room) {
            self.text(At::Left(left), top, kind, &line);
            top += kind.size * 1.35;
        }
        top
    }

    /// Fills a rectangle.
    pub(super) fn block(&mut self, left: f32, top: f32, width: f32, height: f32, colour: Colour) {
        let page = self.page();
        fill(page, colour);
        page.rect(left, PAGE_HEIGHT - top - height, width, height);
        page.fill_nonzero();
    }

    /// A thin line from left to right.
    pub(super) fn rule(&mut self, left: f32, right: f32, top: f32, colour: Colour) {
        self.block(left, top, right - left, 0.6, colour);
    }

    /// A thin line downwards.
    pub(super) fn stroke(&mut self, left: f32, top: f32, bottom: f32, colour: Colour) {
        self.block(left, top, 0.6, bottom - top, colour);
    }

    /// A QR code of a given side, without its quiet zone.
    pub(super) fn qr(&mut self, left: f32, top: f32, side: f32, code: &Qr) {
        let module = side / code.width() as f32;
        let page = self.page();
        fill(page, BLACK);
        for row in 0..code.width() {
            let mut column = 0;
            while column < code.width() {
                let run = (column..code.width())
                    .take_while(|at| code.is_dark(row, *at))
                    .count();
                if run > 0 {
                    page.rect(
                        left + column as f32 * module,
                        PAGE_HEIGHT - top - (row + 1) as f32 * module,
                        run as f32 * module,
                        module,
                    );
                }
                column += run.max(1);
            }
        }
        page.fill_nonzero();
    }

    /// Bars and gaps in turn; `narrow` is the width of a narrow one.
    pub(super) fn bars(&mut self, left: f32, top: f32, narrow: f32, height: f32, widths: &[u8]) {
        let page = self.page();
        fill(page, BLACK);
        let mut at = left;
        for (index, units) in widths.iter().enumerate() {
            let wide = f32::from(*units) * narrow;
            if index.is_multiple_of(2) {
                page.rect(at, PAGE_HEIGHT - top - height, wide, height);
            }
            at += wide;
        }
        page.fill_nonzero();
    }

    /// The finished document. `language` is a tag such as `pt-BR`, for who reads it aloud.
    pub(super) fn finish(self, title: &str, author: &str, language: &str) -> Vec<u8> {
        let mut next = 1;
        let mut id = || {
            let id = Ref::new(next);
            next += 1;
            id
        };
        let (catalog, tree, info, regular, bold) = (id(), id(), id(), id(), id());
        let pages: Vec<(Ref, Ref)> = self.pages.iter().map(|_| (id(), id())).collect();
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree).lang(TextStr(language));
        pdf.document_info(info)
            .title(TextStr(title))
            .author(TextStr(author));
        pdf.pages(tree)
            .kids(pages.iter().map(|(page, _)| *page))
            .count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
        for (id, base) in [(regular, "Helvetica"), (bold, "Helvetica-Bold")] {
            pdf.type1_font(id)
                .base_font(Name(base.as_bytes()))
                .encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        for ((page_id, content_id), content) in pages.into_iter().zip(self.pages) {
            let mut page = pdf.page(page_id);
            page.parent(tree)
                .media_box(Rect::new(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT))
                .contents(content_id);
            page.resources()
                .fonts()
                .pair(font_name(Weight::Regular), regular)
                .pair(font_name(Weight::Bold), bold);
            page.finish();
            pdf.stream(content_id, &content.finish());
        }
        pdf.finish()
    }
}

const fn font_name(weight: Weight) -> Name<'static> {
    match weight {
        Weight::Regular => Name(b"R"),
        Weight::Bold => Name(b"B"),
    }
}

fn fill(page: &mut Content, colour: Colour) {
    let [red, green, blue] = colour.map(|share| f32::from(share) / 255.0);
    page.set_fill_rgb(red, green, blue);
}
