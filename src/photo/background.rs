//! The plain background that shops put behind their products.

use super::Photo;

/// How far a pixel may be from the border's colour, in its farthest channel.
const TOLERANCE: i32 = 24;

/// For each pixel whether it belongs to a plain background: near the colour of the border and joined to it. `None` where less
/// than half of the border has one colour. `[height, width]`.
pub fn plain(photo: &Photo) -> Option<Vec<bool>> {
    let (width, height) = (photo.width as usize, photo.height as usize);
    let border: Vec<usize> = (0..width)
        .flat_map(|x| [x, (height - 1) * width + x])
        .chain((0..height).flat_map(|y| [y * width, y * width + width - 1]))
        .collect();
    let colour: [i32; 3] = std::array::from_fn(|c| {
        let mut values: Vec<u8> = border.iter().map(|i| photo.rgb[i * 3 + c]).collect();
        values.sort_unstable();
        values[values.len() / 2].into()
    });
    let near = |i: usize| (0..3).all(|c| (i32::from(photo.rgb[i * 3 + c]) - colour[c]).abs() <= TOLERANCE);
    let mut open: Vec<usize> = border.iter().copied().filter(|i| near(*i)).collect();
    if open.len() * 2 <= border.len() {
        return None;
    }
    let mut plain = vec![false; width * height];
    while let Some(i) = open.pop() {
        if plain[i] || !near(i) {
            continue;
        }
        plain[i] = true;
        let (x, y) = (i % width, i / width);
        open.extend((x > 0).then(|| i - 1));
        open.extend((x + 1 < width).then(|| i + 1));
        open.extend((y > 0).then(|| i - width));
        open.extend((y + 1 < height).then(|| i + width));
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_what_is_joined_to_a_border_of_one_colour() {
        let inside = |i: usize| (20..44).contains(&(i % 64)) && (20..44).contains(&(i / 64));
        // White inside the square is no background.
        let hole = |i: usize| (30..34).contains(&(i % 64)) && (30..34).contains(&(i / 64));
        let rgb = (0..64 * 64).flat_map(|i| if inside(i) && !hole(i) { [200, 30, 30] } else { [255; 3] }).collect();
        let found = plain(&Photo { width: 64, height: 64, rgb }).unwrap();
        assert_eq!(found.iter().filter(|p| !**p).count(), 24 * 24);
    }

    #[test]
    fn a_busy_border_has_none() {
        let rgb = (0..192).map(|i| (i * 53 % 256) as u8).collect();
        assert!(plain(&Photo { width: 8, height: 8, rgb }).is_none());
    }
}
