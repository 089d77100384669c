//! What the values of a recipe may be.

use std::fmt::Display;
use std::ops::RangeBounds;

use super::recipe::{Loss, Negatives, Recipe, Split, Trained};
use crate::{Error, Result};

/// The file that the values come from.
struct Checker<'a> {
    place: &'a str,
}

impl Checker<'_> {
    fn error(&self, key: &str, expected: impl Display, found: impl Display) -> Error {
        Error::recipe(format!("{key}: {expected}"), found.to_string(), self.place)
    }

    fn within<T: PartialOrd + Display>(
        &self,
        key: &str,
        value: T,
        range: impl RangeBounds<T>,
        expected: &str,
    ) -> Result<()> {
        // Not a number is in no range.
        if range.contains(&value) { Ok(()) } else { Err(self.error(key, expected, value)) }
    }

    fn share(&self, key: &str, value: f64) -> Result<()> {
        self.within(key, value, 0.0..=1.0, "a share from 0 to 1")
    }
}

impl Recipe {
    /// # Errors
    /// [`Error::Recipe`] with the key, what was expected and what came.
    pub(super) fn check(&self, place: &str) -> Result<()> {
        let checker = Checker { place };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(is_name) {
            let expected = "letters, digits, -, _ and . with no . at the start";
            return Err(checker.error("name", expected, format!("{:?}", self.name)));
        }
        self.check_data(&checker)?;
        self.check_model(&checker)?;
        self.check_loss(&checker)?;
        self.check_training(&checker)?;
        let changes = &self.augmentation;
        checker.within("augmentation.views", changes.views, ..=64, "0 to 64")?;
        if changes.single_items && changes.views == 0 {
            return Err(checker.error("augmentation.single_items", "false without augmentation.views", "true"));
        }
        let photos = &changes.photos;
        let titles = &changes.titles;
        for (key, share) in [
            ("photos.flip", photos.flip),
            ("photos.crop", photos.crop),
            ("photos.rotate", photos.rotate),
            ("photos.light", photos.light),
            ("photos.blur", photos.blur),
            ("titles.drop", titles.drop),
            ("titles.swap", titles.swap),
            ("titles.misspell", titles.misspell),
        ] {
            checker.share(&format!("augmentation.{key}"), share)?;
        }
        checker.within("categories.clusters", self.categories.clusters, 2..=4096, "2 to 4096")?;
        let Some(search) = &self.search else { return Ok(()) };
        if self.data.folds.is_some() {
            return Err(checker.error("search", "none beside data.folds", "one"));
        }
        search.check(place)
    }

    fn check_data(&self, checker: &Checker) -> Result<()> {
        let data = &self.data;
        if data.sets.is_empty() {
            return Err(checker.error("data.sets", "at least one data set", "none"));
        }
        let all: Vec<&String> = data.sets.iter().chain(&data.also_test).collect();
        if let Some((i, twice)) = all.iter().enumerate().find(|(i, set)| all[..*i].contains(set)) {
            let key = if i < data.sets.len() { "data.sets" } else { "data.also_test" };
            return Err(checker.error(key, "every data set once", format!("{twice:?} again")));
        }
        checker.within("data.test_share", data.test_share, 0.01..=0.9, "a share from 0.01 to 0.9")?;
        checker.within("data.validation_share", data.validation_share, 0.01..=0.9, "a share from 0.01 to 0.9")?;
        checker.within("data.validation_candidates", data.validation_candidates, 2.., "2 or more")?;
        if let Some(folds) = data.folds {
            checker.within("data.folds", folds, 2..=20, "2 to 20")?;
            if data.split == Split::Roles {
                return Err(checker.error("data.folds", "none where data.split is \"roles\"", folds));
            }
        }
        Ok(())
    }

    fn check_model(&self, checker: &Checker) -> Result<()> {
        let model = &self.model;
        match (&model.checkpoint, model.trained.is_adapter()) {
            (None, false) => {
                return Err(checker.error("model.checkpoint", "the float weights that are trained", "none"));
            }
            (Some(file), true) => {
                return Err(checker.error("model.checkpoint", "none beside an adapter", format!("{file:?}")));
            }
            _ => {}
        }
        checker.within("model.hidden", model.hidden, 4..=8192, "a multiple of 4 from 4 to 8192")?;
        if !model.hidden.is_multiple_of(4) {
            return Err(checker.error("model.hidden", "a multiple of 4", model.hidden));
        }
        checker.within("model.layers", model.layers, 1..=48, "1 to 48")?;
        checker.within("model.dropout", model.dropout, 0.0..=0.9, "0 to 0.9")
    }

    fn check_loss(&self, checker: &Checker) -> Result<()> {
        match self.loss {
            // Vectors of length 1 are at most 2 apart.
            Loss::Contrastive { margin } | Loss::Triplet { margin, .. } => {
                checker.within("loss.margin", margin, 0.01..=2.0, "0.01 to 2")
            }
            Loss::SupervisedContrastive { temperature, .. } => {
                checker.within("loss.temperature", temperature, 0.005..=10.0, "0.005 to 10")
            }
            Loss::Arcface { scale, margin, ramp } => {
                checker.within("loss.scale", scale, 1.0..=256.0, "1 to 256")?;
                checker.within("loss.margin", margin, 0.0..=1.5, "an angle from 0 to 1.5")?;
                checker.within("loss.ramp", ramp, ..=1000, "0 to 1000 epochs")
            }
        }
    }

    fn check_training(&self, checker: &Checker) -> Result<()> {
        let training = &self.training;
        checker.within("training.epochs", training.epochs, 1..=10_000, "1 to 10000")?;
        checker.within("training.groups", training.groups, 2..=4096, "2 to 4096")?;
        checker.within("training.items", training.items, 2..=16, "2 to 16")?;
        checker.within("training.learning_rate", training.learning_rate, 1e-8..=1.0, "1e-8 to 1")?;
        checker.share("training.warmup", training.warmup)?;
        for (key, value) in [("weight_decay", training.weight_decay), ("l1", training.l1), ("l2", training.l2)] {
            checker.within(&format!("training.{key}"), value, 0.0..=10.0, "0 to 10")?;
        }
        checker.within("training.preserve", training.preserve, 0.0..=100.0, "0 to 100")?;
        checker.share("training.interpolation", training.interpolation)?;
        checker.within("training.clip", training.clip, 1e-4..=1e4, "1e-4 to 1e4")?;
        checker.within("training.patience", training.patience, 1.., "1 or more")
    }

    /// Whether a category of each item is needed.
    pub(super) fn needs_categories(&self) -> bool {
        let of_category = |negatives| matches!(negatives, Negatives::CategoryRandom | Negatives::CategoryHard);
        matches!(self.loss, Loss::Triplet { negatives, .. } if of_category(negatives))
    }

    /// The number of a BERT's blocks that are trained.
    ///
    /// # Errors
    /// [`Error::Recipe`] where it has fewer.
    pub(super) fn trained_blocks(&self, blocks: usize) -> Result<usize> {
        match self.model.trained {
            Trained::LastLayers if self.model.layers > blocks => {
                let expected = format!("model.layers: at most {blocks}, which the encoder has");
                Err(Error::recipe(expected, self.model.layers.to_string(), self.name.clone()))
            }
            Trained::LastLayers => Ok(self.model.layers),
            _ => Ok(blocks),
        }
    }
}
