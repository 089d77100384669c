//! The foreground of a photo, without a model: saliency by minimum barrier distance (Zhang et al. 2015, "Minimum Barrier Salient
//! Object Detection at 80 FPS"), a threshold by Otsu's method (1979), and what is done with it before an encoder.

use crate::Result;
use crate::photo::{Photo, Region, background};

/// Longest side at which saliency is computed, in pixels.
const SIDE: u32 = 128;
/// Raster scans of the minimum barrier distance; the paper's number.
const PASSES: usize = 3;
/// Shares of the picture between which a foreground is believed.
const BELIEVED: std::ops::RangeInclusive<f64> = 0.03..=0.85;
/// What a crop keeps around the foreground's bounding box, of its width and height on each side.
const MARGIN: f64 = 0.08;
/// Share of the foreground that may lie outside the bounding box on each side: single pixels do not widen it.
const OUTSIDE: f64 = 0.01;

/// What is done with a photo before an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preparation {
    /// Cropped to the bounding box of the foreground.
    Crop,
    /// Everything but the foreground made white.
    RemoveBackground,
}

impl Preparation {
    /// Part of the names under which results are kept.
    pub fn name(self) -> &'static str {
        match self {
            Preparation::Crop => "crop",
            Preparation::RemoveBackground => "remove-background",
        }
    }

    /// The photo as prepared; as it is where no foreground is found.
    ///
    /// # Errors
    /// Where the photo has no pixels.
    pub fn of(self, photo: Photo) -> Result<Photo> {
        let Some(foreground) = Foreground::of(&photo)? else { return Ok(photo) };
        match self {
            Preparation::Crop => photo.part(&foreground.region()),
            Preparation::RemoveBackground => Ok(foreground.on_white(photo)),
        }
    }
}

/// Which pixels of a scaled photo belong to the foreground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreground {
    width: usize,
    height: usize,
    /// `[height, width]`.
    mask: Vec<bool>,
}

impl Foreground {
    /// The foreground of a photo: what is not its plain background where it has one, otherwise its salient pixels. `None` where
    /// that is next to nothing or nearly everything.
    ///
    /// # Errors
    /// Where the photo has no pixels.
    pub fn of(photo: &Photo) -> Result<Option<Self>> {
        let small = photo.within(SIDE)?;
        let (width, height) = (small.width as usize, small.height as usize);
        let mask = match background::mask(&small) {
            Some(plain) => plain.into_iter().map(|is_plain| !is_plain).collect(),
            None => {
                let saliency = saliency(&small);
                let threshold = otsu(&saliency);
                saliency.into_iter().map(|value| value > threshold).collect()
            }
        };
        let found = Foreground { width, height, mask };
        Ok(BELIEVED.contains(&found.share()).then_some(found))
    }

    /// Share of the pixels, 0 to 1.
    fn share(&self) -> f64 {
        self.mask.iter().filter(|is_inside| **is_inside).count() as f64 / self.mask.len().max(1) as f64
    }

    /// The bounding box with its margin.
    pub fn region(&self) -> Region {
        let columns: Vec<usize> =
            (0..self.width).map(|x| (0..self.height).filter(|y| self.mask[y * self.width + x]).count()).collect();
        let rows: Vec<usize> =
            self.mask.chunks(self.width).map(|row| row.iter().filter(|is_inside| **is_inside).count()).collect();
        let ((x, width), (y, height)) = (extent(&columns), extent(&rows));
        Region { x, y, width, height }
    }

    /// The photo with its background white.
    fn on_white(&self, mut photo: Photo) -> Photo {
        let (width, height) = (photo.width as usize, photo.height as usize);
        for (i, pixel) in photo.rgb.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (x, y) = (i % width * self.width / width, i / width * self.height / height);
            if !self.mask[y * self.width + x] {
                *pixel = [255; 3];
            }
        }
        photo
    }
}

/// Where a histogram's counts begin and how long they last, without [`OUTSIDE`] on each side and with [`MARGIN`], in fractions of its length.
fn extent(counts: &[usize]) -> (f64, f64) {
    let most = counts.iter().sum::<usize>() as f64 * OUTSIDE;
    let skipped = |counts: &mut dyn Iterator<Item = &usize>| {
        let mut sum = 0;
        counts.take_while(|count| (sum += **count, sum as f64 <= most).1).count()
    };
    let first = skipped(&mut counts.iter());
    let last = counts.len() - skipped(&mut counts.iter().rev());
    let margin = (last - first) as f64 * MARGIN;
    let length = counts.len() as f64;
    let start = ((first as f64 - margin) / length).max(0.0);
    (start, ((last as f64 + margin) / length).min(1.0) - start)
}

/// Minimum barrier distance of each pixel to the picture's border, summed over the channels: `[height, width]`, 0 to 765.
fn saliency(photo: &Photo) -> Vec<u16> {
    let mut sum = vec![0; photo.rgb.len() / 3];
    for channel in 0..3 {
        let values: Vec<u8> = photo.rgb.iter().skip(channel).step_by(3).copied().collect();
        let distances = barrier_distance(&values, photo.width as usize, photo.height as usize);
        sum.iter_mut().zip(distances).for_each(|(sum, distance)| *sum += u16::from(distance));
    }
    sum
}

/// The smallest difference between the largest and the smallest value on a path to the border, by raster scans.
fn barrier_distance(values: &[u8], width: usize, height: usize) -> Vec<u8> {
    let is_border = |x: usize, y: usize| x == 0 || y == 0 || x + 1 == width || y + 1 == height;
    let mut distance: Vec<u8> =
        (0..values.len()).map(|i| if is_border(i % width, i / width) { 0 } else { u8::MAX }).collect();
    // The largest and the smallest value on the path that the distance is of.
    let (mut upper, mut lower) = (values.to_vec(), values.to_vec());
    let mut relax = |i: usize, from: usize| {
        let (highest, lowest) = (upper[from].max(values[i]), lower[from].min(values[i]));
        if highest - lowest < distance[i] {
            (distance[i], upper[i], lower[i]) = (highest - lowest, highest, lowest);
        }
    };
    let inner: Vec<usize> = (0..values.len()).filter(|i| !is_border(i % width, i / width)).collect();
    for pass in 0..PASSES {
        match pass % 2 {
            0 => inner.iter().for_each(|i| [i - width, i - 1].into_iter().for_each(|from| relax(*i, from))),
            _ => inner.iter().rev().for_each(|i| [i + width, i + 1].into_iter().for_each(|from| relax(*i, from))),
        }
    }
    distance
}

/// The threshold that has the largest variance between the values up to it and those above.
fn otsu(values: &[u16]) -> u16 {
    let mut counts = vec![0u32; usize::from(values.iter().max().copied().unwrap_or(0)) + 1];
    values.iter().for_each(|value| counts[usize::from(*value)] += 1);
    let total: f64 = values.len() as f64;
    let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
    let (mut below, mut sum_below) = (0.0, 0.0);
    let mut best = (0.0, 0);
    for (value, count) in counts.iter().enumerate() {
        below += f64::from(*count);
        sum_below += f64::from(*count) * value as f64;
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let difference = sum_below / below - (sum - sum_below) / above;
        let variance = below * above * difference * difference;
        if variance > best.0 {
            best = (variance, value as u16);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A red square of 20 pixels at (30, 12) before a grey gradient with noise, 80 × 60.
    fn scene() -> Photo {
        let mut random = fastrand::Rng::with_seed(1);
        let pixel = |i: usize| {
            let (x, y) = (i % 80, i / 80);
            let noise = random.u8(0..12);
            match (30..50).contains(&x) && (12..32).contains(&y) {
                true => [220 - noise, 30, 40],
                false => [60 + x as u8 + noise, 60 + x as u8, 70 + y as u8],
            }
        };
        Photo { width: 80, height: 60, rgb: (0..80 * 60).flat_map(pixel).collect() }
    }

    #[test]
    fn an_object_before_an_uneven_background_is_found() {
        let found = Foreground::of(&scene()).unwrap().unwrap();
        let inside = |x: usize, y: usize| (30..50).contains(&x) && (12..32).contains(&y);
        let right = (0..80 * 60).filter(|i| found.mask[*i] == inside(i % 80, i / 80)).count();
        assert!(right > 4700, "{right} of 4800");
        let crop = Preparation::Crop.of(scene()).unwrap();
        assert!(
            (20..=26).contains(&crop.width) && (20..=26).contains(&crop.height),
            "{} × {}",
            crop.width,
            crop.height
        );
        let removed = Preparation::RemoveBackground.of(scene()).unwrap();
        assert_eq!((removed.width, removed.height, &removed.rgb[..3]), (80, 60, &[255; 3][..]));
        let middle = (22 * 80 + 40) * 3;
        assert_eq!(removed.rgb[middle..][..3], scene().rgb[middle..][..3]);
    }

    #[test]
    fn a_photo_without_a_foreground_stays_as_it_is() {
        let plain = Photo { width: 30, height: 20, rgb: vec![90; 30 * 20 * 3] };
        for preparation in [Preparation::Crop, Preparation::RemoveBackground] {
            assert_eq!(preparation.of(plain.clone()).unwrap().rgb, plain.rgb);
        }
        let dot = Photo { width: 1, height: 1, rgb: vec![1, 2, 3] };
        assert_eq!(Preparation::Crop.of(dot.clone()).unwrap().rgb, dot.rgb);
    }

    /// By its definition: the least, over all bounds, for which a path to the border stays within them.
    fn naive(values: &[u8], width: usize, height: usize) -> Vec<u8> {
        let is_border = |i: usize| {
            let (x, y) = (i % width, i / width);
            x == 0 || y == 0 || x + 1 == width || y + 1 == height
        };
        let reached = |low: u8, high: u8| {
            let allowed = |i: usize| (low..=high).contains(&values[i]);
            let mut seen = vec![false; values.len()];
            let mut open: Vec<usize> = (0..values.len()).filter(|i| is_border(*i) && allowed(*i)).collect();
            while let Some(i) = open.pop() {
                if std::mem::replace(&mut seen[i], true) || is_border(i) && !allowed(i) {
                    continue;
                }
                let (x, y) = (i % width, i / width);
                let near = [(x > 0).then(|| i - 1), (x + 1 < width).then(|| i + 1)].into_iter().flatten();
                let near = near.chain((y > 0).then(|| i - width)).chain((y + 1 < height).then(|| i + width));
                open.extend(near.filter(|i| allowed(*i) && !seen[*i]));
            }
            seen
        };
        let mut distance = vec![u8::MAX; values.len()];
        let levels: std::collections::BTreeSet<u8> = values.iter().copied().collect();
        for low in &levels {
            for high in levels.range(low..) {
                for (i, is_reached) in reached(*low, *high).into_iter().enumerate() {
                    if is_reached {
                        distance[i] = distance[i].min(high - low);
                    }
                }
            }
        }
        distance
    }

    #[test]
    fn raster_scans_come_near_the_distance_by_its_definition_and_never_below() {
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..20 {
            let (width, height) = (random.usize(1..12), random.usize(1..12));
            let values: Vec<u8> = (0..width * height).map(|_| random.u8(0..5) * 50).collect();
            let (fast, exact) = (barrier_distance(&values, width, height), naive(&values, width, height));
            assert!(fast.iter().zip(&exact).all(|(fast, exact)| fast >= exact), "{fast:?} {exact:?}");
            let same = fast.iter().zip(&exact).filter(|(fast, exact)| fast == exact).count();
            assert!(same * 10 >= fast.len() * 7, "{same} of {}", fast.len());
        }
    }

    #[test]
    fn otsu_parts_two_heaps() {
        let values = [1, 2, 3, 2, 1, 40, 41, 42, 40];
        assert!((3..40).contains(&otsu(&values)), "{}", otsu(&values));
        assert_eq!(otsu(&[7; 5]), 0);
    }
}
