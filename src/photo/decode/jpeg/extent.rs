//! How much of a picture a JPEG holds: its entropy-coded data are walked through without decoding the picture. The decoder
//! itself fills what is missing, and does not say so.

use std::ops::Range;

use super::huffman::{Bits, Table};
use super::segments::{Component, END, Frame, Process, SCAN, body, end_of_data, segments_from};

const TABLES: u8 = 0xc4;
const RESTART_INTERVAL: u8 = 0xdd;

/// What there is of a picture.
#[derive(Debug, PartialEq)]
pub(super) struct Extent {
    /// Whole rows of pixels, from the top.
    pub(super) rows: u32,
    /// Bytes that belong to nothing and stand before a restart marker.
    pub(super) stray: Vec<Range<usize>>,
    /// Where what can be decoded ends.
    pub(super) end: usize,
    /// Whether the last of a progressive picture's scans that refine it begins there: in a part of one the decoder would find
    /// noise.
    pub(super) lacks_details: bool,
}

impl Extent {
    /// Whether it says why the decoder failed.
    pub(super) fn explains_failure(&self, frame: &Frame) -> bool {
        self.rows < frame.height || !self.stray.is_empty() || self.lacks_details
    }
}

/// What a scan needs of the segments before it.
#[derive(Default)]
struct State {
    /// For the coefficients at 0 and for the others, by number.
    tables: [[Option<Table>; 4]; 2],
    /// Units between restart markers; 0 for no such markers.
    restart_interval: usize,
}

/// A scan's component: what it is, and its tables' numbers.
struct Part {
    component: Component,
    tables: [u8; 2],
}

/// `None` for a lossless one, for what is no JPEG up to its first scan, or has tables or scans that cannot be.
pub(super) fn of(jpeg: &[u8], frame: &Frame) -> Option<Extent> {
    let is_progressive = match frame.process {
        Process::Sequential => false,
        Process::Progressive => true,
        Process::Lossless => return None,
    };
    let mut state = State::default();
    let mut extent = Extent { rows: 0, stray: Vec::new(), end: jpeg.len(), lacks_details: false };
    let mut rows = vec![0; frame.components.len()];
    let mut next = Some(2);
    while let Some(start) = next.take() {
        for (marker, at) in segments_from(jpeg, start) {
            match marker {
                TABLES => state.read_tables(body(jpeg, at)?)?,
                RESTART_INTERVAL => {
                    state.restart_interval = usize::from(u16::from_be_bytes(*body(jpeg, at)?.first_chunk()?));
                }
                SCAN => {
                    let Some(header) = body(jpeg, at) else { break };
                    let data = at + 4 + header.len();
                    let refines = is_progressive && !begins(header)?;
                    if refines {
                        next = end_of_data(jpeg, data);
                        extent.lacks_details = next.is_none_or(|next| jpeg.get(next + 1) == Some(&END));
                        if extent.lacks_details {
                            extent.end = at;
                            next = None;
                        }
                    } else {
                        let parts = parts(header, frame)?;
                        let (found, end) = state.walk(jpeg, data, frame, &parts, &mut extent.stray)?;
                        for (rows, component) in rows.iter_mut().zip(&frame.components) {
                            let is_in = parts.iter().any(|p| p.component.identifier == component.identifier);
                            *rows = if is_in { found } else { *rows };
                        }
                        if found < frame.height {
                            extent.end = end;
                            break;
                        }
                        next = end_of_data(jpeg, end);
                    }
                    break;
                }
                END => break,
                _ => {}
            }
        }
    }
    extent.rows = rows.into_iter().min()?;
    Some(extent)
}

/// Whether a scan of a progressive picture is the first one of its components.
fn begins(header: &[u8]) -> Option<bool> {
    let [from, _, approximation] = header.last_chunk()?;
    Some(*from == 0 && approximation >> 4 == 0)
}

fn parts(header: &[u8], frame: &Frame) -> Option<Vec<Part>> {
    let (count, parts) = header.split_first()?;
    let part = |[identifier, tables]: &[u8; 2]| {
        let component = *frame.components.iter().find(|c| c.identifier == *identifier)?;
        Some(Part { component, tables: [tables >> 4, tables & 15] })
    };
    parts.as_chunks().0.get(..usize::from(*count))?.iter().map(part).collect()
}

impl State {
    fn read_tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = body.split_first() {
            let counts = rest.first_chunk::<16>()?;
            let values: usize = counts.iter().map(|count| usize::from(*count)).sum();
            let table = Table::new(counts, rest.get(16..16 + values)?);
            *self.tables.get_mut(usize::from(kind >> 4))?.get_mut(usize::from(kind & 15))? = Some(table);
            body = rest.get(16 + values..)?;
        }
        Some(())
    }

    fn table(&self, class: usize, part: &Part) -> Option<&Table> {
        self.tables.get(class)?.get(usize::from(*part.tables.get(class)?))?.as_ref()
    }

    /// Rows of pixels that a scan holds from the top, and where its data end.
    fn walk(
        &self,
        jpeg: &[u8],
        start: usize,
        frame: &Frame,
        parts: &[Part],
        stray: &mut Vec<Range<usize>>,
    ) -> Option<(u32, usize)> {
        let (horizontal, vertical) = frame.sampling();
        // One component is not padded to whole units of all of them (section A.2.2).
        let (columns, rows, height) = match parts {
            [Part { component, .. }] => {
                let blocks = |side: u32, factor: u32, most: u32| (side * factor).div_ceil(most).div_ceil(8);
                let columns = blocks(frame.width, component.horizontal, horizontal);
                (columns, blocks(frame.height, component.vertical, vertical), 8 * vertical / component.vertical)
            }
            _ => (frame.units().0, frame.units().1, 8 * vertical),
        };
        let blocks =
            |part: &Part| if parts.len() == 1 { 1 } else { part.component.horizontal * part.component.vertical };
        let mut decoders = Vec::new();
        for part in parts {
            let others = if frame.process == Process::Progressive { None } else { Some(self.table(1, part)?) };
            decoders.push((self.table(0, part)?, others, blocks(part)));
        }
        let mut bits = Bits::new(jpeg, start);
        let units = u64::from(columns) * u64::from(rows);
        let mut done = 0;
        while done < units && bits.unit(&decoders).is_some() {
            done += 1;
            let is_restart = self.restart_interval > 0 && done % self.restart_interval as u64 == 0 && done < units;
            if is_restart && !bits.restart(stray) {
                break;
            }
        }
        let whole = (done / u64::from(columns.max(1))) as u32;
        Some((if done == units { frame.height } else { (whole * height).min(frame.height) }, bits.at()))
    }
}
