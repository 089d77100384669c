//! The generated products of the look-alike profile (`data/lookalike.tsv`).

/// Titles that differ in one value, each product of a title and a value.
#[derive(Default)]
pub(super) struct Family {
    name: &'static str,
    /// With `{}` where the value goes.
    pub titles: Vec<&'static str>,
    /// A value that the shop has, one that it has in none of the family's titles, and the first one written otherwise.
    pub values: Vec<[&'static str; 3]>,
}

const TEXT: &str = include_str!("data/lookalike.tsv");

/// All families in the file's order.
pub(super) fn families() -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for line in lines() {
        let mut columns = line.split('\t');
        let (Some(name), entry) = (columns.next(), columns.collect::<Vec<&str>>()) else { continue };
        if families.last().is_none_or(|family| family.name != name) {
            families.push(Family { name, ..Family::default() });
        }
        let Some(family) = families.last_mut() else { continue };
        match entry[..] {
            [title] => family.titles.push(title),
            [has, other, spelling] => family.values.push([has, other, spelling]),
            _ => {}
        }
    }
    families
}

fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_is_a_title_or_three_values_of_a_family_that_stands_together() {
        let families = families();
        let entries: usize = families.iter().map(|family| family.titles.len() + family.values.len()).sum();
        assert_eq!(entries, lines().count());
        let names: BTreeSet<&str> = families.iter().map(|family| family.name).collect();
        assert_eq!(names.len(), families.len());
        for family in families {
            assert!(!family.titles.is_empty() && !family.values.is_empty(), "{}", family.name);
            assert!(family.titles.iter().all(|title| title.matches("{}").count() == 1), "{}", family.name);
        }
    }

    #[test]
    fn no_title_and_no_value_stands_twice_and_the_other_value_is_in_no_title() {
        for Family { name, titles, values } in families() {
            let each: BTreeSet<&str> = titles.iter().copied().collect();
            assert_eq!(each.len(), titles.len(), "{name}");
            let has: BTreeSet<&str> = values.iter().map(|[has, ..]| *has).collect();
            assert_eq!(has.len(), values.len(), "{name}");
            assert!(values.iter().all(|[_, other, _]| !has.contains(other)), "{name}");
        }
    }
}
