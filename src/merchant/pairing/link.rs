//! What is held of a pair until it is known to be wanted.

use crate::fusion::{Lane, probability};

/// What each lane adds to the log-odds, in the order of [`Lane::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shares([f64; Lane::ALL.len()]);

impl Shares {
    /// Those of a prediction; what is no finite number counts nothing.
    pub fn of(contributions: &[(Lane, f64)]) -> Self {
        let share =
            |lane: Lane| contributions.iter().filter(|(l, s)| *l == lane && s.is_finite()).map(|(_, s)| s).sum();
        Shares(Lane::ALL.map(share))
    }

    /// Both directions of a pair together: the mean of their log-odds, lane by lane.
    pub fn mean(self, other: Shares) -> Self {
        let mut mean = self.0;
        mean.iter_mut().zip(other.0).for_each(|(share, other)| *share = (*share + other) / 2.0);
        Shares(mean)
    }

    /// The sum.
    pub fn log_odds(&self) -> f64 {
        self.0.iter().sum()
    }

    /// By lane, without those that add nothing.
    pub fn contributions(&self) -> Vec<(Lane, f64)> {
        Lane::ALL.into_iter().zip(self.0).filter(|(_, share)| *share != 0.0).collect()
    }
}

/// Two rows, by number, and how surely they are one product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub a: usize,
    pub b: usize,
    pub shares: Shares,
}

impl Link {
    /// 0 to 1.
    pub fn probability(&self) -> f64 {
        probability(self.shares.log_odds())
    }
}
