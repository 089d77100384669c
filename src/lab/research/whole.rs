//! The row of the whole matcher: what `twinlens eval` measures.

use serde::{Deserialize, Serialize};

use super::cache::Cache;
use super::measure::{Measured, Pairs, Shares};
use super::tasks::{Task, Tasks};
use crate::Result;
use crate::encoder::{Encoder, Identity};
use crate::engine;
use crate::merchant::evaluation::{Dataset, ModeReport, PairRow, Report, report};
use crate::merchant::models::Models;

/// The figures of a profile, by the kind of query.
#[derive(Debug, Serialize, Deserialize)]
pub struct Profile {
    pub modes: Vec<(String, Measured)>,
}

/// Evaluates a profile, or takes it from the cache.
///
/// # Errors
/// As `twinlens eval`.
pub fn profile(
    name: &str,
    folder: &std::path::Path,
    (tasks, models, cache): (&Tasks, &Models, &Cache),
    is_on: bool,
) -> Result<Option<Profile>> {
    let dataset = Dataset::read(name, folder)?;
    let device = engine::Device::Cpu { reason: None };
    let encoders: Vec<(Identity, Encoder)> =
        dataset.encoders.iter().map(|name| models.encoder(name, &device)).collect::<Result<_>>()?;
    let mut parts = vec!["whole", name];
    parts.extend(encoders.iter().map(|(identity, _)| identity.fingerprint.as_str()));
    // The data of all tasks of the profile.
    let own = tasks.tasks.iter().filter(|task| task.profile == Some(name));
    parts.extend(own.map(|task| tasks.benches[task.bench].sha256.as_str()));
    let key = Cache::key(&parts);
    if let Some(found) = cache.get(&key) {
        return Ok(Some(found));
    }
    if !is_on {
        return Ok(None);
    }
    let bytes = |kind| {
        let own = encoders.iter().filter(|(identity, _)| identity.kind == kind);
        own.map(|(identity, _)| identity.all_bytes()).sum::<u64>()
    };
    let bytes = [bytes(crate::encoder::Kind::Image), bytes(crate::encoder::Kind::Text)];
    let evaluated = report(name, &dataset, encoders)?;
    let labelled = dataset.pairs.as_ref().map(|splits| {
        let matches = splits.test.iter().filter(|pair| pair.2).count();
        [matches, splits.test.len() - matches]
    });
    let modes = evaluated.modes.iter().map(|mode| measured(&evaluated, mode, labelled, bytes)).collect();
    let found = Profile { modes };
    cache.put(&key, &found)?;
    Ok(Some(found))
}

fn measured(report: &Report, mode: &ModeReport, labelled: Option<[usize; 2]>, bytes: [u64; 2]) -> (String, Measured) {
    let own = &mode.twinlens;
    let name = own.mode.name();
    let pairs = report.pairs.iter().find(|row| row.name == own.row.name).zip(labelled).filter(|_| name == "title");
    let measured = Measured {
        queries: own.queries,
        recall_at_1: own.row.recall_at_1,
        recall_at_5: own.row.recall_at_5,
        whole: None,
        folds: None,
        pairs: pairs.map(|(row, counts)| confusion(row, counts)),
        milliseconds: None,
        bytes: match name {
            "photo" => bytes[0],
            "title" => bytes[1],
            _ => bytes[0] + bytes[1],
        },
        gain: None,
        validation_loss: None,
        categories: None,
        reference: None,
        rounding: None,
        decisions: Some(Shares { there: own.decisions.there, not_there: own.decisions.not_there }),
        note: Some("all queries, each answered by a model of the other folds; pairs by the data's own split".into()),
    };
    (name.to_string(), measured)
}

/// The confusion that precision and recall over known numbers of matches and others amount to.
fn confusion(row: &PairRow, [matches, others]: [usize; 2]) -> Pairs {
    let right = (row.test.recall * matches as f64).round();
    let wrong = if row.test.precision > 0.0 { (right / row.test.precision - right).round() } else { 0.0 };
    let (right, wrong) = (right as usize, (wrong as usize).min(others));
    let confusion = [right, wrong, matches - right.min(matches), others - wrong];
    let said = |count: usize, said: bool, is: bool| std::iter::repeat_n((f64::from(u8::from(said)), is), count);
    let answers: Vec<(f64, bool)> = said(confusion[0], true, true)
        .chain(said(confusion[1], true, false))
        .chain(said(confusion[2], false, true))
        .chain(said(confusion[3], false, false))
        .collect();
    Pairs::of(&answers, 0.5)
}

impl Profile {
    pub fn of(&self, task: &Task) -> Option<Measured> {
        self.modes.iter().find(|(mode, _)| mode == task.mode.name()).map(|(_, measured)| measured.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::evaluation::PrecisionRecall;
    use crate::merchant::evaluation::metrics::resampled;

    #[test]
    fn the_confusion_is_that_of_precision_and_recall() {
        let test = PrecisionRecall { precision: 0.75, recall: 0.6, f1: 2.0 / 3.0 };
        let row = PairRow { name: "Twinlens".into(), valid: test, test, test_f1: resampled(&[1.0], |one| one[0]) };
        let pairs = confusion(&row, [10, 90]);
        assert_eq!(pairs.confusion, [6, 2, 4, 88]);
        assert!((pairs.accuracy.value - 0.94).abs() < 1e-12);
        assert!((pairs.f1.value - test.f1).abs() < 1e-12);
    }
}
