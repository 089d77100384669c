//! A brightness profile → the bars and spaces along it, with sub-pixel edges.

/// Smallest change in brightness between a bar and a space, of 255.
const LEAST_CONTRAST: f32 = 4.0;
/// So many extrema on either side are near.
const NEAR: usize = 16;
/// So many bars and spaces on either side tell what is dark and what is light there.
const NEAR_LEVELS: usize = 6;

/// Bars and spaces in turn.
#[derive(Default)]
pub(super) struct Elements {
    /// Where one ends and the next begins, in samples.
    pub edges: Vec<f32>,
    /// Whether the element behind the first edge is a bar.
    pub starts_dark: bool,
    /// Samples in the profile.
    pub length: f32,
    extrema: Vec<Extremum>,
    /// Largest change near each extremum.
    contrasts: Vec<f32>,
    kept: Vec<Extremum>,
}

#[derive(Clone, Copy)]
struct Extremum {
    at: usize,
    value: f32,
}

impl Elements {
    /// Takes a profile's extrema, noise and all; bars and spaces are then [`cut`](Elements::cut) from them.
    pub fn take(&mut self, profile: &[f32]) {
        self.length = profile.len() as f32;
        self.edges.clear();
        let points = profile.iter().enumerate().map(|(at, value)| Extremum { at, value: *value });
        alternating(points, &mut self.extrema, |_| LEAST_CONTRAST);
        let change = |pair: &[Extremum]| if let [a, b] = pair { (a.value - b.value).abs() } else { 0.0 };
        let changes: Vec<f32> = self.extrema.windows(2).map(change).collect();
        let contrast = |i: usize| {
            let near = changes.iter().take(i + NEAR).skip(i.saturating_sub(NEAR));
            near.fold(0.0, |most: f32, change| most.max(*change))
        };
        self.contrasts.clear();
        self.contrasts.extend((0..self.extrema.len()).map(contrast));
    }

    /// Finds bars and spaces in the profile that was taken: changes of less than `share` of the largest one near are noise, or
    /// a scratch. Whether they are others than before.
    pub fn cut(&mut self, profile: &[f32], share: f32) -> bool {
        let before = self.kept.len();
        let contrasts = &self.contrasts;
        let threshold = |i: usize| contrasts.get(i).map_or(0.0, |contrast| contrast * share);
        alternating(self.extrema.iter().copied(), &mut self.kept, threshold);
        if self.kept.len() == before && !self.edges.is_empty() {
            return false;
        }
        self.edges.clear();
        for (i, pair) in self.kept.windows(2).enumerate() {
            let [from, to] = pair else { continue };
            let near = self.kept.iter().take(i + 2 + NEAR_LEVELS).skip(i.saturating_sub(NEAR_LEVELS));
            let levels = near.fold((f32::INFINITY, 0.0), |(low, high): (f32, f32), extremum| {
                (low.min(extremum.value), high.max(extremum.value))
            });
            self.edges.push(edge(profile, *from, *to, levels));
        }
        self.starts_dark = matches!(self.kept.as_slice(), [first, second, ..] if first.value > second.value);
        true
    }
}

/// Maxima and minima in turn, of points in order: a turn counts where the value moves back by more than the threshold there.
fn alternating(points: impl Iterator<Item = Extremum>, extrema: &mut Vec<Extremum>, threshold: impl Fn(usize) -> f32) {
    extrema.clear();
    let mut points = points.enumerate();
    let Some((_, first)) = points.next() else { return };
    let (mut low, mut high) = (first, first);
    // Whether the values rise, once that is known.
    let mut rising = None;
    for (i, point) in points {
        let threshold = threshold(i);
        if point.value > high.value {
            high = point;
        }
        if point.value < low.value {
            low = point;
        }
        if rising != Some(false) && point.value < high.value - threshold {
            extrema.push(high);
            (rising, low) = (Some(false), point);
        } else if rising != Some(true) && point.value > low.value + threshold {
            extrema.push(low);
            (rising, high) = (Some(true), point);
        }
    }
    match rising {
        Some(true) => extrema.push(high),
        Some(false) => extrema.push(low),
        None => {}
    }
}

/// Where the profile crosses the threshold between two extrema.
///
/// Blur leaves narrow elements lower than `levels`, the dark and the light value near. Half-way between the extrema such an
/// element is too wide, and half-way between the levels too narrow: the threshold is between the two.
fn edge(profile: &[f32], from: Extremum, to: Extremum, levels: (f32, f32)) -> f32 {
    let local = (from.value + to.value) / 2.0;
    let room = (from.value - to.value).abs() / 4.0;
    let threshold = ((local + (levels.0 + levels.1) / 2.0) / 2.0).clamp(local - room, local + room);
    let between = profile.get(from.at..=to.at).unwrap_or_default();
    for (i, pair) in between.windows(2).enumerate() {
        if let [a, b] = *pair
            && (a - threshold) * (b - threshold) <= 0.0
            && a != b
        {
            return (from.at + i) as f32 + (threshold - a) / (b - a);
        }
    }
    (from.at + to.at) as f32 / 2.0
}
