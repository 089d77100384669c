//! Segmentation of a plain background, as product photos of shops have.

use super::Photo;

/// Largest difference in any channel of a background pixel from the border's colour.
const TOLERANCE: i32 = 24;

/// The mask of a plain background, `[height, width]`: the pixels that are near the border's median colour and connected to the
/// border through such pixels (flood fill, 4-connectivity). `None` where at most half of the border is near that colour.
pub fn mask(photo: &Photo) -> Option<Vec<bool>> {
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
    let mut mask = vec![false; width * height];
    while let Some(i) = open.pop() {
        if mask[i] || !near(i) {
            continue;
        }
        mask[i] = true;
        let (x, y) = (i % width, i / width);
        open.extend((x > 0).then(|| i - 1));
        open.extend((x + 1 < width).then(|| i + 1));
        open.extend((y > 0).then(|| i - width));
        open.extend((y + 1 < height).then(|| i + width));
    }
    Some(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_connected_to_a_border_of_one_colour() {
        let inside = |i: usize| (20..44).contains(&(i % 64)) && (20..44).contains(&(i / 64));
        // White inside the square is not connected to the border.
        let hole = |i: usize| (30..34).contains(&(i % 64)) && (30..34).contains(&(i / 64));
        let rgb = (0..64 * 64).flat_map(|i| if inside(i) && !hole(i) { [200, 30, 30] } else { [255; 3] }).collect();
        let found = mask(&Photo { width: 64, height: 64, rgb }).unwrap();
        assert_eq!(found.iter().filter(|p| !**p).count(), 24 * 24);
    }

    #[test]
    fn a_border_of_many_colours_has_no_background() {
        let rgb = (0..192).map(|i| (i * 53 % 256) as u8).collect();
        assert!(mask(&Photo { width: 8, height: 8, rgb }).is_none());
    }
}
