//! The token table of a text encoder's pack, read row by row.

use safetensors::{Dtype, SafeTensors};

/// The token table's tensors begin with this; one row a piece.
pub(crate) const TOKEN_TABLE: &str = "table.";

/// A token table in int4 blocks of 32 with an f16 scale, as `PackWriter::int4` writes it.
pub(crate) struct TokenTable<'a> {
    codes: &'a [u8],
    scales: &'a [u8],
    /// Length of a row.
    width: usize,
}

impl<'a> TokenTable<'a> {
    /// `None` for a table of another kind or of another number of rows.
    pub fn read(tensors: &'a SafeTensors<'a>, pieces: usize) -> Option<Self> {
        let tensor = |name: &str| tensors.tensor(&format!("{TOKEN_TABLE}{name}")).ok();
        let (codes, scales) = (tensor("q4")?, tensor("scale")?);
        let [rows, half] = codes.shape() else { return None };
        let width = half * 2;
        let is_int4 = codes.dtype() == Dtype::U8 && scales.dtype() == Dtype::F16;
        (is_int4 && *rows == pieces && width.is_multiple_of(32) && scales.shape() == [pieces, width / 32])
            .then(|| TokenTable { codes: codes.data(), scales: scales.data(), width })
    }

    /// The row of a piece.
    pub fn row(&self, id: usize) -> Vec<f64> {
        let (codes, scales) = (self.width / 2, self.width / 16);
        let blocks = self.codes[id * codes..(id + 1) * codes].chunks(16);
        let scales = self.scales[id * scales..(id + 1) * scales].chunks(2);
        let block = |(codes, scale): (&[u8], &[u8])| {
            let scale = half::f16::from_le_bytes([scale[0], scale[1]]).to_f64();
            let low = codes.iter().map(|code| code & 15);
            let values = low.chain(codes.iter().map(|code| code >> 4));
            values.map(|code| (f64::from(code) - 8.0) * scale).collect::<Vec<f64>>()
        };
        blocks.zip(scales).flat_map(block).collect()
    }
}
