//! From the rows of a list to what is known of them.

use std::path::Path;

use crate::catalogue::Catalogue;
use crate::encoder::Encoder;
use crate::matching::probe::Probe;
use crate::merchant::build::neither;
use crate::merchant::decode::decode;
use crate::merchant::feed::Problem;
use crate::merchant::listings::Record;
use crate::merchant::parallel;
use crate::title::{Gtin, NormalTitle};
use crate::{Error, Result};

/// For each row its probe, with what it lost; errors are those of the encoders.
pub fn probes(
    records: &[Record],
    images: &Path,
    catalogue: &Catalogue,
    encoders: &mut [Encoder],
) -> Result<Vec<(Probe, Vec<Problem>)>> {
    parallel::map(encoders, records, |encoders, record| probe(record, images, catalogue, encoders))
}

fn probe(
    record: &Record,
    images: &Path,
    catalogue: &Catalogue,
    encoders: &mut [Encoder],
) -> Result<(Probe, Vec<Problem>)> {
    let mut problems = Vec::new();
    let read = record.read_image(images).and_then(|bytes| bytes.map(decode).transpose());
    let photo = read.unwrap_or_else(|e| {
        problems.push(Problem::of(record, "image", &e));
        None
    });
    let by_photo = photo.map(|photo| pollster::block_on(Probe::of_photo(catalogue, encoders, &photo))).transpose()?;
    let by_title = match record.title.as_str() {
        "" => None,
        title => match NormalTitle::of(title).and_then(|t| pollster::block_on(Probe::of_title(catalogue, encoders, t)))
        {
            Err(e @ Error::Title { .. }) => {
                problems.push(Problem::of(record, "title", &e));
                None
            }
            other => Some(other?),
        },
    };
    let mut probe = match (by_photo, by_title) {
        (Some(photo), Some(title)) => Probe::merged(&photo, &title),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => {
            problems.push(neither(record));
            Probe::default()
        }
    };
    probe.price = record.price;
    let stated = record.gtins.iter().find_map(|gtin| Gtin::parse(gtin));
    probe.gtin = stated.or_else(|| probe.title.as_ref()?.parsed.gtin);
    Ok((probe, problems))
}
