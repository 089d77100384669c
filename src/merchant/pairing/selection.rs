//! Which of the pairs found are handed on, and when.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::{Emit, Pair};
use crate::Result;

/// A row, by list and number. Within one catalogue both rows of a pair are of the first list.
type Node = (bool, usize);

/// Hands pairs on at once or, where a row's best partner must be known first, at the end.
pub struct Selection<'a> {
    emit: Emit<'a>,
    /// `None` where pairs are handed on at once.
    held: Option<Vec<Pair>>,
    has_two_lists: bool,
    /// Rows of the first list that have a partner.
    served: HashSet<usize>,
}

impl<'a> Selection<'a> {
    /// `has_two_lists` says whether the second row of a pair is of a list of its own.
    pub fn new(mutual_best: bool, has_two_lists: bool, emit: Emit<'a>) -> Self {
        Selection { emit, held: mutual_best.then(Vec::new), has_two_lists, served: HashSet::new() }
    }

    /// Takes in a pair that is probable enough.
    pub fn take(&mut self, pair: Pair) -> Result<ControlFlow<()>> {
        match &mut self.held {
            Some(held) => {
                held.push(pair);
                Ok(ControlFlow::Continue(()))
            }
            None => self.pass(pair),
        }
    }

    /// Hands on those of the held pairs of which each row is the other's best partner, best first. `by_id` orders pairs
    /// by their rows' ids: of equally probable partners the first is the best.
    pub fn settle(&mut self, by_id: &dyn Fn(&Pair, &Pair) -> Ordering) -> Result<ControlFlow<()>> {
        let mut held = self.held.take().unwrap_or_default();
        held.sort_by(|x, y| y.log_odds.total_cmp(&x.log_odds).then_with(|| by_id(x, y)));
        let mut best: HashMap<Node, usize> = HashMap::new();
        for (i, pair) in held.iter().enumerate() {
            for node in self.nodes(pair) {
                best.entry(node).or_insert(i);
            }
        }
        for (i, pair) in held.into_iter().enumerate() {
            let is_mutual = self.nodes(&pair).iter().all(|node| best.get(node) == Some(&i));
            if is_mutual && self.pass(pair)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hands on a pair that is only there because one of its rows would have no partner otherwise.
    pub fn spare(&mut self, pair: Pair) -> Result<ControlFlow<()>> {
        self.pass(Pair { at_least_one: true, ..pair })
    }

    /// Whether a row of the first list has a partner.
    pub fn is_served(&self, row: usize) -> bool {
        self.served.contains(&row)
    }

    fn pass(&mut self, pair: Pair) -> Result<ControlFlow<()>> {
        self.served.insert(pair.a);
        if !self.has_two_lists {
            self.served.insert(pair.b);
        }
        (self.emit)(pair)
    }

    fn nodes(&self, pair: &Pair) -> [Node; 2] {
        [(false, pair.a), (self.has_two_lists, pair.b)]
    }
}
