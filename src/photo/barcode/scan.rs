//! Scan lines over a grey picture.

use super::grey::Grey;
use super::line::Line;
use super::symbol;
use super::vote::Votes;

/// Tangents of a line's angle to the rows: every 15° up to 45°. Bars are mostly two thirds as high as a symbol is wide, so a
/// line that is 7.5° off crosses them all.
const SLOPES: [f32; 7] = [0.0, 0.268, -0.268, 0.577, -0.577, 1.0, -1.0];
/// To the columns: without the diagonals, which the rows have.
const STEEP_SLOPES: &[f32] = &[0.0, 0.268, -0.268, 0.577, -0.577];
/// Lines of one direction across the shorter side.
const LINES: usize = 160;
/// Smallest change between a bar and a space, as a share of the largest one near, from noisy pictures to blurred ones: the
/// first with which a line has a symbol counts.
const LEAST_SHARES: [f32; 4] = [0.4, 0.2, 0.1, 0.05];
/// Shortest line in pixels that can cross a symbol.
const SHORTEST: usize = 60;

/// Reads the lines of all directions.
pub(super) fn read_all(picture: &Grey) -> Votes {
    let mut votes = Votes::default();
    read_directions(picture, &SLOPES, &mut votes, |place| place);
    read_directions(&picture.transposed(), STEEP_SLOPES, &mut votes, |(x, y)| (y, x));
    votes
}

/// Reads the lines that move `slope` rows a column, for each of the slopes. `place` is where a place of this picture is in the
/// one that is voted on.
fn read_directions(picture: &Grey, slopes: &[f32], votes: &mut Votes, place: fn((f32, f32)) -> (f32, f32)) {
    let step = (picture.width.min(picture.height) / LINES).max(1);
    let mut line = Line::default();
    for slope in slopes {
        // So many rows a line goes down, or up, on its way.
        let travel = (slope.abs() * picture.width as f32) as isize;
        let (first, last) = if *slope > 0.0 { (-travel, 0) } else { (0, travel) };
        for start in (first..picture.height as isize + last).step_by(step) {
            let start = start as f32;
            let first_column = sample(picture, start, *slope, &mut line.profile);
            if line.profile.len() < SHORTEST {
                continue;
            }
            line.find_extrema();
            let symbols = LEAST_SHARES.iter().find_map(|share| {
                let symbols = if line.cut(*share) { symbol::read_line(&line) } else { Vec::new() };
                (!symbols.is_empty()).then_some(symbols)
            });
            for reading in symbols.into_iter().flatten() {
                let x = first_column as f32 + reading.middle;
                votes.add(reading, place((x, start + slope * x)));
            }
        }
    }
}

/// The picture along `y = start + slope · x`, a value a column, between rows linearly; the column of the first.
fn sample(picture: &Grey, start: f32, slope: f32, profile: &mut Vec<f32>) -> usize {
    profile.clear();
    let rows = picture.height as f32;
    if slope == 0.0 {
        let row = picture.pixels.chunks_exact(picture.width).nth(start.max(0.0) as usize);
        profile.extend(row.unwrap_or_default().iter().map(|value| f32::from(*value)));
        return 0;
    }
    // Columns where the line is between the first and the last row.
    let crossing = |row: f32| (row - start) / slope;
    let (enter, leave) =
        if slope > 0.0 { (crossing(0.0), crossing(rows - 1.0)) } else { (crossing(rows - 1.0), crossing(0.0)) };
    let (first, last) =
        (enter.ceil().max(0.0) as usize, (leave.floor() + 1.0).clamp(0.0, picture.width as f32) as usize);
    for x in first..last {
        let y = start + slope * x as f32;
        let row = y as usize;
        let part = y - row as f32;
        let at = row * picture.width + x;
        let upper = picture.pixels.get(at).map_or(0.0, |value| f32::from(*value));
        let lower = picture.pixels.get(at + picture.width).map_or(upper, |value| f32::from(*value));
        profile.push(upper + (lower - upper) * part);
    }
    first
}
