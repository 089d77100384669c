//! Every row of a catalogue against all others.

use std::collections::HashSet;

use rayon::prelude::*;

use super::link::{Link, Shares};
use super::selection::Selection;
use super::{CHUNK, Emit, Options, Pair, best_candidates, described};
use crate::Result;
use crate::matching::probe::Probe;
use crate::matching::ranker::{Ranker, Scored};
use crate::search::Position;

/// A row's prediction of another one being the same product.
#[derive(Clone)]
struct Direction {
    other: usize,
    shares: Shares,
}

/// Finds the rows that are one product. A pair is handed on once, the row with the lower id first, as soon as the later
/// of its rows has been searched for; its log-odds are the mean of both directions or, where only one of the
/// rows has the other among its best candidates, those of that direction. How the catalogue is ordered changes no pair.
///
/// `progress` is called with the rows done. Errors are those of `emit`.
pub fn within(ranker: &Ranker, options: &Options, progress: &dyn Fn(u64), emit: Emit<'_>) -> Result<()> {
    let positions: Vec<Position> = ranker.catalogue.positions().collect();
    let id = |row: usize| ranker.catalogue.listing(positions[row]).id.as_str();
    let mut selection = Selection::new(options.mutual_best, false, emit);
    // For each row the predictions of rows before it.
    let mut waiting: Vec<Vec<Direction>> = vec![Vec::new(); positions.len()];
    let mut best: Vec<Option<Link>> = vec![None; if options.at_least_one { positions.len() } else { 0 }];
    let mut done = 0;
    for chunk in positions.chunks(CHUNK) {
        let found: Vec<Vec<Direction>> = chunk.par_iter().map(|position| partners(ranker, *position)).collect();
        let mut links = Vec::new();
        for (row, own) in (done..).zip(found) {
            links.extend(complete(row, own, &mut waiting, &id));
        }
        for link in links.iter().filter(|_| options.at_least_one) {
            for row in [link.a, link.b] {
                if best[row].is_none_or(|old| is_better(link, &old, &id)) {
                    best[row] = Some(*link);
                }
            }
        }
        links.retain(|link| link.probability() >= options.min_probability);
        let pairs: Vec<Pair> = links.par_iter().map(|link| describe(ranker, &positions, link)).collect();
        for pair in pairs {
            if selection.take(pair)?.is_break() {
                return Ok(());
            }
        }
        done += chunk.len();
        progress(done as u64);
    }
    if selection.settle(&|x, y| (id(x.a), id(x.b)).cmp(&(id(y.a), id(y.b))))?.is_break() {
        return Ok(());
    }
    spare(ranker, &positions, best, &mut selection)
}

fn partners(ranker: &Ranker, position: Position) -> Vec<Direction> {
    let probe = Probe::of_listing(&ranker.catalogue, position);
    let scored = best_candidates(ranker, &probe, &described(ranker, Some(position)));
    let row = |scored: Scored| Direction {
        other: ranker.catalogue.number(scored.candidate.position),
        shares: Shares::of(&scored.prediction.contributions),
    };
    scored.into_iter().map(row).collect()
}

/// The links of a row with rows before it, best first; its predictions of later rows are left waiting for them.
fn complete<'a>(
    row: usize,
    own: Vec<Direction>,
    waiting: &mut [Vec<Direction>],
    id: &dyn Fn(usize) -> &'a str,
) -> Vec<Link> {
    let mut directions: Vec<Direction> = std::mem::take(&mut waiting[row]);
    for Direction { other, shares } in own {
        if other > row {
            waiting[other].push(Direction { other: row, shares });
            continue;
        }
        match directions.iter_mut().find(|n| n.other == other) {
            Some(back) => back.shares = back.shares.mean(shares),
            None => directions.push(Direction { other, shares }),
        }
    }
    let link = |Direction { other, shares }: Direction| {
        let (a, b) = if id(row) < id(other) { (row, other) } else { (other, row) };
        Link { a, b, shares }
    };
    let mut links: Vec<Link> = directions.into_iter().map(link).collect();
    links.sort_by(|x, y| {
        let (by_odds, by_id) = (y.shares.log_odds().total_cmp(&x.shares.log_odds()), |l: &Link| (id(l.a), id(l.b)));
        by_odds.then_with(|| by_id(x).cmp(&by_id(y)))
    });
    links
}

fn is_better<'a>(link: &Link, than: &Link, id: &dyn Fn(usize) -> &'a str) -> bool {
    let by_odds = link.shares.log_odds().total_cmp(&than.shares.log_odds());
    by_odds.then_with(|| (id(than.a), id(than.b)).cmp(&(id(link.a), id(link.b)))).is_gt()
}

/// The link's reasons, its first row asking for its second.
fn describe(ranker: &Ranker, positions: &[Position], link: &Link) -> Pair {
    let probe = Probe::of_listing(&ranker.catalogue, positions[link.a]);
    let candidates = ranker.candidates(&probe, None, [positions[link.b]]);
    let lanes = candidates.into_iter().next().map(|candidate| candidate.lanes).unwrap_or_default();
    Pair::of(ranker, link, &lanes)
}

/// Hands on the best partners of rows that have none yet.
fn spare(
    ranker: &Ranker,
    positions: &[Position],
    best: Vec<Option<Link>>,
    selection: &mut Selection<'_>,
) -> Result<()> {
    let is_without = |(row, link): (usize, Option<Link>)| link.filter(|_| !selection.is_served(row));
    let without: Vec<Link> = best.into_iter().enumerate().filter_map(is_without).collect();
    // Two rows that are each other's best partner need the pair only once.
    let mut seen = HashSet::new();
    for link in without.iter().filter(|link| seen.insert((link.a, link.b))) {
        if selection.spare(describe(ranker, positions, link))?.is_break() {
            break;
        }
    }
    Ok(())
}
