use super::{Additive, Evidence, Support};
use crate::sort::sorted_by;

/// How far a lead is followed, in log-odds.
const MAX_LEAD: f64 = 8.0;
/// How near another candidate must come to be a rival, in log-odds.
const RIVAL: f64 = 1.0;
/// Beyond this many rivals one more changes nothing.
const MAX_RIVALS: usize = 10;

/// A listing's score and how it stands among the candidates of its query.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Standing {
    /// Log-odds by the pair's own evidence.
    pub log_odds: f64,
    /// How far that lies above the best of the other candidates, −8 to 8; 0 where there is no other.
    pub lead: f64,
    /// How many of the others are about as good or better, as −ln(1 + count), −2.4 to 0.
    pub rivals: f64,
}

/// The scores of a query's candidates, with which each of them and any further listing is compared.
pub struct Standings<'a> {
    pair: &'a Additive,
    /// Log-odds of all candidates under their rules, best first: one with a veto is no rival.
    scores: Vec<f64>,
}

impl<'a> Standings<'a> {
    /// Scores each candidate by itself.
    pub fn of(pair: &'a Additive, candidates: &[Evidence]) -> Self {
        let scores: Vec<f64> = candidates.iter().map(|e| e.rule.applied(pair.log_odds(&e.values))).collect();
        Standings { pair, scores: sorted_by(scores, |a, b| b.total_cmp(a)) }
    }

    /// What all candidates say together of a query that states so much.
    pub fn support(&self, stated: f64) -> Support {
        Support::of(&self.scores, stated)
    }

    /// How one of the candidates stands among the others.
    pub fn of_candidate(&self, evidence: &Evidence) -> Standing {
        self.standing(evidence, 1)
    }

    /// How a listing that is none of the candidates stands beside them.
    pub fn of_further(&self, evidence: &Evidence) -> Standing {
        self.standing(evidence, 0)
    }

    /// `itself` is how many of the scores are the listing's own.
    fn standing(&self, evidence: &Evidence, itself: usize) -> Standing {
        let log_odds = self.pair.log_odds(&evidence.values);
        let own = evidence.rule.applied(log_odds);
        let is_first = self.scores.first().is_some_and(|first| own >= *first);
        let best_other = self.scores.get(if is_first { itself } else { 0 });
        let near = self.scores.partition_point(|other| *other >= own - RIVAL).saturating_sub(itself);
        Standing {
            log_odds,
            lead: best_other.map_or(0.0, |best| (own - best).clamp(-MAX_LEAD, MAX_LEAD)),
            rivals: -(near.min(MAX_RIVALS) as f64 + 1.0).ln(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fusion::{FEATURES, Shape};

    /// Scores are the values of the first feature.
    fn identity() -> Additive {
        let mut shapes = vec![Shape::default(); FEATURES.len()];
        shapes[0] = Shape { at: vec![-20.0, 20.0], log_odds: vec![-20.0, 20.0], missing: 0.0 };
        Additive { intercept: 0.0, shapes }
    }

    fn scored(value: f32) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.values[0] = Some(value);
        evidence
    }

    #[test]
    fn a_candidate_is_compared_with_the_best_of_the_others() {
        let (pair, candidates) = (identity(), [5.0, 4.5, -2.0].map(scored));
        let standings = Standings::of(&pair, &candidates);
        let leads = candidates.each_ref().map(|c| standings.of_candidate(c).lead);
        assert_eq!(leads, [0.5, -0.5, -7.0]);
        assert_eq!(standings.of_candidate(&candidates[0]).rivals, -2f64.ln());
    }

    #[test]
    fn a_further_listing_has_all_candidates_as_rivals() {
        let (pair, candidates) = (identity(), [5.0, 4.5].map(scored));
        let standing = Standings::of(&pair, &candidates).of_further(&scored(5.0));
        assert_eq!((standing.lead, standing.rivals), (0.0, -3f64.ln()));
    }
}
