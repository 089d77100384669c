//! From a model on Burn to a float encoder, whose graph our kernels run.

use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear, PaddingConfig2d};
use burn::prelude::*;

use super::models::ConvNorm;
use crate::kernels::{Activation, Window};
use crate::pack::import::float::{Convolution, FloatEncoder, GraphBuilder};
use crate::pack::{Preprocessing, Source};
use crate::{Error, Result};

/// What a pack states beside its graph.
#[derive(Debug, Clone)]
pub struct Statement {
    pub name: String,
    pub preprocessing: Preprocessing,
    pub source: Source,
    pub licence: String,
}

impl Statement {
    /// The encoder of a graph.
    pub fn encoder(self, builder: GraphBuilder, dimension: u32) -> FloatEncoder {
        let Statement { name, preprocessing, source, licence } = self;
        let GraphBuilder { graph, weights } = builder;
        FloatEncoder { name, dimension, preprocessing, graph, weights, source, licence }
    }
}

/// A model over pixels.
pub trait ImageModel {
    /// `[batch, 3, height, width]` to the pooled features, `[batch, channels]`.
    fn embed(&self, pixels: Tensor<4>) -> Tensor<2>;

    /// Adds the model's layers for square photos of that side, and returns the number of pooled features.
    ///
    /// # Errors
    /// [`Error::Pack`] where a layer has no counterpart among our operations.
    fn export(&self, builder: &mut GraphBuilder, side: u32) -> Result<usize>;
}

/// The values of a tensor, row-major.
///
/// # Errors
/// [`Error::Pack`] where the device does not give them.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let failed = |e: String| Error::pack("a tensor of f32 that the device gives", e, "the model");
    let data = tensor.try_into_data().map_err(|e| failed(format!("{e:?}")))?;
    data.convert::<f32>().try_into_vec().map_err(|e| failed(format!("{e:?}")))
}

/// Factor and summand of each channel that a batch norm amounts to outside training.
pub fn folded(norm: &BatchNorm) -> Result<(Vec<f32>, Vec<f32>)> {
    let (gain, bias) = (values(norm.gamma.val())?, values(norm.beta.val())?);
    let (mean, variance) = (values(norm.running_mean.value())?, values(norm.running_var.value())?);
    let factor =
        gain.iter().zip(&variance).map(|(g, v)| (f64::from(*g) / (f64::from(*v) + norm.epsilon).sqrt()) as f32);
    let factor: Vec<f32> = factor.collect();
    let summand = bias.iter().zip(&mean).zip(&factor).map(|((b, m), f)| b - m * f).collect();
    Ok((factor, summand))
}

/// A convolution, with the batch norm after it folded in, for an input of that side; the side of its output comes with it.
pub fn convolution(conv: &Conv2d, norm: Option<&BatchNorm>, side: u32) -> Result<(Convolution, u32)> {
    let shape = conv.weight.dims();
    let mut filters = values(conv.weight.val())?;
    let mut bias = match &conv.bias {
        Some(bias) => values(bias.val())?,
        None => vec![0.0; shape[0]],
    };
    if let Some(norm) = norm {
        let (factor, summand) = folded(norm)?;
        let taps = filters.len() / shape[0].max(1);
        filters.iter_mut().enumerate().for_each(|(i, value)| *value *= factor[i / taps]);
        bias.iter_mut().enumerate().for_each(|(i, value)| *value = *value * factor[i] + summand[i]);
    }
    let window = window(conv.kernel_size[0], conv.stride[0], &conv.padding, side)?;
    let output = window
        .output(side)
        .ok_or_else(|| Error::pack("a photo that the filters fit", format!("side {side}"), "the model"))?;
    Ok((Convolution { values: filters, shape, groups: conv.groups, bias, window }, output))
}

/// The window of a layer over a square input of that side.
pub fn window(size: usize, stride: usize, padding: &PaddingConfig2d, side: u32) -> Result<Window> {
    let (size, stride) = (size as u32, stride as u32);
    let padded =
        |before: usize, after: usize| Window { size, stride, pad_before: before as u32, pad_after: after as u32 };
    match *padding {
        PaddingConfig2d::Same => Ok(Window::same(size, stride, side)),
        PaddingConfig2d::Valid => Ok(padded(0, 0)),
        PaddingConfig2d::Explicit(top, left, bottom, right) if top == left && bottom == right => {
            Ok(padded(top, bottom))
        }
        PaddingConfig2d::Explicit(..) => {
            Err(Error::pack("the same padding for rows and columns", format!("{padding:?}"), "the model"))
        }
    }
}

impl ConvNorm {
    /// Adds the convolution with its batch norm folded in; returns the names of its output and the output's side.
    pub fn export(
        &self,
        builder: &mut GraphBuilder,
        (name, input): (&str, &str),
        activation: Activation,
        side: u32,
    ) -> Result<(String, u32)> {
        let (conv, side) = convolution(&self.conv, self.norm.as_ref(), side)?;
        Ok((builder.convolution(name, input, conv, activation)?, side))
    }
}

/// The weights of a linear layer as `[out, in]`, with `in`, and its bias.
pub fn matrix(linear: &Linear) -> Result<((Vec<f32>, usize), Option<Vec<f32>>)> {
    let [input, _] = linear.weight.dims();
    let bias = linear.bias.as_ref().map(|bias| values(bias.val())).transpose()?;
    Ok(((values(linear.weight.val().transpose())?, input), bias))
}
