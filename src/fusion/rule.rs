//! What needs no learning.

use super::{Decision, Lane, Values};

/// The log-odds that a veto leaves at most: less than 2 %.
const VETO: f64 = -4.0;
/// The log-odds of a listing with the query's own title, or with the number that it is, at least: more than 99 %.
const SAME_TITLE: f64 = 5.0;
/// What a GTIN adds to or takes from what the other lanes found at best or at worst.
const GTIN: f64 = 10.0;

/// The evidence for one pair of query and listing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    pub values: Values,
    pub rule: Rule,
    /// Whether the query's title has telling words that the listing does not have and that no attribute explains.
    pub asks_for_more: bool,
}

impl Evidence {
    /// The same where that the titles are the same is no fact that decides.
    pub fn without_same_title(&self) -> Self {
        let rule = if self.rule == Rule::SameTitle { Rule::None } else { self.rule };
        Evidence { rule, ..self.clone() }
    }
}

/// A fact that decides by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// None of these.
    #[default]
    None,
    /// The titles are the same, and no other listing has that title.
    SameTitle,
    /// The query's title is the listing's own number in the shop.
    SameNumber,
    /// The titles contradict one another in what makes another product: two colours, for example. Never a Match.
    Contradiction,
    /// The same in an amount, a count, a generation, a model, a relation or a condition: 400 ml and 800 ml, for example.
    /// Always a No-Match.
    Veto,
    /// Both have the same GTIN.
    SameGtin,
    /// Both have a GTIN, and not the same.
    OtherGtin,
}

impl Rule {
    /// The lane under which it is listed, and what it adds to log-odds of the other evidence.
    pub fn contribution(self, log_odds: f64) -> Option<(Lane, f64)> {
        match self {
            // What a contradiction weighs is learnt, as all evidence; the rule only limits the decision.
            Rule::None | Rule::Contradiction => None,
            Rule::SameTitle | Rule::SameNumber => Some((Lane::Lexical, (SAME_TITLE - log_odds).max(0.0))),
            Rule::Veto => Some((Lane::Attributes, (VETO - log_odds).min(0.0))),
            Rule::SameGtin => Some((Lane::Gtin, GTIN - log_odds.min(0.0))),
            Rule::OtherGtin => Some((Lane::Gtin, -GTIN - log_odds.max(0.0))),
        }
    }

    /// The best decision that the rule allows.
    pub fn at_best(self) -> Decision {
        match self {
            Rule::None | Rule::SameTitle | Rule::SameNumber | Rule::SameGtin => Decision::Match,
            Rule::Contradiction => Decision::Unsure,
            Rule::Veto | Rule::OtherGtin => Decision::NoMatch,
        }
    }

    /// Log-odds under the rule.
    pub fn applied(self, log_odds: f64) -> f64 {
        log_odds + self.contribution(log_odds).map_or(0.0, |(_, share)| share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gtin_decides_whatever_the_other_lanes_say() {
        for log_odds in [-30.0, -1.0, 0.0, 2.0, 30.0] {
            assert!(Rule::SameGtin.applied(log_odds) >= GTIN && Rule::OtherGtin.applied(log_odds) <= -GTIN);
        }
    }

    #[test]
    fn a_contradiction_limits_the_decision_alone_and_the_same_title_is_all_but_certain() {
        assert_eq!([12.0, 0.0, -9.0].map(|l| Rule::Contradiction.applied(l)), [12.0, 0.0, -9.0]);
        assert_eq!(Rule::Contradiction.at_best(), Decision::Unsure);
        assert_eq!([12.0, 0.0, -9.0].map(|l| Rule::SameTitle.applied(l)), [12.0, 5.0, 5.0]);
    }

    #[test]
    fn a_veto_takes_a_good_pair_down_and_leaves_a_bad_one() {
        assert_eq!([12.0, -4.0, -9.0].map(|l| Rule::Veto.applied(l)), [-4.0, -4.0, -9.0]);
    }
}
