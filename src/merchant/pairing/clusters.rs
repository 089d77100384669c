//! Pairs that hang together.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;

use crate::fusion::probability;

/// Collects pairs that are surely one product.
#[derive(Debug, Clone, Default)]
pub struct Clusters {
    links: Vec<(usize, usize, f64)>,
}

/// Rows that are one product.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Numbers of the rows, at least two, in the order given: the first gives the cluster its name.
    pub members: Vec<usize>,
    /// The pair without which the cluster would fall apart first: of all ways from one row to another the best passes
    /// no pair that is less probable.
    pub weakest: (usize, usize),
    /// Of the weakest pair, 0 to 1.
    pub probability: f64,
}

impl Clusters {
    /// Adds a pair of rows, by number.
    pub fn add(&mut self, a: usize, b: usize, log_odds: f64) {
        self.links.push((a, b, log_odds));
    }

    /// The clusters of rows 0 to `rows`, in the order of their first members; `order` is that of the rows.
    ///
    /// Pairs are joined from the most probable to the least (Kruskal 1956), so the last that joins two parts of a
    /// cluster is its weakest.
    pub fn found(mut self, rows: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<Cluster> {
        let by_rows = |x: &(usize, usize, f64), y: &(usize, usize, f64)| order(x.0, y.0).then_with(|| order(x.1, y.1));
        self.links.sort_by(|x, y| y.2.total_cmp(&x.2).then_with(|| by_rows(x, y)));
        let mut sets = UnionFind::new(rows);
        self.links.retain(|(a, b, _)| sets.union(*a, *b));
        let mut clusters: BTreeMap<usize, Cluster> = BTreeMap::new();
        for (a, b, log_odds) in self.links {
            let new = || Cluster { members: Vec::new(), weakest: (a, b), probability: 1.0 };
            let cluster = clusters.entry(sets.find(a)).or_insert_with(new);
            cluster.members.extend([a, b]);
            cluster.weakest = (a, b);
            cluster.probability = probability(log_odds);
        }
        let mut clusters: Vec<Cluster> = clusters.into_values().collect();
        for cluster in &mut clusters {
            cluster.members.sort_by(|a, b| order(*a, *b));
            cluster.members.dedup();
        }
        clusters.sort_by(|x, y| order(x.members[0], y.members[0]));
        clusters
    }
}
