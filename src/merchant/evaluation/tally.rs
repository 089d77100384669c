//! How the decisions over a shop's queries are counted.

use std::ops::AddAssign;

use serde::Serialize;

use crate::fusion::Decision;

/// Counts of queries whose product the shop has and of queries whose product it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Queries whose product the shop has.
    pub there: usize,
    /// Of `there`: a right listing came first, whatever the decision.
    pub right_first: usize,
    /// Of `there`: Match, with a right listing first; Match, with a wrong one first; No-Match. The rest was Unsure.
    pub right_match: usize,
    pub wrong_match: usize,
    pub no_match: usize,
    /// Queries whose product the shop does not have.
    pub not_there: usize,
    /// Of `not_there`: Match; No-Match. The rest was Unsure.
    pub false_match: usize,
    pub right_no_match: usize,
}

/// The counts as shares, 0 to 1; 0 where nothing was counted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shares {
    /// Of the queries whose product the shop has.
    pub top1: f64,
    #[serde(rename = "match")]
    pub right_match: f64,
    pub wrong_match: f64,
    pub no_match: f64,
    /// Of those whose product it does not have.
    pub false_match: f64,
    pub right_no_match: f64,
}

impl Tally {
    /// Counts one answer: `is_there` says whether the shop has the product, `is_right` whether the first hit is it.
    pub fn count(&mut self, is_there: bool, is_right: bool, decision: Decision) {
        let one = |is_one: bool| usize::from(is_one);
        let (is_match, is_no_match) = (decision == Decision::Match, decision == Decision::NoMatch);
        if is_there {
            self.there += 1;
            self.right_first += one(is_right);
            self.right_match += one(is_match && is_right);
            self.wrong_match += one(is_match && !is_right);
            self.no_match += one(is_no_match);
        } else {
            self.not_there += 1;
            self.false_match += one(is_match);
            self.right_no_match += one(is_no_match);
        }
    }

    pub fn shares(&self) -> Shares {
        let there = |count: usize| count as f64 / self.there.max(1) as f64;
        let not_there = |count: usize| count as f64 / self.not_there.max(1) as f64;
        Shares {
            top1: there(self.right_first),
            right_match: there(self.right_match),
            wrong_match: there(self.wrong_match),
            no_match: there(self.no_match),
            false_match: not_there(self.false_match),
            right_no_match: not_there(self.right_no_match),
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.there += other.there;
        self.right_first += other.right_first;
        self.right_match += other.right_match;
        self.wrong_match += other.wrong_match;
        self.no_match += other.no_match;
        self.not_there += other.not_there;
        self.false_match += other.false_match;
        self.right_no_match += other.right_no_match;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_of_another_product_is_false_only_where_the_product_is_not_there() {
        let mut tally = Tally::default();
        tally.count(true, false, Decision::Match);
        tally.count(false, false, Decision::Match);
        assert_eq!((tally.wrong_match, tally.false_match, tally.right_match), (1, 1, 0));
    }

    #[test]
    fn shares_are_of_the_queries_of_their_kind() {
        let mut tally = Tally::default();
        tally.count(true, true, Decision::Match);
        tally.count(true, true, Decision::Unsure);
        tally.count(false, false, Decision::NoMatch);
        let shares = tally.shares();
        assert_eq!((shares.top1, shares.right_match, shares.no_match), (1.0, 0.5, 0.0));
        assert_eq!((shares.false_match, shares.right_no_match), (0.0, 1.0));
    }

    #[test]
    fn no_queries_give_shares_of_0() {
        assert_eq!(Tally::default().shares().top1, 0.0);
    }
}
