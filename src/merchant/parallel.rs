//! Work over many rows that needs encoders: on all cores, or one row after the other.

use rayon::prelude::*;

use crate::encoder::Encoder;
use crate::{Error, Result};

/// What `one` makes of each item, in the items' order. Encoders on the CPU are forked for every thread; those on a GPU share
/// its one queue, where threads would only wait for each other, and take the items in sequence.
pub fn map<I: Sync, T: Send>(
    encoders: &mut [Encoder],
    items: &[I],
    one: impl Fn(&mut [Encoder], &I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let forks = || encoders.iter().map(Encoder::fork).collect::<Option<Vec<Encoder>>>();
    if forks().is_none() {
        return items.iter().map(|item| one(encoders, item)).collect();
    }
    let none = || Error::argument("encoder", "one that can be forked again", "none");
    let forked = |forks: &mut Option<Vec<Encoder>>, item| one(forks.as_mut().ok_or_else(none)?, item);
    items.par_iter().map_init(forks, forked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(
            map(&mut [], &items, |_, item| Ok(*item * 2)).unwrap(),
            items.iter().map(|i| i * 2).collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_error_of_one_item_is_the_result() {
        let odd = |_: &mut [Encoder], item: &usize| match item {
            7 => Err(Error::argument("item", "any but 7", "7")),
            other => Ok(*other),
        };
        assert!(map(&mut [], &(0..100).collect::<Vec<_>>(), odd).unwrap_err().to_string().contains("any but 7"));
    }
}
