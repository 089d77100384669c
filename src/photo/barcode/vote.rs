//! What scan lines read → what counts as read.

use super::Barcode;
use super::symbol::Reading;
use crate::sort::sorted_by;

/// Fewest lines that must agree.
const LINES: u32 = 3;
/// So many times the lines that read another code at the same place.
const MAJORITY: u32 = 4;

/// Codes with the lines that read them, by place.
#[derive(Default)]
pub(super) struct Votes {
    found: Vec<Found>,
}

struct Found {
    barcode: Barcode,
    lines: u32,
    /// Mean place of its middle, in pixels.
    place: (f32, f32),
    width: f32,
}

impl Votes {
    /// Counts a line's reading, whose middle is at `place`.
    pub fn add(&mut self, reading: Reading, place: (f32, f32)) {
        let Reading { barcode, width, .. } = reading;
        let same = self.found.iter_mut().find(|found| found.barcode == barcode && found.is_near(place, width));
        match same {
            Some(found) => {
                found.lines += 1;
                let share = 1.0 / found.lines as f32;
                found.place.0 += (place.0 - found.place.0) * share;
                found.place.1 += (place.1 - found.place.1) * share;
                found.width = found.width.max(width);
            }
            None => self.found.push(Found { barcode, lines: 1, place, width }),
        }
    }

    /// The codes that enough lines agree on, most lines first.
    pub fn counted(self) -> Vec<Barcode> {
        let rivals = |code: &Found| {
            let others = self.found.iter().filter(|other| {
                other.barcode != code.barcode
                    && (code.is_near(other.place, other.width) || other.is_near(code.place, code.width))
            });
            others.map(|other| other.lines).sum::<u32>()
        };
        let counts = |code: &&Found| code.lines >= LINES && code.lines >= MAJORITY * rivals(code);
        let counted: Vec<&Found> = self.found.iter().filter(counts).collect();
        let counted = sorted_by(counted, |a, b| b.lines.cmp(&a.lines));
        let mut codes: Vec<Barcode> = Vec::new();
        for code in counted {
            if !codes.contains(&code.barcode) {
                codes.push(code.barcode.clone());
            }
        }
        codes
    }
}

impl Found {
    /// Whether a symbol with this middle and width overlaps it.
    fn is_near(&self, place: (f32, f32), width: f32) -> bool {
        let (x, y) = (place.0 - self.place.0, place.1 - self.place.1);
        (x * x + y * y).sqrt() < self.width.max(width) / 2.0
    }
}
