use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// `output[i] = table[tokens[i]] + positions[i]`, straight from the quantised tables; without positions the table's rows alone.
    pub struct Node {
        pub input: String,
        pub table: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub positions: Option<String> = None,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let table = tensors.matrix(&self.table)?;
        let positions = self.positions.as_ref().map(|name| tensors.matrix(name)).transpose()?;
        let width = table.width;
        tensors.multiple("width of the token table", width, 32)?;
        if !input.per_token {
            return Err(tensors.error("tokens to embed".into(), format!("{input:?}")));
        }
        if let Some(positions) = &positions
            && (positions.width != width || positions.rows < input.rows() || positions.is_int4)
        {
            let expected = format!("int8 positions of at least {} × {width}", input.rows());
            return Err(tensors.error(expected, format!("{} × {}", positions.rows, positions.width)));
        }
        let params = Params {
            rows: input.rows(),
            width,
            vocabulary: table.rows,
            table_is_int4: table.is_int4.into(),
            table: table.codes,
            table_scale: table.scale,
            has_positions: positions.is_some().into(),
            positions: positions.as_ref().map_or(0, |positions| positions.codes),
            position_scale: positions.as_ref().map_or(0, |positions| positions.scale),
        };
        Ok((params.into(), Shape { channels: width, ..input }))
    }
}
