//! A sort that is compiled once: each instance of the standard library's adds some 10 kB to what the browser downloads, and
//! most lists on the shopper's side are short.

use std::cmp::Ordering;

/// The items in that order, equal ones as they stood.
pub(crate) fn sorted_by<T>(items: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut indices: Vec<usize> = (0..items.len()).collect();
    sort(&mut indices, &|a, b| order(&items[a], &items[b]));
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    indices.into_iter().filter_map(|index| items[index].take()).collect()
}

/// By a function pointer, so that there is one instance for all types.
#[inline(never)]
fn sort(indices: &mut [usize], order: &dyn Fn(usize, usize) -> Ordering) {
    indices.sort_by(|a, b| order(*a, *b));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_items_stay_in_their_order() {
        let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        assert_eq!(sorted_by(items, |a, b| a.0.cmp(&b.0)), [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        assert!(sorted_by(Vec::<u8>::new(), u8::cmp).is_empty());
    }
}
