//! Pictures that somebody sends: looked at, and written anew so that nothing but the picture is left.

mod svg;

use std::io::Cursor;

use alvara_domain::brand::{PictureFormat, PictureSlot};
use png::{ColorType, Decoder, Encoder, Limits};

/// What may be sent, in bytes.
pub const PICTURE_BYTES: usize = 256 * 1024;
/// The most pixels of a side.
const LOGO_SIDE: u32 = 1024;
const FAVICON_SIDE: u32 = 512;
/// What a picture may have become once it is written anew, in bytes.
const WRITTEN_BYTES: usize = 1024 * 1024;
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Why a picture is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureRefused {
    /// It is larger than may be sent.
    #[error("a picture is at most 256 KiB")]
    TooHeavy,
    /// It is neither, or not the one that belongs there.
    #[error("a logo is a PNG or an SVG, a favicon a PNG")]
    Format,
    /// It begins like a PNG and cannot be read.
    #[error("the PNG is damaged")]
    Damaged,
    /// A side is too long, or a favicon is no square.
    #[error("a logo is at most 1024 pixels a side, a favicon a square of 16 to 512")]
    Size,
    /// The SVG is not taken, and why.
    #[error("{0}")]
    Svg(&'static str),
}

/// A picture as it is kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanPicture {
    /// How it is written.
    pub format: PictureFormat,
    /// In pixels, or in the units of its view box, rounded up.
    pub width: u32,
    /// As the width.
    pub height: u32,
    /// The whole of it.
    pub bytes: Vec<u8>,
}

/// Looks at a picture for `slot` and writes it anew. What it is is found out from its bytes, whatever
/// it was called.
///
/// # Errors
/// See [`PictureRefused`].
pub fn clean_picture(slot: PictureSlot, sent: &[u8]) -> Result<CleanPicture, PictureRefused> {
    if sent.len() > PICTURE_BYTES {
        return Err(PictureRefused::TooHeavy);
    }
    let (format, (width, height), bytes) = if sent.starts_with(SIGNATURE) {
        let (size, bytes) = pixels(slot, sent)?;
        (PictureFormat::Png, size, bytes)
    } else if slot != PictureSlot::Favicon && svg::looks_like(sent) {
        let (size, text) = svg::clean(sent).map_err(PictureRefused::Svg)?;
        (PictureFormat::Svg, size, text.into_bytes())
    } else {
        return Err(PictureRefused::Format);
    };
    if bytes.len() > WRITTEN_BYTES {
        return Err(PictureRefused::TooHeavy);
    }
    Ok(CleanPicture {
        format,
        width,
        height,
        bytes,
    })
}

/// The pixels alone, of the first frame: no texts, no profiles, no times, no further frames.
fn pixels(slot: PictureSlot, sent: &[u8]) -> Result<((u32, u32), Vec<u8>), PictureRefused> {
    let damaged = |_| PictureRefused::Damaged;
    // 1024 by 1024 pixels of eight bytes, and some room.
    let limits = Limits { bytes: 12 << 20 };
    let mut reader = Decoder::new_with_limits(Cursor::new(sent), limits)
        .read_info()
        .map_err(damaged)?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    let fits = match slot {
        PictureSlot::Favicon => width == height && (16..=FAVICON_SIDE).contains(&width),
        PictureSlot::Logo | PictureSlot::LogoDark => width.max(height) <= LOGO_SIDE,
    };
    if !fits {
        return Err(PictureRefused::Size);
    }
    let (palette, transparency) = (
        info.palette.as_deref().map(<[u8]>::to_vec),
        info.trns.as_deref().map(<[u8]>::to_vec),
    );
    let size = reader.output_buffer_size().ok_or(PictureRefused::Damaged)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(damaged)?;
    if (frame.width, frame.height) != (width, height) {
        return Err(PictureRefused::Damaged);
    }
    let unwritable = |_| PictureRefused::Damaged;
    let mut written = Vec::new();
    let mut encoder = Encoder::new(&mut written, width, height);
    encoder.set_color(frame.color_type);
    encoder.set_depth(frame.bit_depth);
    if frame.color_type == ColorType::Indexed {
        encoder.set_palette(palette.ok_or(PictureRefused::Damaged)?);
    }
    if let Some(transparency) = transparency {
        encoder.set_trns(transparency);
    }
    let mut writer = encoder.write_header().map_err(unwritable)?;
    writer
        .write_image_data(pixels.get(..frame.buffer_size()).unwrap_or_default())
        .map_err(unwritable)?;
    writer.finish().map_err(unwritable)?;
    Ok(((width, height), written))
}

#[cfg(test)]
mod tests {
    use alvara_domain::brand::{PictureFormat, PictureSlot};

    use super::{PICTURE_BYTES, PictureRefused, clean_picture as read};

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder
            .add_text_chunk("Comment".to_owned(), "a secret <script>".to_owned())
            .unwrap();
        let mut writer = encoder.write_header().unwrap();
        let pixels: Vec<u8> = (0..=255_u8)
            .cycle()
            .take(width as usize * height as usize * 4)
            .collect();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn pixels_of(bytes: &[u8]) -> Vec<u8> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    // R-TEN-04
    #[test]
    fn of_a_png_nothing_but_its_pixels_survives() {
        let mut sent = png(20, 10);
        assert!(sent.windows(6).any(|part| part == b"secret"));
        sent.extend(b"<?php echo 1; ?>");
        let picture = read(PictureSlot::Logo, &sent).unwrap();
        let kept = &picture.bytes;
        assert_eq!(
            (picture.format, picture.width, picture.height),
            (PictureFormat::Png, 20, 10)
        );
        assert!(!kept.windows(6).any(|part| part == b"secret"));
        assert!(!kept.windows(5).any(|part| part == b"<?php"));
        assert_eq!(pixels_of(kept), pixels_of(&png(20, 10)));
        // The same picture is the same picture.
        assert_eq!(read(PictureSlot::LogoDark, kept).unwrap(), picture);
    }

    // R-TEN-04
    #[test]
    fn what_is_no_picture_or_too_large_is_refused() {
        let refused = |slot, sent: &[u8]| read(slot, sent).map(|_| ()).unwrap_err();
        let long = png(1025, 1);
        assert_eq!(refused(PictureSlot::Logo, &long), PictureRefused::Size);
        assert!(read(PictureSlot::Logo, &png(1024, 2)).is_ok());
        assert_eq!(
            refused(PictureSlot::Favicon, &png(32, 31)),
            PictureRefused::Size
        );
        assert!(read(PictureSlot::Favicon, &png(32, 32)).is_ok());
        let heavy = vec![0; PICTURE_BYTES + 1];
        assert_eq!(refused(PictureSlot::Logo, &heavy), PictureRefused::TooHeavy);
        for other in [
            &b""[..],
            b"GIF89a",
            b"\xff\xd8\xff\xe0",
            b"<html></html>",
            b"RIFF",
        ] {
            assert_eq!(refused(PictureSlot::Logo, other), PictureRefused::Format);
        }
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/>";
        assert_eq!(refused(PictureSlot::Favicon, svg), PictureRefused::Format);
        // A header that promises gigabytes, and one whose data end in the middle.
        let mut vast = png(8, 8);
        vast[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert!(read(PictureSlot::Logo, &vast).is_err());
        let cut = png(64, 64);
        let cut = &cut[..cut.len() / 2];
        assert_eq!(refused(PictureSlot::Logo, cut), PictureRefused::Damaged);
    }
}
