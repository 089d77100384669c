//! What is known of the thing that is looked for.

use crate::Result;
use crate::catalogue::{Catalogue, Position, Row, Vectors};
use crate::encoder::{Encoder, Identity};
use crate::fusion::Mode;
use crate::photo::barcode::{self, Barcode};
use crate::photo::{ColourHistogram, Note, PerceptualHash, Photo};
use crate::search::PictureOf;
use crate::title::{Gtin, NormalTitle, Parsed};

/// A query as the lanes read it.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    /// One an encoder, in the manifest's order; of length 1.
    pub vectors: Vec<Option<Vec<f32>>>,
    pub hash: Option<PerceptualHash>,
    /// Whether there is too little in the photo to tell a product by.
    pub shows_little: bool,
    /// What was done to the photo that the shopper may not expect.
    pub notes: Vec<Note>,
    pub colour_histogram: Option<ColourHistogram>,
    pub title: Option<ProbeTitle>,
    /// Words of the title that no text encoder reads.
    pub unread: Vec<String>,
    /// In the shop's currency.
    pub price: Option<f64>,
    pub gtin: Option<Gtin>,
    /// Whether the GTIN is that of a bar code in the photo.
    pub gtin_of_photo: bool,
    /// Pictures of the catalogue that the probe is compared with neither by lanes nor in retrieval on this thread: the one that it
    /// was made of, where it is to find others of its listing, and those that were taken with it.
    pub left_out: Vec<PictureOf>,
}

/// A title and what was read out of it.
#[derive(Debug, Clone)]
pub struct ProbeTitle {
    pub normal: NormalTitle,
    pub parsed: Parsed,
}

impl ProbeTitle {
    /// Reads a title.
    pub fn of(normal: NormalTitle) -> Self {
        ProbeTitle { parsed: Parsed::of(normal.as_str()), normal }
    }
}

impl Probe {
    /// Which predictor scores its candidates.
    pub fn mode(&self) -> Mode {
        match (self.hash.is_some(), self.title.is_some()) {
            (true, true) => Mode::Both,
            (true, false) => Mode::Photo,
            (false, _) => Mode::Title,
        }
    }

    /// Of a photo: its hash, its colours and a vector from each image encoder. Errors are those of the encoders.
    pub async fn of_photo(catalogue: &Catalogue, encoders: &mut [Encoder], photo: &Photo) -> Result<Self> {
        let mut probe = Probe::hashed(photo)?;
        probe.embed_photo(catalogue, encoders, photo).await?;
        Ok(probe)
    }

    /// Of a photo without its vectors.
    pub fn hashed(photo: &Photo) -> Result<Self> {
        let (hash, colour_histogram) = (Some(PerceptualHash::of(photo)?), Some(ColourHistogram::of(photo)?));
        Ok(Probe { hash, colour_histogram, shows_little: photo.shows_little(), ..Probe::default() })
    }

    /// Takes the GTIN of the bar code in a photo, and notes it; where there are several, none, which is noted as well. A number
    /// that shops give themselves is one only where `is_sold` finds it in this shop.
    pub(super) fn read_gtin(&mut self, photo: &Photo, is_sold: impl Fn(Gtin) -> bool) {
        let mut gtins: Vec<Gtin> = Vec::new();
        for gtin in barcode::read(photo).iter().filter_map(Barcode::gtin) {
            if !gtins.contains(&gtin) && (!gtin.is_restricted() || is_sold(gtin)) {
                gtins.push(gtin);
            }
        }
        let message = match gtins.as_slice() {
            [] => return,
            [gtin] => {
                (self.gtin, self.gtin_of_photo) = (Some(*gtin), true);
                format!("of a bar code: its GTIN {gtin} was read and decides")
            }
            several => {
                let several: Vec<String> = several.iter().map(Gtin::to_string).collect();
                format!("of several bar codes: of the GTINs {} none decides", several.join(" and "))
            }
        };
        let code = if self.gtin.is_some() { "barcode-read" } else { "several-barcodes" };
        self.notes.push(Note { code, message });
    }

    /// Adds the vectors of a photo.
    pub async fn embed_photo(&mut self, catalogue: &Catalogue, encoders: &mut [Encoder], photo: &Photo) -> Result<()> {
        self.embed_photo_by(catalogue, encoders.iter_mut().enumerate(), photo).await
    }

    /// The same by some of the catalogue's encoders, with their indices.
    pub(super) async fn embed_photo_by(
        &mut self,
        catalogue: &Catalogue,
        encoders: impl Iterator<Item = (usize, &mut Encoder)>,
        photo: &Photo,
    ) -> Result<()> {
        self.vectors.resize(catalogue.manifest.encoders.len(), None);
        for (i, encoder) in encoders {
            if let Encoder::Image(encoder) = encoder {
                self.vectors[i] = Some(catalogue.vector(i, &encoder.embed_views(photo).await?));
            }
        }
        Ok(())
    }

    /// Of a title: what it states and a vector from each text encoder. Errors are those of the encoders.
    pub async fn of_title(catalogue: &Catalogue, encoders: &mut [Encoder], title: NormalTitle) -> Result<Self> {
        let mut probe = Probe::default();
        probe.embed_title(catalogue, encoders, title).await?;
        Ok(probe)
    }

    /// Adds a title with the vectors of those encoders that read all its words: two titles that differ in words which an
    /// encoder does not know would have the same vector. A preliminary encoder is left to those who lack the others.
    pub async fn embed_title(
        &mut self,
        catalogue: &Catalogue,
        encoders: &mut [Encoder],
        title: NormalTitle,
    ) -> Result<()> {
        let manifest = &catalogue.manifest;
        let encoders = encoders.iter_mut().enumerate().filter(|(i, _)| !manifest.stands_in(&manifest.encoders[*i]));
        self.embed_title_by(catalogue, encoders, title).await
    }

    /// The same by some of the catalogue's encoders, with their indices.
    pub(super) async fn embed_title_by(
        &mut self,
        catalogue: &Catalogue,
        encoders: impl Iterator<Item = (usize, &mut Encoder)>,
        title: NormalTitle,
    ) -> Result<()> {
        self.vectors.resize(catalogue.manifest.encoders.len(), None);
        let mut unread: Option<Vec<String>> = None;
        for (i, encoder) in encoders {
            let Encoder::Text(encoder) = encoder else { continue };
            let words = encoder.unread(&title)?;
            if words.is_empty() {
                self.vectors[i] = Some(catalogue.vector(i, &[encoder.embed(&title).await?]));
            }
            if !catalogue.manifest.encoders[i].compares_titles() {
                continue;
            }
            match &mut unread {
                Some(unread) => unread.retain(|word| words.contains(word)),
                None => unread = Some(words),
            }
        }
        self.unread = unread.unwrap_or_default();
        self.title = Some(ProbeTitle::of(title));
        Ok(())
    }

    /// Of a listing: what the catalogue holds of it, but for vectors of a preliminary encoder beside others.
    pub fn of_listing(catalogue: &Catalogue, position: Position) -> Self {
        let listing = catalogue.listing(position);
        let Row { vectors, hash, colour_histogram, .. } = catalogue.shards[position.shard].row(position.listing);
        let title = NormalTitle::of_listing(&listing.title);
        let title = (!title.is_empty()).then(|| ProbeTitle::of(title));
        let floats = |(codes, scale): (Vec<i8>, f32)| codes.iter().map(|c| f32::from(*c) * scale).collect();
        let manifest = &catalogue.manifest;
        let encoders = &manifest.encoders;
        let vector = |(vector, encoder): (Option<(Vec<i8>, f32)>, &Identity)| {
            // Words that are compared with pictures are those of a query.
            vector.filter(|_| !manifest.stands_in(encoder) && encoder.pictures.is_none()).map(floats)
        };
        Probe {
            vectors: vectors.into_iter().zip(encoders).map(vector).collect(),
            hash,
            colour_histogram,
            price: listing.price,
            gtin: listing.gtins.iter().find_map(|gtin| Gtin::parse(gtin)).or_else(|| title.as_ref()?.parsed.gtin),
            title,
            ..Probe::default()
        }
    }

    /// Of a further picture of a listing, by its row in the gallery of its shard: it is not compared with itself.
    pub fn of_picture(catalogue: &Catalogue, position: Position, row: usize) -> Self {
        let gallery = &catalogue.shards[position.shard].gallery;
        let floats = |(codes, scale): (&[i8], f32)| codes.iter().map(|c| f32::from(*c) * scale).collect();
        let vector = |(vectors, encoder): (&Vectors, &Identity)| {
            vectors.row(row).filter(|_| encoder.pictures.is_none()).map(floats)
        };
        Probe {
            vectors: gallery.vectors.iter().zip(&catalogue.manifest.encoders).map(vector).collect(),
            hash: Some(gallery.hashes[row]),
            colour_histogram: Some(gallery.colour_histograms[row]),
            left_out: vec![(position, row - gallery.of(position.listing).start + 1)],
            ..Probe::default()
        }
    }

    /// Of one thing of which the photo and the title are known apart: `photo` with the title of `title` and all else that
    /// only that has.
    pub fn merged(photo: &Probe, title: &Probe) -> Self {
        let either = photo.vectors.iter().zip(&title.vectors).map(|(a, b)| a.clone().or_else(|| b.clone()));
        let Probe { hash, colour_histogram, shows_little, .. } = *photo;
        let left_out = photo.left_out.clone();
        Probe { vectors: either.collect(), hash, colour_histogram, shows_little, left_out, ..title.clone() }
    }
}
