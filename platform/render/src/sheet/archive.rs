//! A ZIP archive (PKWARE's APPNOTE 6.3.10), as small as a workbook needs: deflated parts, no dates,
//! so that the same table is the same file.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

const PART: u32 = 0x0403_4b50;
const ENTRY: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0: deflated (§4.4.3).
const VERSION: u16 = 20;
/// Names are UTF-8 (§4.4.4).
const UTF8: u16 = 1 << 11;
const DEFLATED: u16 = 8;
/// 1980-01-01, the first day that there is (§4.4.6).
const FIRST_DAY: u16 = 1 << 5 | 1;

/// An archive that is being written.
#[derive(Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    index: Vec<u8>,
    parts: u16,
}

impl Archive {
    /// Adds a part.
    ///
    /// # Errors
    /// When the archive becomes larger than 4 GB.
    pub(super) fn add(&mut self, name: &str, text: &str) -> io::Result<()> {
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes())?;
        let packed = encoder.finish()?;
        let mut about = Vec::new();
        for half in [VERSION, UTF8, DEFLATED, 0, FIRST_DAY] {
            about.extend(half.to_le_bytes());
        }
        for whole in [crc.sum(), size(packed.len())?, size(text.len())?] {
            about.extend(whole.to_le_bytes());
        }
        let length = u16::try_from(name.len()).map_err(io::Error::other)?;
        about.extend(length.to_le_bytes());
        about.extend(0_u16.to_le_bytes());
        // §4.3.12: the same again, then no comment, disk 0, no attributes, where the part is.
        let start = size(self.bytes.len())?;
        self.index.extend(ENTRY.to_le_bytes());
        self.index.extend(VERSION.to_le_bytes());
        self.index.extend(&about);
        self.index.extend([0; 10]);
        self.index.extend(start.to_le_bytes());
        self.index.extend(name.as_bytes());
        // §4.3.7
        self.bytes.extend(PART.to_le_bytes());
        self.bytes.extend(&about);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);
        self.parts += 1;
        Ok(())
    }

    /// The archive with its index (§4.3.16).
    ///
    /// # Errors
    /// When it is larger than 4 GB.
    pub(super) fn finish(mut self) -> io::Result<Vec<u8>> {
        let start = size(self.bytes.len())?;
        let length = size(self.index.len())?;
        self.bytes.extend(self.index);
        self.bytes.extend(END.to_le_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend(self.parts.to_le_bytes());
        self.bytes.extend(self.parts.to_le_bytes());
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(start.to_le_bytes());
        self.bytes.extend([0; 2]);
        Ok(self.bytes)
    }
}

fn size(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).map_err(io::Error::other)
}
