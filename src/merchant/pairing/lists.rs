//! The lists that pairs are of.

use std::cmp::Ordering;

use serde::Serialize;

use super::{Cluster, Clusters, Pair};
use crate::fusion::Decision;
use crate::merchant::feed::Problem;
use crate::merchant::listings::Record;

/// One list whose rows are held against each other, or two.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    pub first: &'a [Record],
    /// That of the pairs' second rows, where it is not the first.
    pub second: Option<&'a [Record]>,
}

/// Which list a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    First,
    Second,
}

impl<'a> Lists<'a> {
    /// The rows of a pair.
    pub fn records(&self, pair: &Pair) -> [&'a Record; 2] {
        [&self.first[pair.a], &self.second.unwrap_or(self.first)[pair.b]]
    }

    /// The rows of a pair, when those of both lists are numbered through.
    pub fn nodes(&self, pair: &Pair) -> [usize; 2] {
        [pair.a, pair.b + self.second.map_or(0, |_| self.first.len())]
    }

    /// The list of a row that is numbered through, its number in the list, and the row.
    pub fn row(&self, node: usize) -> (Side, usize, &'a Record) {
        match (node.checked_sub(self.first.len()), self.second) {
            (Some(row), Some(second)) => (Side::Second, row, &second[row]),
            _ => (Side::First, node, &self.first[node]),
        }
    }

    /// Clusters of rows that are numbered through; the members by list and id.
    pub fn clusters(&self, links: Clusters) -> Vec<Cluster> {
        let rows = self.first.len() + self.second.map_or(0, <[Record]>::len);
        links.found(rows, &|a, b| self.by_id(a, b))
    }

    fn by_id(&self, a: usize, b: usize) -> Ordering {
        let key = |node: usize| {
            let (side, _, record) = self.row(node);
            (side, record.id.as_str())
        };
        key(a).cmp(&key(b))
    }
}

/// What was found in all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Of the first list.
    pub rows: u64,
    /// Of the second list, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_b: Option<u64>,
    pub pairs: u64,
    pub matches: u64,
    pub unsure: u64,
    pub no_matches: u64,
    /// Pairs that are only there because a row would have no partner otherwise.
    pub at_least_one: u64,
    pub clusters: u64,
    pub problems: Vec<Problem>,
    /// Of the second list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems_b: Vec<Problem>,
}

impl Summary {
    /// Counts a pair.
    pub fn count(&mut self, pair: &Pair) {
        self.pairs += 1;
        self.at_least_one += u64::from(pair.at_least_one);
        match pair.decision {
            Decision::Match => self.matches += 1,
            Decision::Unsure => self.unsure += 1,
            Decision::NoMatch => self.no_matches += 1,
        }
    }
}
