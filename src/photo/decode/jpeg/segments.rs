//! A JPEG's segments up to its first scan (ITU-T T.81, annex B), and what they say of the picture.

pub(super) const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
pub(super) const END: u8 = 0xd9;
pub(super) const SCAN: u8 = 0xda;
const JFIF: u8 = 0xe0;
const APP1: u8 = 0xe1;
const ADOBE: u8 = 0xee;

/// What the frame header says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    pub(super) process: Process,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Process {
    Sequential,
    Progressive,
    Lossless,
}

/// A component's identifier and sampling factors, 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Component {
    pub(super) identifier: u8,
    pub(super) horizontal: u32,
    pub(super) vertical: u32,
}

impl Frame {
    pub(super) fn of(jpeg: &[u8]) -> Option<Self> {
        let (marker, at) = segments(jpeg).find(|(marker, _)| is_frame(*marker))?;
        let side = |at: usize| Some(u32::from(u16::from_be_bytes(*jpeg.get(at..)?.first_chunk()?)));
        let (height, width, count) = (side(at + 5)?, side(at + 7)?, usize::from(*jpeg.get(at + 9)?));
        let component = |[identifier, sampling, _]: &[u8; 3]| Component {
            identifier: *identifier,
            horizontal: u32::from(sampling >> 4),
            vertical: u32::from(sampling & 15),
        };
        let components: Vec<_> = jpeg.get(at + 10..at + 10 + 3 * count)?.as_chunks().0.iter().map(component).collect();
        let is_valid = |c: &Component| (1..=4).contains(&c.horizontal) && (1..=4).contains(&c.vertical);
        let frame = Frame {
            process: match marker {
                0xc2 => Process::Progressive,
                0xc3 => Process::Lossless,
                _ => Process::Sequential,
            },
            width,
            height,
            components,
        };
        frame.components.iter().all(is_valid).then_some(frame)
    }

    /// The largest sampling factors.
    pub(super) fn sampling(&self) -> (u32, u32) {
        let most = |factor: fn(&Component) -> u32| self.components.iter().map(factor).max().unwrap_or(1);
        (most(|c| c.horizontal), most(|c| c.vertical))
    }

    /// Columns and rows of the units in which all components are interleaved.
    pub(super) fn units(&self) -> (u32, u32) {
        let (horizontal, vertical) = self.sampling();
        (self.width.div_ceil(8 * horizontal), self.height.div_ceil(8 * vertical))
    }

    /// Bytes of all coefficients, two each.
    pub(super) fn coefficient_bytes(&self) -> u64 {
        let (columns, rows) = self.units();
        let blocks: u32 = self.components.iter().map(|c| c.horizontal * c.vertical).sum();
        u64::from(columns) * u64::from(rows) * u64::from(blocks) * 64 * 2
    }
}

/// The first EXIF block: a second one is that of an editor which forgot it.
pub(super) fn exif(jpeg: &[u8]) -> Option<&[u8]> {
    segments(jpeg).filter(|(marker, _)| *marker == APP1).find_map(|(_, at)| data(jpeg, at, b"Exif\0\0"))
}

/// What Adobe's marker says of the colours: 0 for RGB or CMYK, 1 for YCbCr, 2 for YCCK.
pub(super) fn adobe_transform(jpeg: &[u8]) -> Option<u8> {
    let found = segments(jpeg).filter(|(marker, _)| *marker == ADOBE).find_map(|(_, at)| data(jpeg, at, b"Adobe"))?;
    found.get(6).copied()
}

pub(super) fn is_jfif(jpeg: &[u8]) -> bool {
    segments(jpeg).any(|(marker, _)| marker == JFIF)
}

/// What makes a JPEG one that is not read.
pub(super) fn unusual(jpeg: &[u8]) -> Option<&'static str> {
    let (marker, at) = segments(jpeg).find(|(marker, _)| is_frame(*marker))?;
    match (marker, jpeg.get(at + 4)?) {
        (0xc9..=0xcf, _) => Some("a JPEG with arithmetic coding: save it anew, with Huffman coding"),
        (_, 12) => Some("a JPEG of 12 bits a channel: save it with 8"),
        _ => None,
    }
}

/// Where the end marker stands behind the last scan.
pub(super) fn end(jpeg: &[u8]) -> Option<usize> {
    let mut start = 2;
    loop {
        let (marker, at) = segments_from(jpeg, start).find(|(marker, _)| matches!(*marker, SCAN | END))?;
        if marker == END {
            return Some(at);
        }
        start = end_of_data(jpeg, at + 4 + body(jpeg, at)?.len())?;
    }
}

/// Where the next marker stands that is no restart marker.
pub(super) fn end_of_data(jpeg: &[u8], mut start: usize) -> Option<usize> {
    loop {
        start += jpeg.get(start..)?.iter().position(|byte| *byte == 0xff)?;
        match jpeg.get(start + 1)? {
            0 => start += 2,
            0xff => start += 1,
            marker if RESTARTS.contains(marker) => start += 2,
            _ => return Some(start),
        }
    }
}

/// A segment's data behind an identifier.
fn data<'a>(jpeg: &'a [u8], at: usize, identifier: &[u8]) -> Option<&'a [u8]> {
    body(jpeg, at)?.strip_prefix(identifier)
}

/// A segment's bytes behind its marker and length.
pub(super) fn body(jpeg: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?]));
    jpeg.get(at + 4..at + 2 + length)
}

/// Of these markers C4, C8 and CC are no frame headers (table B.1).
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Markers up to the first scan, each with its byte offset.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut all = segments_from(jpeg, 2);
    let mut is_over = false;
    std::iter::from_fn(move || {
        // Behind the scan there may be further pictures, whose metadata are not this one's.
        if is_over {
            return None;
        }
        let found = all.next()?;
        is_over = found.0 == SCAN;
        Some(found)
    })
}

/// Markers from a byte offset between segments, each with its own.
pub(super) fn segments_from(jpeg: &[u8], start: usize) -> impl Iterator<Item = (u8, usize)> {
    let mut next = start;
    std::iter::from_fn(move || {
        loop {
            let at = next;
            let [0xff, marker] = *jpeg.get(at..at + 2)? else {
                // Stray bytes between segments are skipped, as the decoder does.
                next += 1;
                continue;
            };
            next += match marker {
                0xff | 0 => 1,
                0xd0..=0xd9 | 0x01 => 2,
                _ => 2 + usize::from(u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?])),
            };
            if !matches!(marker, 0xff | 0) {
                return Some((marker, at));
            }
        }
    })
}
