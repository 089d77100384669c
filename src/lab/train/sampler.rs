//! Which items and readings make a batch.

use fastrand::Rng;

use super::categories::Assigned;
use super::corpus::Corpus;
use super::inputs::{Inputs, View};
use super::recipe::{Negatives, Training};

/// Groups that stand together in a batch of similar groups.
const NEIGHBOURS: usize = 4;

/// Draws the batches of an epoch.
pub struct Sampler<'a> {
    corpus: &'a Corpus,
    inputs: &'a Inputs,
    /// The training items of each group that is learnt from.
    groups: Vec<Vec<usize>>,
    /// The mean untrained vector of each of these groups.
    means: Vec<Vec<f32>>,
    /// Training items by category, where negatives come from one.
    categories: Option<ByCategory<'a>>,
}

struct ByCategory<'a> {
    assigned: &'a Assigned,
    members: Vec<Vec<usize>>,
    negatives: Negatives,
}

/// The rows of a batch.
pub struct Rows<'a> {
    pub items: Vec<usize>,
    pub views: Vec<&'a View>,
    /// Number of each row's group among those that are learnt from; a negative from a category may have none of these.
    pub classes: Vec<Option<usize>>,
    /// Group of each row in the corpus.
    pub groups: Vec<usize>,
    pub sources: Vec<u8>,
    /// Triplets of rows whose negatives come from categories.
    pub triplets: Vec<[usize; 3]>,
}

impl<'a> Sampler<'a> {
    /// With `single_items` a group of one item counts, too, where it has several readings.
    pub fn new(corpus: &'a Corpus, inputs: &'a Inputs, single_items: bool) -> Self {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); corpus.groups];
        corpus.training().into_iter().for_each(|item| members[corpus.items[item].group].push(item));
        let readings = |item: &usize| inputs.own[*item].len() + inputs.changed[*item].len();
        let is_learnt = |group: &Vec<usize>| match group.len() {
            0 => false,
            1 => single_items && group.iter().map(readings).sum::<usize>() > 1,
            _ => true,
        };
        members.retain(is_learnt);
        let untrained = inputs.untrained();
        let mean = |group: &Vec<usize>| {
            let mut sum = vec![0.0; inputs.width];
            for item in group {
                sum.iter_mut().zip(&untrained[*item]).for_each(|(sum, value)| *sum += value);
            }
            crate::catalogue::unit(sum)
        };
        let means = members.iter().map(mean).collect();
        Sampler { corpus, inputs, groups: members, means, categories: None }
    }

    /// Has the negatives of triplets come from categories.
    pub fn with_categories(mut self, assigned: &'a Assigned, negatives: Negatives) -> Self {
        let mut members = vec![Vec::new(); assigned.count];
        self.corpus.training().into_iter().for_each(|item| members[assigned.of_item[item]].push(item));
        self.categories = Some(ByCategory { assigned, members, negatives });
        self
    }

    /// Number of groups that are learnt from.
    pub fn classes(&self) -> usize {
        self.groups.len()
    }

    /// The mean untrained vector of each group that is learnt from.
    pub fn means(&self) -> &[Vec<f32>] {
        &self.means
    }

    /// Number of batches of an epoch.
    pub fn batches(&self, training: &Training) -> usize {
        let whole = self.groups.len() / training.groups;
        // A rest of one group would have no negatives.
        whole + usize::from(self.groups.len() % training.groups >= 2)
    }

    /// The groups of each batch of an epoch, each group once.
    pub fn epoch(&self, training: &Training, rng: &mut Rng) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        rng.shuffle(&mut order);
        if training.similar_groups {
            order = self.similar_together(order);
        }
        let mut batches: Vec<Vec<usize>> = order.chunks(training.groups).map(<[usize]>::to_vec).collect();
        batches.retain(|batch| batch.len() >= 2);
        rng.shuffle(&mut batches);
        batches
    }

    /// Each group that comes next, with the nearest of those that are left.
    fn similar_together(&self, order: Vec<usize>) -> Vec<usize> {
        let mut is_left = vec![true; order.len()];
        let mut together = Vec::with_capacity(order.len());
        for group in order {
            if !std::mem::take(&mut is_left[group]) {
                continue;
            }
            together.push(group);
            let cosine =
                |other: usize| self.means[group].iter().zip(&self.means[other]).map(|(a, b)| a * b).sum::<f32>();
            let left = (0..is_left.len()).filter(|other| is_left[*other]);
            let mut near: Vec<(f32, usize)> = left.map(|other| (cosine(other), other)).collect();
            near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for (_, other) in near.into_iter().take(NEIGHBOURS - 1) {
                is_left[other] = false;
                together.push(other);
            }
        }
        together
    }

    /// The rows of a batch of those groups. `current` are the embeddings of all items at the start of the epoch, which the hardest
    /// of a category are found by.
    pub fn rows(&self, groups: &[usize], items: usize, current: Option<&[Vec<f32>]>, rng: &mut Rng) -> Rows<'a> {
        let mut rows = Rows {
            items: Vec::new(),
            views: Vec::new(),
            classes: Vec::new(),
            groups: Vec::new(),
            sources: Vec::new(),
            triplets: Vec::new(),
        };
        let mut anchors = Vec::new();
        for class in groups {
            let first = rows.items.len();
            self.add_group(&mut rows, *class, items, rng);
            let last = rows.items.len();
            // Each with the next of its group as the positive, in a circle.
            anchors.extend((first..last).map(|row| (row, if row + 1 < last { row + 1 } else { first })));
        }
        if let Some(categories) = &self.categories {
            for (anchor, positive) in anchors {
                let Some(negative) = self.negative(categories, rows.items[anchor], current, rng) else { continue };
                let row = rows.items.len();
                let views = self.readings(negative);
                let Some(view) = rng.choice(views) else { continue };
                self.push(&mut rows, negative, view, None);
                rows.triplets.push([anchor, positive, row]);
            }
        }
        rows
    }

    /// Items of a group, of both sources where there are such, each by one of its readings, no reading twice.
    fn add_group(&self, rows: &mut Rows<'a>, class: usize, items: usize, rng: &mut Rng) {
        let mut own = self.groups[class].clone();
        rng.shuffle(&mut own);
        // An item of the other source than the first's comes second.
        let source = |item: usize| self.corpus.items[item].source();
        if let Some(other) = own.iter().position(|item| source(*item) != source(own[0])) {
            own.swap(1, other);
        }
        let readings: Vec<(usize, &'a View)> =
            own.iter().flat_map(|item| self.readings(*item).into_iter().map(move |view| (*item, view))).collect();
        let mut taken = vec![false; readings.len()];
        for place in 0..items {
            // In turn each item; where all of an item's readings are taken, any other.
            let item = own[place % own.len()];
            let free = |wanted: Option<usize>| {
                let is_free = |i: &usize| !taken[*i] && wanted.is_none_or(|item| readings[*i].0 == item);
                (0..readings.len()).filter(is_free).collect::<Vec<usize>>()
            };
            let Some(chosen) = rng.choice(free(Some(item))).or_else(|| rng.choice(free(None))) else { break };
            taken[chosen] = true;
            self.push(rows, readings[chosen].0, readings[chosen].1, Some(class));
        }
    }

    fn readings(&self, item: usize) -> Vec<&'a View> {
        self.inputs.own[item].iter().chain(&self.inputs.changed[item]).collect()
    }

    fn push(&self, rows: &mut Rows<'a>, item: usize, view: &'a View, class: Option<usize>) {
        rows.items.push(item);
        rows.views.push(view);
        rows.classes.push(class);
        rows.groups.push(self.corpus.items[item].group);
        rows.sources.push(self.corpus.items[item].source());
    }

    /// An item of the anchor's category and of another group; of any category where its own has none.
    fn negative(
        &self,
        categories: &ByCategory,
        anchor: usize,
        current: Option<&[Vec<f32>]>,
        rng: &mut Rng,
    ) -> Option<usize> {
        let items = &self.corpus.items;
        let is_other = |item: &usize| items[*item].group != items[anchor].group;
        let own = &categories.members[categories.assigned.of_item[anchor]];
        let others: Vec<usize> = own.iter().copied().filter(is_other).collect();
        if others.is_empty() {
            let any = categories.members.iter().flatten().copied().filter(is_other);
            return rng.choice(any.collect::<Vec<_>>());
        }
        match (categories.negatives, current) {
            (Negatives::CategoryHard, Some(current)) => {
                let cosine = |item: usize| current[anchor].iter().zip(&current[item]).map(|(a, b)| a * b).sum::<f32>();
                let scored = others.into_iter().map(|item| (cosine(item), item));
                scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, item)| item)
            }
            _ => rng.choice(others),
        }
    }
}
