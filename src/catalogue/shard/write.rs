//! Writing a shard.

use std::collections::HashMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{Header, METADATA_KEY, Picture, Row, Shard};
use crate::catalogue::limits::{MAX_FILE_BYTES, MAX_SHARD_LISTINGS};
use crate::catalogue::manifest::VERSION;
use crate::catalogue::{Listing, Manifest};
use crate::photo::ColourHistogram;
use crate::{Error, Result};

impl Shard {
    /// The file of a run of rows, whose vectors are those of the manifest's encoders. More than a reader would take is an
    /// error.
    pub fn write(rows: &[Row], manifest: &Manifest) -> Result<Vec<u8>> {
        let failed = |e: String| Error::shard("rows that can be written", e, "memory");
        let count = rows.len();
        if count as u64 > MAX_SHARD_LISTINGS {
            return Err(failed(format!("{count} of them, above {MAX_SHARD_LISTINGS}")));
        }
        let header = Header { version: VERSION, fingerprints: manifest.fingerprints() };
        let header = serde_json::to_string(&header).map_err(|e| failed(e.to_string()))?;
        let listings: Vec<&Listing> = rows.iter().map(|r| &r.listing).collect();
        let listings = serde_json::to_vec(&listings).map_err(|e| failed(e.to_string()))?;
        let mut buffers: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        let further: Vec<&Picture> = rows.iter().flat_map(|row| &row.further).collect();
        for (i, encoder) in manifest.encoders.iter().enumerate() {
            let dimension = manifest.dimension(i);
            let mut vectors = |place: &str, rows: Vec<Option<&(Vec<i8>, f32)>>| {
                let count = rows.len();
                let (mut codes, mut scales) = (Vec::with_capacity(count * dimension), Vec::with_capacity(count * 4));
                for row in rows {
                    let start = codes.len();
                    let scale = row.map_or(0.0, |(c, scale)| {
                        codes.extend(c.iter().map(|c| *c as u8));
                        *scale
                    });
                    codes.resize(start + dimension, 0);
                    scales.extend(scale.to_le_bytes());
                }
                let name = |part: &str| format!("{place}.{}.{part}", encoder.name);
                buffers.push((name("q8"), Dtype::I8, vec![count, dimension], codes));
                buffers.push((name("scale"), Dtype::F32, vec![count], scales));
            };
            vectors("vectors", rows.iter().map(|row| row.vectors[i].as_ref()).collect());
            if encoder.compares_pictures() {
                vectors("gallery", further.iter().map(|picture| picture.vectors[i].as_ref()).collect());
            }
        }
        let ends = rows.iter().scan(0, |end: &mut u32, row| {
            *end = end.wrapping_add(row.further.len() as u32);
            Some(end.to_le_bytes())
        });
        buffers.push(("gallery_ends".into(), Dtype::U32, vec![count], ends.flatten().collect()));
        let hashes = further.iter().flat_map(|picture| picture.hash.0.to_le_bytes()).collect();
        buffers.push(("gallery_phash".into(), Dtype::U64, vec![further.len()], hashes));
        let histograms = further.iter().flat_map(|picture| picture.colour_histogram.0).collect();
        let shape = vec![further.len(), ColourHistogram::LEN];
        buffers.push(("gallery_colour_histogram".into(), Dtype::U8, shape, histograms));
        let hashes = rows.iter().flat_map(|r| r.hash.map_or(0, |h| h.0).to_le_bytes()).collect();
        buffers.push(("phash".into(), Dtype::U64, vec![count], hashes));
        let colour_histograms =
            rows.iter().flat_map(|r| r.colour_histogram.map_or([0; ColourHistogram::LEN], |p| p.0)).collect();
        buffers.push(("colour_histogram".into(), Dtype::U8, vec![count, ColourHistogram::LEN], colour_histograms));
        let has_photo = rows.iter().map(|r| u8::from(r.hash.is_some())).collect();
        buffers.push(("has_photo".into(), Dtype::U8, vec![count], has_photo));
        let shown = further.iter().map(|picture| u8::from(picture.is_shown)).collect();
        buffers.push(("gallery_shown".into(), Dtype::U8, vec![further.len()], shown));
        buffers.push(("listings".into(), Dtype::U8, vec![listings.len()], listings));
        let views = buffers
            .iter()
            .map(|(name, dtype, shape, data)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), data)?)))
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| failed(e.to_string()))?;
        let file = safetensors::serialize(views, Some(HashMap::from([(METADATA_KEY.to_string(), header)])))
            .map_err(|e| failed(e.to_string()))?;
        if file.len() as u64 > MAX_FILE_BYTES {
            return Err(failed(format!("{} bytes of them, above {MAX_FILE_BYTES}", file.len())));
        }
        Ok(file)
    }
}
