//! Bars and spaces → the digits of a symbol (ISO/IEC 15420).

use super::line::Line;
use super::{Barcode, Format};

/// Modules of each digit's four elements in number set A, and, with bars and spaces exchanged, in C; set B has them reversed.
const SET_A: [[u8; 4]; 10] = [
    [3, 2, 1, 1],
    [2, 2, 2, 1],
    [2, 1, 2, 2],
    [1, 4, 1, 1],
    [1, 1, 3, 2],
    [1, 2, 3, 1],
    [1, 1, 1, 4],
    [1, 3, 1, 2],
    [1, 2, 1, 3],
    [3, 1, 1, 2],
];
/// The first digit of an EAN-13 by which of the left six digits are of set B, a bit each, the first the highest.
const FIRST_DIGIT: [u8; 10] =
    [0, 0b001011, 0b001101, 0b001110, 0b010011, 0b011001, 0b011100, 0b010101, 0b010110, 0b011010];
/// The check digit of a UPC-E likewise. Number system 0 alone is in use (GS1 General Specifications, section 5.2.2.4); in system 1
/// the left half of many an EAN-13 would be a symbol.
const UPC_E_CHECK: [u8; 10] =
    [0b111000, 0b110100, 0b110010, 0b110001, 0b101100, 0b100110, 0b100011, 0b101010, 0b101001, 0b100101];

/// Modules of a digit.
const DIGIT: f32 = 7.0;
/// Largest distance of a digit from its pattern ([`Shape::distance`]): about half of what one edge makes that is a module off.
const FARTHEST_DIGIT: f32 = 0.8;
/// Widths, in modules, that one module can appear to have where ink ran.
const ONE_MODULE: std::ops::Range<f32> = 0.3..2.0;
/// Largest mean distance of all digits of a symbol.
const FARTHEST_MEAN: f32 = 0.3;

/// One symbol that a line crossed.
pub(super) struct Reading {
    pub barcode: Barcode,
    /// Sample in the middle of it.
    pub middle: f32,
    /// Samples from its first to its last edge.
    pub width: f32,
}

/// What a symbol is made of.
struct Layout {
    elements: usize,
    modules: f32,
    /// Left and right digits.
    digits: (usize, usize),
    /// Elements of the guards: left, between the digits, right; each of one module.
    guards: (usize, usize, usize),
    /// Least light margin on both sides, in modules. That of the specification is 7 to 11, of which photos often lack some.
    quiet: f32,
    /// The same between the symbol and the picture's border, which may cut the margin, or a longer symbol: spaces in one have at
    /// most 4 modules.
    quiet_at_border: f32,
}

const EAN_13: Layout =
    Layout { elements: 59, modules: 95.0, digits: (6, 6), guards: (3, 5, 3), quiet: 3.0, quiet_at_border: 3.0 };
const EAN_8: Layout =
    Layout { elements: 43, modules: 67.0, digits: (4, 4), guards: (3, 5, 3), quiet: 5.0, quiet_at_border: 4.2 };
const UPC_E: Layout =
    Layout { elements: 33, modules: 51.0, digits: (6, 0), guards: (3, 0, 6), quiet: 6.0, quiet_at_border: 6.0 };

/// Every symbol along a line, in either direction.
pub(super) fn read_line(line: &Line) -> Vec<Reading> {
    let mut found = Vec::new();
    let mut widths = Vec::with_capacity(EAN_13.elements);
    for layout in [&EAN_13, &EAN_8, &UPC_E] {
        for start in (usize::from(!line.starts_dark())..line.edges().saturating_sub(layout.elements)).step_by(2) {
            let end = start + layout.elements;
            if !may_be_symbol(line, layout, start, end) || !measure(line, layout, start, end, &mut widths) {
                continue;
            }
            let mut barcode = read(layout, &widths);
            if barcode.is_none() {
                widths.reverse();
                barcode = read(layout, &widths);
            }
            if let Some((barcode, (left, right))) = barcode.zip(line.edge(start).zip(line.edge(end))) {
                found.push(Reading { barcode, middle: (left + right) / 2.0, width: right - left });
            }
        }
    }
    found
}

/// Whether elements between two edges can be a symbol, by their darkest and lightest places alone: most are refused without
/// measuring an edge.
fn may_be_symbol(line: &Line, layout: &Layout, start: usize, end: usize) -> bool {
    let middle = |element: usize| line.middle(element);
    let Some((left, right)) = middle(start).zip(middle(end - 1)) else { return false };
    let module = (right - left) / (layout.modules - 1.0);
    let before = start.checked_sub(2).and_then(middle).unwrap_or(0.0);
    let behind = middle(end + 1).unwrap_or(line.profile.len() as f32);
    let (quiet, two_bars) = (layout.quiet_at_border * module, 3.5 * module);
    left - before >= quiet
        && behind - right >= quiet
        && middle(start + 2).is_some_and(|second| second - left <= two_bars)
        && middle(end - 3).is_some_and(|second| right - second <= two_bars)
}

/// Measures the elements between two edges, in modules. Whether the margins beside them are wide enough, and the first guard's
/// elements narrow enough.
fn measure(line: &Line, layout: &Layout, start: usize, end: usize, widths: &mut Vec<f32>) -> bool {
    let Some((left, right)) = line.edge(start).zip(line.edge(end)) else { return false };
    let module = (right - left) / layout.modules;
    let is_wide =
        |margin: f32, at_border: bool| margin >= module * if at_border { layout.quiet_at_border } else { layout.quiet };
    let before = start.checked_sub(1).and_then(|before| line.edge(before));
    if !is_wide(left - before.unwrap_or(0.0), before.is_none()) {
        return false;
    }
    let behind = line.edge(end + 1);
    if !is_wide(behind.unwrap_or(line.profile.len() as f32) - right, behind.is_none()) {
        return false;
    }
    widths.clear();
    let mut last = left;
    for edge in (start + 1..=end).filter_map(|edge| line.edge(edge)) {
        let width = (edge - last) / module;
        if widths.len() < layout.guards.0 && !ONE_MODULE.contains(&width) {
            return false;
        }
        widths.push(width);
        last = edge;
    }
    true
}

/// Reads the elements of a symbol, in modules.
fn read(layout: &Layout, widths: &[f32]) -> Option<Barcode> {
    let (left, right) = layout.digits;
    let guards = layout.guards;
    let (start, rest) = widths.split_at_checked(guards.0)?;
    let (left_cells, rest) = rest.split_at_checked(left * 4)?;
    let (centre, rest) = rest.split_at_checked(guards.1)?;
    let (right_cells, end) = rest.split_at_checked(right * 4)?;
    if ![start, centre, end].into_iter().all(is_guard) {
        return None;
    }
    let spread = spread(start, centre, end);
    let mut digits = Digits::default();
    // Left digits begin with a space, right ones with a bar.
    left_cells.as_chunks().0.iter().try_for_each(|cell| digits.push(cell, -spread))?;
    right_cells.as_chunks().0.iter().try_for_each(|cell| digits.push(cell, spread))?;
    let count = (left + right) as f32;
    if digits.distance > FARTHEST_MEAN * count {
        return None;
    }
    digits.into_barcode(left + right)
}

/// Whether each element of a guard can be one module wide, and all of them together are as wide as they should be.
fn is_guard(widths: &[f32]) -> bool {
    let sum: f32 = widths.iter().sum();
    let expected = widths.len() as f32;
    (sum - expected).abs() <= 0.3 * expected && widths.iter().all(|width| ONE_MODULE.contains(width))
}

/// By how much bars are wider than they should be, in modules: ink that ran, or light that shone over.
fn spread(start: &[f32], centre: &[f32], end: &[f32]) -> f32 {
    let (mut bars, mut spaces) = ((0.0, 0.0), (0.0, 0.0));
    // The outer guards begin with a bar, the one in the centre and that at the end of a UPC-E with a space.
    for (guard, first_bar) in [(start, 0), (centre, 1), (end, usize::from(end.len() > 3))] {
        for (i, width) in guard.iter().enumerate() {
            let sums = if i % 2 == first_bar { &mut bars } else { &mut spaces };
            *sums = (sums.0 + width, sums.1 + 1.0);
        }
    }
    let mean = |(sum, count): (f32, f32)| if count > 0.0 { sum / count } else { 1.0 };
    (mean(bars) - mean(spaces)) / 2.0
}

/// Digits read so far.
#[derive(Default)]
struct Digits {
    digits: Vec<u8>,
    /// A bit a digit, the latest the lowest: whether it is of set B.
    parities: u16,
    distance: f32,
}

impl Digits {
    /// Reads one more; `None` where no digit looks like it. `spread` is by how much its first and third element are too wide.
    fn push(&mut self, cell: &[f32; 4], spread: f32) -> Option<()> {
        let sum: f32 = cell.iter().sum();
        if !(DIGIT - 1.5..DIGIT + 1.5).contains(&sum) {
            return None;
        }
        let [a, b, c, d] = cell.map(|width| width * DIGIT / sum);
        let seen = Shape::of([a - spread, b + spread, c - spread, d + spread]);
        let (mut nearest, mut best) = (f32::INFINITY, (0, false));
        for (digit, pattern) in (0..).zip(&SET_A) {
            let [a, b, c, d] = pattern.map(f32::from);
            for (is_b, pattern) in [(false, [a, b, c, d]), (true, [d, c, b, a])] {
                let distance = seen.distance(&Shape::of(pattern));
                if distance < nearest {
                    (nearest, best) = (distance, (digit, is_b));
                }
            }
        }
        self.digits.push(best.0);
        self.parities = self.parities << 1 | u16::from(best.1);
        self.distance += nearest;
        (nearest <= FARTHEST_DIGIT).then_some(())
    }

    /// The code, if sets and check digit are those of one.
    fn into_barcode(self, count: usize) -> Option<Barcode> {
        let mut digits = self.digits;
        let format = match count {
            12 => {
                let parities = u8::try_from(self.parities >> 6).ok().filter(|_| self.parities & 0b111111 == 0)?;
                let first = (0..).zip(FIRST_DIGIT).find(|(_, sets)| *sets == parities)?.0;
                if first > 0 {
                    digits.insert(0, first);
                }
                if first > 0 { Format::Ean13 } else { Format::UpcA }
            }
            8 => (self.parities == 0).then_some(Format::Ean8)?,
            _ => {
                let check = (0..).zip(UPC_E_CHECK).find(|(_, sets)| u16::from(*sets) == self.parities)?.0;
                digits.insert(0, 0);
                digits.push(check);
                Format::UpcE
            }
        };
        let text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let barcode = Barcode { format, text };
        barcode.gtin().is_some().then_some(barcode)
    }
}

/// Four widths of a digit as three measures. The first two are from an edge to the next one of the same kind, which blur
/// and spread of ink move alike.
struct Shape {
    first_two: f32,
    middle_two: f32,
    /// Half of what bars have more than spaces. Digits 1 and 7, and 2 and 8, differ in it alone.
    balance: f32,
}

impl Shape {
    fn of([a, b, c, d]: [f32; 4]) -> Self {
        Shape { first_two: a + b, middle_two: b + c, balance: (a - b + c - d) / 2.0 }
    }

    /// In square modules; what blur changes counts half.
    fn distance(&self, other: &Shape) -> f32 {
        let square = |a: f32, b: f32| (a - b) * (a - b);
        square(self.first_two, other.first_two)
            + square(self.middle_two, other.middle_two)
            + square(self.balance, other.balance) / 2.0
    }
}

/// The 12 digits of a UPC-A for the 8 of a UPC-E (GS1 General Specifications, section 5.2.2.4).
pub(super) fn expanded(upc_e: &str) -> Option<String> {
    let (system, digits, check) = (upc_e.get(..1)?, upc_e.get(1..7)?, upc_e.get(7..)?);
    let (first, rest, last) = (digits.get(..2)?, digits.get(2..5)?, digits.get(5..)?);
    let (company, item) = match last {
        "0" | "1" | "2" => (format!("{first}{last}00"), format!("00{rest}")),
        "3" => (format!("{}00", digits.get(..3)?), format!("000{}", digits.get(3..5)?)),
        "4" => (format!("{}0", digits.get(..4)?), format!("0000{}", digits.get(4..5)?)),
        _ => (digits.get(..5)?.to_owned(), format!("0000{last}")),
    };
    Some(format!("{system}{company}{item}{check}"))
}
