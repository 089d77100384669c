//! Matrix profiles of the International Color Consortium (ICC.1:2022, "Image technology colour management"): from a channel's
//! values to linear light, and from that to XYZ. Profiles that are tables alone, as those of printers are, are not read.
//!
//! A colour management library reads far more, and costs the browser 60 kB of download; the tests compare with one.

/// From numbers to light.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Profile {
    /// Linear light by each channel's value, and the columns that red, green and blue have in XYZ under D50.
    Rgb {
        curves: [Box<Curve>; 3],
        to_xyz: [[f32; 3]; 3],
    },
    Grey {
        curve: Box<Curve>,
    },
}

/// Linear light, 0 to 1, by a value.
pub(super) type Curve = [f32; 256];

/// Most tags of a profile that are looked at.
const MAX_TAGS: usize = 128;

impl Profile {
    /// `None` for what is no whole matrix profile of RGB or grey.
    pub(super) fn parse(file: &[u8]) -> Option<Self> {
        let tag = |name: &[u8; 4]| tag(file, name);
        let curve = |name: &[u8; 4]| curve(tag(name)?).map(Box::new);
        match file.get(16..20)? {
            b"RGB " => {
                let curves = [curve(b"rTRC")?, curve(b"gTRC")?, curve(b"bTRC")?];
                let columns = [xyz(tag(b"rXYZ")?)?, xyz(tag(b"gXYZ")?)?, xyz(tag(b"bXYZ")?)?];
                Some(Profile::Rgb { curves, to_xyz: columns })
            }
            b"GRAY" => Some(Profile::Grey { curve: curve(b"kTRC")? }),
            _ => None,
        }
    }
}

/// A curve by a formula.
pub(super) fn curve_of(formula: impl Fn(f32) -> f32) -> Curve {
    std::array::from_fn(|value| formula(value as f32 / 255.0).clamp(0.0, 1.0))
}

/// A tag's bytes.
fn tag<'a>(file: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    let count = (u32_at(file, 128)? as usize).min(MAX_TAGS);
    let at = (0..count).map(|i| 132 + 12 * i).find(|at| file.get(*at..at + 4) == Some(name))?;
    let (from, length) = (u32_at(file, at + 4)? as usize, u32_at(file, at + 8)? as usize);
    file.get(from..from.checked_add(length)?)
}

fn xyz(tag: &[u8]) -> Option<[f32; 3]> {
    (tag.get(..4)? == b"XYZ ").then_some(())?;
    Some([fixed(tag, 8)?, fixed(tag, 12)?, fixed(tag, 16)?])
}

fn curve(tag: &[u8]) -> Option<Curve> {
    match tag.get(..4)? {
        b"curv" => {
            let count = u32_at(tag, 8)? as usize;
            let entry = |i: usize| u16_at(tag, 12 + 2 * i).map(f32::from);
            match count {
                0 => Some(curve_of(|x| x)),
                1 => {
                    let gamma = entry(0)? / 256.0;
                    Some(curve_of(|x| x.powf(gamma)))
                }
                _ => {
                    let end = count.checked_mul(2)?.checked_add(12)?;
                    let table: Vec<f32> =
                        tag.get(12..end)?.as_chunks().0.iter().map(|b| f32::from(u16::from_be_bytes(*b))).collect();
                    let at = |i: usize| table.get(i.min(count - 1)).copied().unwrap_or_default() / 65535.0;
                    let between = |x: f32| {
                        let place = x * (count - 1) as f32;
                        let share = place.fract();
                        at(place as usize) * (1.0 - share) + at(place as usize + 1) * share
                    };
                    Some(curve_of(between))
                }
            }
        }
        b"para" => {
            let number = |i: usize| fixed(tag, 12 + 4 * i);
            let g = number(0)?;
            let power = |x: f32| x.max(0.0).powf(g);
            // Functions 0 to 4 of table 68.
            match u16_at(tag, 8)? {
                0 => Some(curve_of(power)),
                kind @ (1 | 2) => {
                    let (a, b, c) = (number(1)?, number(2)?, if kind == 2 { number(3)? } else { 0.0 });
                    Some(curve_of(|x| if a * x + b >= 0.0 { power(a * x + b) + c } else { c }))
                }
                kind @ (3 | 4) => {
                    let (a, b, c, d) = (number(1)?, number(2)?, number(3)?, number(4)?);
                    let (e, f) = if kind == 4 { (number(5)?, number(6)?) } else { (0.0, 0.0) };
                    Some(curve_of(|x| if x >= d { power(a * x + b) + e } else { c * x + f }))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A number with 16 bits behind the point.
fn fixed(bytes: &[u8], at: usize) -> Option<f32> {
    Some(u32_at(bytes, at)?.cast_signed() as f32 / 65536.0)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use moxcms::ColorProfile;

    #[test]
    fn profiles_are_read_as_by_a_colour_management_library() {
        for profile in [
            ColorProfile::new_srgb(),
            ColorProfile::new_display_p3(),
            ColorProfile::new_adobe_rgb(),
            ColorProfile::new_bt2020(),
            ColorProfile::new_pro_photo_rgb(),
        ] {
            let Some(Profile::Rgb { curves, to_xyz }) = Profile::parse(&profile.encode().unwrap()) else { panic!() };
            let expected = [
                profile.build_r_linearize_table::<u8, 256, 8>(false).unwrap(),
                profile.build_g_linearize_table::<u8, 256, 8>(false).unwrap(),
                profile.build_b_linearize_table::<u8, 256, 8>(false).unwrap(),
            ];
            for (found, expected) in curves.iter().flat_map(|c| c.iter()).zip(expected.iter().flat_map(|c| c.iter())) {
                assert!((found - expected).abs() < 1e-3, "{found} and {expected}");
            }
            let columns = profile.colorant_matrix().v;
            for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
                assert!((to_xyz[column][row] - columns[row][column] as f32).abs() < 1e-3);
            }
        }
        let grey = Profile::parse(&ColorProfile::new_gray_with_gamma(2.2).encode().unwrap());
        assert!(matches!(grey, Some(Profile::Grey { curve }) if (curve[128] - 0.2195).abs() < 2e-3));
    }

    #[test]
    fn cut_or_altered_profiles_break_nothing() {
        let whole = ColorProfile::new_display_p3().encode().unwrap();
        (0..whole.len()).for_each(|length| drop(Profile::parse(&whole[..length])));
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] = !altered[at];
            drop(Profile::parse(&altered));
        }
        assert_eq!(Profile::parse(&[7; 400]), None);
    }
}
