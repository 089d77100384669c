//! A small search for the best values of some keys of a recipe.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The `[search]` of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    #[serde(default)]
    pub order: Order,
    /// Most combinations that are tried.
    pub limit: usize,
    /// Values to try, by key with dots, such as `"training.learning_rate"`.
    pub values: BTreeMap<String, Vec<toml::Value>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// All combinations in their order, up to the limit.
    #[default]
    Grid,
    /// Some of them at random, each once.
    Random,
}

/// Most combinations that a grid may have.
const MOST_COMBINATIONS: usize = 100_000;

impl Search {
    pub(super) fn check(&self, place: &str) -> Result<()> {
        if !(1..=200).contains(&self.limit) {
            return Err(Error::recipe("search.limit: 1 to 200", self.limit.to_string(), place));
        }
        if self.values.is_empty() {
            return Err(Error::recipe("search.values: at least one key with values", "none", place));
        }
        // What the frozen encoder reads and how the data is parted is done once, before the search.
        let fixed =
            ["name", "seed", "search", "data", "model.pack", "model.trained", "model.checkpoint", "augmentation"];
        for (key, values) in &self.values {
            if fixed.iter().any(|fixed| key == fixed || key.starts_with(&format!("{fixed}."))) || key == "model.layers"
            {
                let expected = "search.values: keys of loss, training or categories, model.hidden or model.dropout";
                return Err(Error::recipe(expected, format!("{key:?}"), place));
            }
            if values.is_empty() {
                return Err(Error::recipe(format!("search.values.{key:?}: at least one value"), "none", place));
            }
        }
        if self.combinations() > MOST_COMBINATIONS {
            let expected = format!("search.values: at most {MOST_COMBINATIONS} combinations");
            return Err(Error::recipe(expected, self.combinations().to_string(), place));
        }
        Ok(())
    }

    fn combinations(&self) -> usize {
        self.values.values().fold(1, |product, values| product.saturating_mul(values.len()))
    }

    /// The recipes to try as TOML, each with what it changes of `table`.
    ///
    /// # Errors
    /// [`Error::Recipe`] where a key is below one that has no keys.
    pub fn tables(&self, table: &toml::Table, seed: u64, place: &str) -> Result<Vec<(String, toml::Table)>> {
        let mut numbers: Vec<usize> = (0..self.combinations()).collect();
        if self.order == Order::Random {
            Rng::with_seed(seed).shuffle(&mut numbers);
        }
        numbers.into_iter().take(self.limit).map(|number| self.table(table, number, place)).collect()
    }

    /// The table of a combination: its number in the mixed radix of the numbers of values, the last key fastest.
    fn table(&self, table: &toml::Table, mut number: usize, place: &str) -> Result<(String, toml::Table)> {
        let mut table = table.clone();
        table.remove("search");
        let mut changes = Vec::new();
        for (key, values) in self.values.iter().rev() {
            let value = &values[number % values.len()];
            number /= values.len();
            set(&mut table, key, value.clone(), place)?;
            changes.push(format!("{key} = {value}"));
        }
        changes.reverse();
        Ok((changes.join(", "), table))
    }
}

fn set(table: &mut toml::Table, key: &str, value: toml::Value, place: &str) -> Result<()> {
    match key.split_once('.') {
        None => {
            table.insert(key.into(), value);
            Ok(())
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            let none = || Error::recipe(format!("search.values: a table {first}"), "a value", place);
            set(inner.as_table_mut().ok_or_else(none)?, rest, value, place)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = r#"
        name = "test"
        data = { sets = ["abt-buy"] }
        model = { pack = "minilm", trained = "linear_adapter" }
        loss = { kind = "triplet", margin = 0.3, negatives = "batch_hard" }
        [search]
        limit = 4
        [search.values]
        "loss.margin" = [0.1, 0.2]
        "training.epochs" = [1, 2, 3]
    "#;

    fn search(order: Order) -> (toml::Table, Search) {
        let table: toml::Table = toml::from_str(RECIPE).unwrap();
        let search: Search = table["search"].clone().try_into().unwrap();
        (table, Search { order, ..search })
    }

    #[test]
    fn a_grid_goes_through_all_combinations_up_to_its_limit() {
        let (table, search) = search(Order::Grid);
        let tables = search.tables(&table, 1, "here").unwrap();
        let changes: Vec<&str> = tables.iter().map(|(changes, _)| changes.as_str()).collect();
        assert_eq!(changes[0], "loss.margin = 0.1, training.epochs = 1");
        assert_eq!(changes[3], "loss.margin = 0.2, training.epochs = 1");
        assert_eq!(tables.len(), 4);
        assert_eq!(tables[3].1["training"]["epochs"].as_integer(), Some(1));
        assert!(!tables[3].1.contains_key("search"));
    }

    #[test]
    fn a_random_search_tries_each_combination_at_most_once() {
        let (table, search) = search(Order::Random);
        let changes = |seed| {
            let tables = search.tables(&table, seed, "here").unwrap();
            tables.into_iter().map(|(changes, _)| changes).collect::<Vec<_>>()
        };
        let mut once = changes(3);
        assert_eq!(once, changes(3));
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 4);
    }
}
