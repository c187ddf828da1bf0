//! QR codes as somebody with a phone sees them: pictures in, text out, by a reader that shares no
//! code with the platform's writer.

use std::io::Cursor;

use alvara_render::Qr;

/// A text as a PNG: what a program shows on its screen.
///
/// # Panics
/// When it does not fit one code.
#[must_use]
pub fn show(text: &str) -> Vec<u8> {
    Qr::new(text).expect("it fits").png().expect("a picture")
}

/// The text of a PNG with one bit or one byte a pixel.
///
/// # Panics
/// When it holds no code.
#[must_use]
pub fn read_png(picture: &[u8]) -> String {
    let mut decoder = png::Decoder::new(Cursor::new(picture));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a PNG");
    assert_eq!(info.color_type, png::ColorType::Grayscale);
    let width = info.width as usize;
    read(width, info.height as usize, |x, y| pixels[y * width + x])
}

/// The text of an SVG that is drawn of horizontal bars one unit high, `Mx yhwv1h-wz`.
///
/// # Panics
/// When it holds no code.
#[must_use]
pub fn read_svg(picture: &str) -> String {
    const SCALE: usize = 4;
    let side: usize = between(picture, "viewBox=\"0 0 ", " ")
        .parse()
        .expect("a side");
    let path = between(picture, "<path d=\"", "\"");
    let mut dark = vec![false; side * side];
    for line in path.split('M').skip(1) {
        let begin = line.find(['h', 'v']).expect("a step");
        let (x, y) = line[..begin].split_once(' ').expect("a place");
        let (mut x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
        let mut is_dark = false;
        let mut rest = line[begin..].trim_end_matches('z');
        // `v1` goes down around what is dark, `v-1` up again, `h3` on by three modules.
        while let Some(kind) = rest.chars().next() {
            let end = rest[1..].find(['h', 'v']).map_or(rest.len(), |at| at + 1);
            let step: isize = rest[1..end].parse().expect("a step");
            if kind == 'v' {
                is_dark = step > 0;
            } else {
                let run = usize::try_from(step).expect("to the right");
                dark[y * side + x..y * side + x + run].fill(is_dark);
                x += run;
            }
            rest = &rest[end..];
        }
    }
    let pixel = |x: usize, y: usize| {
        if dark[y / SCALE * side + x / SCALE] {
            0
        } else {
            255
        }
    };
    read(side * SCALE, side * SCALE, pixel)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).expect("what comes before");
    rest.split_once(after).expect("what comes after").0
}

fn read(width: usize, height: usize, pixel: impl FnMut(usize, usize) -> u8) -> String {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code in a picture");
    grids[0].decode().expect("a code that can be read").1
}
