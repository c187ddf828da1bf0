//! QR codes: a text as a picture that a phone reads.

use fast_qr::{ECL, QRBuilder};
use png::{BitDepth, ColorType, Encoder};

/// The most bytes that one QR code holds: version 40 with the least error correction.
pub const QR_BYTES_MAX: usize = 2953;

/// Light modules around the code; readers need four to find it.
const QUIET: usize = 4;
/// Pixels of a module in a bitmap: enough for a camera, and a version 40 stays below 1 500 pixels.
const PIXELS: usize = 8;
/// Points of a module on a screen: with fewer a camera takes neighbours for one.
const SCREEN: usize = 4;

/// Why there is no picture of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// The text does not fit the largest code.
    #[error("{bytes} bytes do not fit one QR code, which holds {QR_BYTES_MAX}")]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// The bitmap could not be written.
    #[error("the picture could not be written")]
    Unwritable,
}

/// A QR code in the smallest version that holds its text.
///
/// Error correction is the most that this version has room for: a short text gets a sturdy code, a
/// long one the least correction rather than none at all.
#[derive(Debug, Clone)]
pub struct Qr {
    /// Rows of modules, dark ones true, without the quiet zone.
    dark: Vec<bool>,
    width: usize,
}

impl Qr {
    /// A code of a text.
    ///
    /// # Errors
    /// [`QrError::TooLong`].
    pub fn new(text: &str) -> Result<Self, QrError> {
        let too_long = QrError::TooLong { bytes: text.len() };
        // Encoding tries every version and every mask; no stranger's megabyte gets that far.
        if text.len() > QR_BYTES_MAX {
            return Err(too_long);
        }
        let encode = |level| QRBuilder::new(text).ecl(level).build();
        let mut code = encode(ECL::L).map_err(|_| too_long)?;
        for level in [ECL::M, ECL::Q, ECL::H] {
            match encode(level) {
                Ok(sturdier) if sturdier.size == code.size => code = sturdier,
                _ => break,
            }
        }
        let width = code.size;
        let dark = (0..width)
            .flat_map(|row| code[row].iter().take(width))
            .map(|module| module.value())
            .collect();
        Ok(Self { dark, width })
    }

    /// Modules on a side, without the quiet zone: 21 to 177.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether a module is dark, counted from the upper left corner.
    #[must_use]
    pub fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.width && column < self.width && self.dark[row * self.width + column]
    }

    /// The SVG as the address of a picture. Written as text and not as base64, which would hide its
    /// repetitions from the compression of the page.
    #[must_use]
    pub fn data_uri(&self) -> String {
        let svg = self.svg();
        let mut uri = String::with_capacity(svg.len() + svg.len() / 8);
        uri.push_str("data:image/svg+xml,");
        for c in svg.chars() {
            match c {
                '%' | '#' | '<' | '>' | '"' | '\'' | '&' => {
                    uri.push_str(&format!("%{:02X}", u32::from(c)));
                }
                other => uri.push(other),
            }
        }
        uri
    }

    /// As SVG: one path of horizontal bars over a white ground, without script or style, so that a
    /// page may show it under a strict policy. It asks for four points a module and 240 at least,
    /// which a camera reads off a screen. Each row is one
    /// line that goes along its upper edge and down around dark modules: that says how far and never
    /// where, and compresses to less than half of what places would.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.width + 2 * QUIET;
        let mut path = String::new();
        for row in 0..self.width {
            path.push_str(&format!("M{QUIET} {}", row + QUIET));
            let mut column = 0;
            while column < self.width {
                let dark = self.is_dark(row, column);
                let run = (column..self.width)
                    .take_while(|column| self.is_dark(row, *column) == dark)
                    .count();
                path.push_str(&if dark {
                    format!("v1h{run}v-1")
                } else {
                    format!("h{run}")
                });
                column += run.max(1);
            }
            path.push('z');
        }
        let points = side * SCREEN.max(240_usize.div_ceil(side));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{points}\" height=\"{points}\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
             <path d=\"{path}\"/></svg>\n"
        )
    }

    /// As PNG with one bit a pixel, 8 pixels a module.
    ///
    /// # Errors
    /// [`QrError::Unwritable`], which writing into memory does not come to.
    pub fn png(&self) -> Result<Vec<u8>, QrError> {
        let side = (self.width + 2 * QUIET) * PIXELS;
        let size = u32::try_from(side).map_err(|_| QrError::Unwritable)?;
        let mut pixels = Vec::with_capacity(side * side.div_ceil(8));
        for row in 0..self.width + 2 * QUIET {
            // Eight pixels a module and one bit a pixel: a module is a byte, and white is all ones.
            let line: Vec<u8> = (0..self.width + 2 * QUIET)
                .map(
                    |column| match (row.checked_sub(QUIET), column.checked_sub(QUIET)) {
                        (Some(row), Some(column)) if self.is_dark(row, column) => 0x00,
                        _ => 0xFF,
                    },
                )
                .collect();
            for _ in 0..PIXELS {
                pixels.extend_from_slice(&line);
            }
        }
        let mut picture = Vec::new();
        let mut encoder = Encoder::new(&mut picture, size, size);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_depth(BitDepth::One);
        let mut writer = encoder.write_header().map_err(|_| QrError::Unwritable)?;
        writer
            .write_image_data(&pixels)
            .map_err(|_| QrError::Unwritable)?;
        writer.finish().map_err(|_| QrError::Unwritable)?;
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader that shares no code with us finds in the modules, three pixels each.
    fn read(qr: &Qr) -> String {
        let side = (qr.width() + 2 * QUIET) * 3;
        let light = |x: usize, y: usize| {
            let (row, column) = ((y / 3).checked_sub(QUIET), (x / 3).checked_sub(QUIET));
            match (row, column) {
                (Some(row), Some(column)) if qr.is_dark(row, column) => 0,
                _ => 255,
            }
        };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, light);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    // R-LIC-06
    #[test]
    fn every_size_is_read_back_by_a_strangers_reader() {
        for length in [1, 17, 100, 500, 900, 1500, 2200, QR_BYTES_MAX] {
            let text: String = "-----BEGIN ALVARA ab/+=09\n"
                .chars()
                .cycle()
                .take(length)
                .collect();
            assert_eq!(read(&Qr::new(&text).unwrap()), text, "{length}");
        }
        assert_eq!(Qr::new(&"a".repeat(QR_BYTES_MAX)).unwrap().width(), 177);
    }

    // R-LIC-06
    #[test]
    fn what_is_too_long_is_refused_before_any_work() {
        let bytes = QR_BYTES_MAX + 1;
        let refused = Qr::new(&"a".repeat(bytes)).unwrap_err();
        assert_eq!(refused, QrError::TooLong { bytes });
        assert!(Qr::new(&"1".repeat(50_000_000)).is_err());
    }

    // R-LIC-06
    #[test]
    fn a_picture_is_its_modules() {
        let qr = Qr::new("https://acme.example").unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(qr.png().unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let side = (qr.width() + 2 * QUIET) * PIXELS;
        assert_eq!((info.width as usize, info.height as usize), (side, side));
        for row in 0..qr.width() {
            for column in 0..qr.width() {
                let byte = pixels[(row + QUIET) * PIXELS * (side / 8) + column + QUIET];
                assert_eq!(byte == 0, qr.is_dark(row, column), "{row} {column}");
            }
        }
        let svg = qr.svg();
        let (_, path) = svg.split_once("<path d=\"").unwrap();
        let area: usize = path
            .split("v1h")
            .skip(1)
            .map(|bar| bar.split_once('v').unwrap().0.parse::<usize>().unwrap())
            .sum();
        assert_eq!(area, qr.dark.iter().filter(|dark| **dark).count());
        assert!(!svg.contains("style") && !svg.contains("script"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        // R-LIC-06
        #[test]
        fn any_text_comes_back(text in "[ -~\n]{1,400}") {
            prop_assert_eq!(read(&Qr::new(&text).unwrap()), text);
        }
    }
}
