//! What a picture's numbers mean: embedded profiles are converted to sRGB, as browsers show them.

use super::icc::{Curve, Profile, curve_of};
use super::picture::Picture;

/// The exponent of PNG's usual gAMA chunk, which stands for sRGB.
const USUAL_GAMMA: f32 = 1.0 / 2.2;
/// Values of each channel at which a profile is compared with sRGB.
const PROBES: [u8; 6] = [0, 51, 102, 153, 204, 255];
/// By how much a value may differ in files of one profile: their matrices are rounded, and dark values spread it.
const ROUNDING: u8 = 3;
/// From XYZ under D50 to linear sRGB, by rows, and back, by columns (Lindbloom, "RGB/XYZ Matrices", adapted by Bradford's method).
const FROM_XYZ: [[f32; 3]; 3] =
    [[3.133_856, -1.616_867, -0.490_615], [-0.978_768, 1.916_142, 0.033_454], [0.071_945, -0.228_991, 1.405_243]];
const SRGB: [[f32; 3]; 3] =
    [[0.436_08, 0.222_5, 0.013_93], [0.385_07, 0.716_88, 0.097_1], [0.143_08, 0.060_62, 0.714_1]];
/// The columns of Display P3 and of BT.2020, as SRGB's.
const DISPLAY_P3: [[f32; 3]; 3] =
    [[0.515_12, 0.241_2, -0.001_05], [0.291_98, 0.692_25, 0.041_89], [0.157_1, 0.066_57, 0.784_07]];
const BT_2020: [[f32; 3]; 3] =
    [[0.673_48, 0.279_05, -0.001_93], [0.165_66, 0.675_34, 0.029_98], [0.125_1, 0.045_61, 0.796_85]];

/// The profile of a PNG's gAMA chunk, its value being the exponent with which light was encoded; `None` where it is the usual one.
pub(super) fn gamma(encoded: f32) -> Option<Profile> {
    if !(0.1..=10.0).contains(&encoded) || (encoded - USUAL_GAMMA).abs() < 0.02 {
        return None;
    }
    Some(of_formula(|x| x.powf(1.0 / encoded), SRGB))
}

/// The profile of code points for video (ITU-T H.273), as a PNG's cICP chunk has them; `None` for those of which no photo is made.
pub(super) fn video(primaries: u8, transfer: u8) -> Option<Profile> {
    let to_xyz = match primaries {
        1 => SRGB,
        9 => BT_2020,
        12 => DISPLAY_P3,
        _ => return None,
    };
    match transfer {
        4 => Some(of_formula(|x| x.powf(2.2), to_xyz)),
        8 => Some(of_formula(|x| x, to_xyz)),
        13 => Some(of_formula(linear_of_srgb, to_xyz)),
        _ => None,
    }
}

fn of_formula(formula: impl Fn(f32) -> f32, to_xyz: [[f32; 3]; 3]) -> Profile {
    let curve = Box::new(curve_of(formula));
    Profile::Rgb { curves: [curve.clone(), curve.clone(), curve], to_xyz }
}

/// sRGB's curve to linear light (IEC 61966-2-1).
fn linear_of_srgb(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The picture in sRGB, 8 bits a channel; as it is where the profile is that of another kind of picture, or as good as sRGB.
pub(super) fn to_srgb(picture: Picture, profile: &Profile) -> Picture {
    match profile {
        Profile::Rgb { curves, to_xyz } => {
            let shaper = Shaper::of(curves, to_xyz);
            if shaper.is_srgb() { picture } else { shaper.shown(picture.with_colour()) }
        }
        Profile::Grey { curve } if !picture.has_colour() => grey(picture, curve),
        Profile::Grey { .. } => picture,
    }
}

/// From the numbers of a matrix profile to sRGB: curves to linear light, a matrix through XYZ, sRGB's own curve.
struct Shaper<'a> {
    curves: &'a [Box<Curve>; 3],
    /// From linear light to that of sRGB, by rows.
    matrix: [[f32; 3]; 3],
    /// Values of sRGB by linear light.
    encoded: Vec<u8>,
}

/// Steps of linear light: dark values of sRGB are at least one apart.
const STEPS: usize = 1 << 14;

impl<'a> Shaper<'a> {
    fn of(curves: &'a [Box<Curve>; 3], to_xyz: &[[f32; 3]; 3]) -> Self {
        let row = |row: [f32; 3]| to_xyz.map(|column| row.iter().zip(column).map(|(a, b)| a * b).sum());
        Shaper { curves, matrix: FROM_XYZ.map(row), encoded: encoded() }
    }

    fn convert(&self, pixel: [u8; 3]) -> [u8; 3] {
        let [red, green, blue] = [0, 1, 2].map(|channel| light(self.curves, channel, pixel));
        self.matrix.map(|[r, g, b]| value(&self.encoded, r * red + g * green + b * blue))
    }

    /// Whether no colour is more than rounding from what it is in sRGB: most profiles are sRGB's own, in one of its many files.
    fn is_srgb(&self) -> bool {
        let pairs = || PROBES.iter().flat_map(|one| PROBES.iter().map(move |other| (*one, *other)));
        let probes = pairs().flat_map(|(r, g)| PROBES.iter().map(move |b| [r, g, *b]));
        let is_near =
            |pixel: [u8; 3]| pixel.iter().zip(self.convert(pixel)).all(|(one, other)| one.abs_diff(other) <= ROUNDING);
        probes.into_iter().all(is_near)
    }

    fn shown(&self, mut picture: Picture) -> Picture {
        let shown = |pixel: &mut [u8]| {
            if let Some(rgb) = pixel.first_chunk_mut::<3>() {
                *rgb = self.convert(*rgb);
            }
        };
        picture.values.chunks_exact_mut(picture.channels).for_each(shown);
        picture
    }
}

fn light(curves: &[Box<Curve>; 3], channel: usize, pixel: [u8; 3]) -> f32 {
    let value = pixel.get(channel).copied().unwrap_or_default();
    curves.get(channel).and_then(|curve| curve.get(usize::from(value))).copied().unwrap_or_default()
}

/// The value of sRGB for linear light.
fn value(encoded: &[u8], light: f32) -> u8 {
    let step = (light.clamp(0.0, 1.0) * (STEPS - 1) as f32).round() as usize;
    encoded.get(step).copied().unwrap_or(u8::MAX)
}

/// sRGB's curve (IEC 61966-2-1) from linear light, a value a step.
fn encoded() -> Vec<u8> {
    let value = |step: usize| {
        let light = step as f32 / (STEPS - 1) as f32;
        let value = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (value * 255.0).round() as u8
    };
    (0..STEPS).map(value).collect()
}

fn grey(mut picture: Picture, curve: &Curve) -> Picture {
    let encoded = encoded();
    let table: Vec<u8> = curve.iter().map(|light| value(&encoded, *light)).collect();
    for level in picture.values.iter_mut().step_by(picture.channels) {
        *level = table.get(usize::from(*level)).copied().unwrap_or(*level);
    }
    picture
}

/// RGB of CMYK pixels, each value the share of ink: `(1 − ink) (1 − black)`. The tables of printers' profiles are not applied.
pub(super) fn cmyk_to_rgb(ink: &[u8]) -> Vec<u8> {
    let rgb = |[cyan, magenta, yellow, black]: [u8; 4]| {
        let light = |ink: u8| (u32::from(255 - ink) * u32::from(255 - black) + 127) / 255;
        [cyan, magenta, yellow].map(|ink| light(ink) as u8)
    };
    ink.as_chunks().0.iter().flat_map(|pixel| rgb(*pixel)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use moxcms::ColorProfile;

    fn read(profile: &ColorProfile) -> Profile {
        Profile::parse(&profile.encode().unwrap()).unwrap()
    }

    fn one(rgb: [u8; 3], profile: &Profile) -> [u8; 3] {
        let picture = Picture::new(1, 1, 3, rgb.to_vec()).unwrap();
        to_srgb(picture, profile).values.try_into().unwrap()
    }

    #[test]
    fn display_p3_is_more_saturated_in_srgb_and_grey_stays_grey() {
        let p3 = read(&ColorProfile::new_display_p3());
        let [red, green, blue] = one([200, 100, 80], &p3);
        assert!(red > 205 && green < 100 && blue < 80, "{red} {green} {blue}");
        let grey = one([120, 120, 120], &p3);
        assert!(grey.iter().all(|value| value.abs_diff(120) <= 1), "{grey:?}");
    }

    #[test]
    fn a_profile_that_is_srgb_changes_nothing() {
        let values: Vec<u8> = (0..=255).flat_map(|place| [place % 16 * 16, place / 16 * 16, 77]).collect();
        let srgb = read(&ColorProfile::new_srgb());
        let picture = Picture::new(16, 16, 3, values.clone()).unwrap();
        assert_eq!(to_srgb(picture, &srgb).values, values);
    }

    #[test]
    fn linear_light_is_brighter_in_srgb_and_the_usual_exponent_is_srgb() {
        assert_eq!(one([55, 55, 55], &gamma(1.0).unwrap()).map(|value| value.abs_diff(128) <= 2), [true; 3]);
        assert!(gamma(0.45455).is_none() && gamma(0.0).is_none() && gamma(f32::NAN).is_none());
    }

    #[test]
    fn a_grey_profile_is_for_grey_pictures_alone() {
        let grey = read(&ColorProfile::new_gray_with_gamma(1.0));
        let picture = Picture::new(1, 1, 2, vec![55, 9]).unwrap();
        let shown = to_srgb(picture, &grey).values;
        assert!(shown[0].abs_diff(128) <= 2 && shown[1] == 9, "{shown:?}");
        assert_eq!(one([9, 80, 70], &grey), [9, 80, 70]);
    }

    #[test]
    fn ink_takes_light_away() {
        assert_eq!(cmyk_to_rgb(&[0, 255, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0]), [255, 0, 0, 0, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn the_code_points_of_video_are_those_of_the_profiles() {
        let of_file = one([200, 100, 80], &read(&ColorProfile::new_display_p3()));
        let of_codes = one([200, 100, 80], &video(12, 13).unwrap());
        assert!(of_file.iter().zip(of_codes).all(|(a, b)| a.abs_diff(b) <= 1), "{of_file:?} and {of_codes:?}");
        assert_eq!(one([200, 100, 80], &video(1, 13).unwrap()), [200, 100, 80]);
        assert!(video(12, 16).is_none() && video(22, 13).is_none());
    }
}
