//! The brightness along a scan line → bars and spaces, with sub-pixel edges.

/// Smallest change in brightness between a bar and a space, of 255.
const LEAST_CONTRAST: f32 = 4.0;
/// Extrema are near one another within a block of so many, and from it to the next.
const NEAR: usize = 16;
/// So many bars and spaces on either side tell what is dark and what is light there.
const NEAR_LEVELS: usize = 6;

/// One scan line, and the bars and spaces it was last cut into: elements in turn, each from an edge to the next.
#[derive(Default)]
pub(super) struct Line {
    /// A value a sample.
    pub profile: Vec<f32>,
    /// All extrema, those of noise, too.
    extrema: Vec<Extremum>,
    /// Largest change between two extrema in each block of them.
    contrasts: Vec<f32>,
    /// The bars and spaces: an extremum each.
    kept: Vec<Extremum>,
}

#[derive(Clone, Copy)]
struct Extremum {
    at: usize,
    value: f32,
}

impl Line {
    /// Finds the extrema of the profile; bars and spaces are then [`cut`](Line::cut) from them.
    pub fn find_extrema(&mut self) {
        let points = self.profile.iter().enumerate().map(|(at, value)| Extremum { at, value: *value });
        alternating(points, &mut self.extrema, |_| LEAST_CONTRAST);
        self.kept.clear();
        self.contrasts.clear();
        for block in self.extrema.chunks(NEAR) {
            let change = |pair: &[Extremum]| if let [a, b] = pair { (a.value - b.value).abs() } else { 0.0 };
            self.contrasts.push(block.windows(2).map(change).fold(0.0, f32::max));
        }
    }

    /// Finds bars and spaces: changes of less than `share` of the largest one near are noise, or a scratch. Whether they are
    /// others than before.
    pub fn cut(&mut self, share: f32) -> bool {
        let before = self.kept.len();
        let (blocks, extrema) = (&self.contrasts, self.extrema.iter().copied());
        let threshold = |i: usize| {
            let near = blocks.iter().take(i / NEAR + 2).skip((i / NEAR).saturating_sub(1));
            share * near.fold(0.0, |most: f32, change| most.max(*change))
        };
        alternating(extrema, &mut self.kept, threshold);
        self.kept.len() != before
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.kept.len().saturating_sub(1)
    }

    /// Whether the element behind the first edge is a bar.
    pub fn starts_dark(&self) -> bool {
        matches!(self.kept.as_slice(), [first, second, ..] if first.value > second.value)
    }

    /// Somewhere in the element behind an edge: where it is darkest or lightest.
    pub fn middle(&self, edge: usize) -> Option<f32> {
        Some(self.kept.get(edge + 1)?.at as f32)
    }

    /// Where the profile crosses the threshold between two extrema.
    ///
    /// Blur leaves narrow elements short of the dark or the light value near. Half-way between the extrema such an element is
    /// too wide, and half-way between the values near too narrow: the threshold is between the two.
    pub fn edge(&self, edge: usize) -> Option<f32> {
        let (from, to) = (self.kept.get(edge)?, self.kept.get(edge + 1)?);
        let near = self.kept.iter().take(edge + 2 + NEAR_LEVELS).skip(edge.saturating_sub(NEAR_LEVELS));
        let (low, high) = near.fold((f32::INFINITY, 0.0), |(low, high): (f32, f32), extremum| {
            (low.min(extremum.value), high.max(extremum.value))
        });
        let local = (from.value + to.value) / 2.0;
        let room = (from.value - to.value).abs() / 4.0;
        let threshold = ((local + (low + high) / 2.0) / 2.0).clamp(local - room, local + room);
        for (i, pair) in self.profile.get(from.at..=to.at)?.windows(2).enumerate() {
            if let [a, b] = *pair
                && (a - threshold) * (b - threshold) <= 0.0
                && a != b
            {
                return Some((from.at + i) as f32 + (threshold - a) / (b - a));
            }
        }
        Some((from.at + to.at) as f32 / 2.0)
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
        if point.value > high.value {
            high = point;
        }
        if point.value < low.value {
            low = point;
        }
        if rising != Some(false) && point.value < high.value - threshold(i) {
            extrema.push(high);
            (rising, low) = (Some(false), point);
        } else if rising != Some(true) && point.value > low.value + threshold(i) {
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
