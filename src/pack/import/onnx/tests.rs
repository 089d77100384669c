//! Small graphs, written with the messages that files have.

use prost::Message;

use super::schema::{self, Attribute, Dimension, Node, Shape, TensorType, Type, ValueInfo, element};
use super::*;
use crate::kernels::Activation;

/// A model whose nodes are made by [`Model::node`].
#[derive(Default)]
struct Model {
    graph: schema::Graph,
}

impl Model {
    /// Of pixels `[1, 3, side, side]` called `x`.
    fn image(side: i64) -> Self {
        let mut model = Model::default();
        model.graph.input.push(info("x", element::FLOAT, &[1, 3, side, side]));
        model
    }

    fn node(mut self, operator: &str, inputs: &[&str], output: &str) -> Self {
        self.graph.node.push(Node {
            op_type: operator.into(),
            name: format!("/{output}"),
            input: inputs.iter().map(|s| s.to_string()).collect(),
            output: vec![output.into()],
            ..Node::default()
        });
        self
    }

    /// An attribute of the last node.
    fn ints(mut self, name: &str, ints: &[i64]) -> Self {
        let attribute = Attribute { name: name.into(), ints: ints.to_vec(), ..Attribute::default() };
        self.graph.node.last_mut().unwrap().attribute.push(attribute);
        self
    }

    fn floats(mut self, name: &str, dims: &[i64], values: Vec<f32>) -> Self {
        let (name, dims) = (name.into(), dims.to_vec());
        let tensor = schema::Tensor { name, dims, data_type: element::FLOAT, float_data: values, ..Default::default() };
        self.graph.initializer.push(tensor);
        self
    }

    /// A number as a constant of that name.
    fn number(self, name: &str, value: f32) -> Self {
        self.floats(name, &[], vec![value])
    }

    fn bytes(mut self, output: &str) -> Vec<u8> {
        self.graph.output.push(info(output, element::FLOAT, &[]));
        schema::Model { graph: Some(self.graph), ..Default::default() }.encode_to_vec()
    }

    fn read(self, output: &str) -> Result<FloatEncoder> {
        read(self.bytes(output), "test.onnx", options())
    }

    fn error(self, output: &str) -> String {
        self.read(output).map(|_| ()).unwrap_err().to_string()
    }

    /// A 1×1 convolution to four channels called `y`.
    fn stem(self) -> Self {
        let weights = (0..12).map(|i| i as f32 / 8.0 - 0.7).collect();
        self.floats("w", &[4, 3, 1, 1], weights).node("Conv", &["x", "w"], "y")
    }
}

fn info(name: &str, elem_type: i32, dims: &[i64]) -> ValueInfo {
    let dim = dims.iter().map(|n| Dimension { dim_value: Some(*n) }).collect();
    let tensor_type = Some(TensorType { elem_type, shape: Some(Shape { dim }) });
    ValueInfo { name: name.into(), r#type: Some(Type { tensor_type }) }
}

fn options() -> Options {
    Options {
        name: "test".into(),
        output: None,
        pooling: None,
        size: None,
        normalisation: Normalisation::HALF,
        max_tokens: None,
        tokenizer: None,
        prefix: String::new(),
        source: Source { package: "none".into(), file: "none".into(), sha256: String::new() },
        licence: "CC0-1.0".into(),
    }
}

/// The names of a graph's operations.
fn operations(encoder: &FloatEncoder) -> Vec<String> {
    let name = |node| serde_json::to_value(node).unwrap()["op"].as_str().unwrap().to_string();
    encoder.graph.iter().map(name).collect()
}

fn first_activation(encoder: &FloatEncoder) -> Activation {
    let fields = serde_json::to_value(&encoder.graph[0]).unwrap();
    serde_json::from_value(fields["activation"].clone()).unwrap()
}

#[test]
fn activations_are_known_however_they_are_written() {
    let relu6 = Model::image(4).stem().number("0", 0.0).number("6", 6.0).node("Clip", &["y", "0", "6"], "z");
    assert_eq!(first_activation(&relu6.read("z").unwrap()), Activation::Relu6);

    let silu = Model::image(4).stem().node("Sigmoid", &["y"], "s").node("Mul", &["s", "y"], "z");
    assert_eq!(first_activation(&silu.read("z").unwrap()), Activation::Silu);

    let erf = Model::image(4).stem().number("half", 0.5).number("one", 1.0).number("root", std::f32::consts::SQRT_2);
    let erf = erf.node("Div", &["y", "root"], "a").node("Erf", &["a"], "b").node("Add", &["b", "one"], "c");
    let gelu = erf.node("Mul", &["y", "half"], "d").node("Mul", &["d", "c"], "z");
    assert_eq!(first_activation(&gelu.read("z").unwrap()), Activation::Gelu);
}

#[test]
fn a_decomposed_layer_norm_over_channels_is_one_operation_with_its_gain_and_bias() {
    let model = Model::image(2).stem().node("Transpose", &["y"], "t").ints("perm", &[0, 2, 3, 1]);
    let model = model.node("ReduceMean", &["t"], "m").ints("axes", &[-1]).node("Sub", &["t", "m"], "c");
    let model =
        model.number("two", 2.0).node("Pow", &["c", "two"], "s").node("ReduceMean", &["s"], "v").ints("axes", &[-1]);
    let model = model.number("e", 1e-5).node("Add", &["v", "e"], "ve").node("Sqrt", &["ve"], "d");
    let model =
        model.node("Div", &["c", "d"], "n").floats("g", &[4], vec![1.0, 2.0, 3.0, 4.0]).node("Mul", &["n", "g"], "z");
    let encoder = Model::node(model, "ReduceMean", &["z"], "p").ints("axes", &[1, 2]).read("p").unwrap();
    assert_eq!(operations(&encoder), ["linear", "layer_norm", "mean_pool", "l2_normalize"]);
    let Some(Weights::Vectors(vectors)) = encoder.weights.get("layer_norm0") else { panic!() };
    assert_eq!(vectors[0], ("gain", vec![1.0, 2.0, 3.0, 4.0]));
}

#[test]
fn colours_that_the_graph_normalises_are_left_to_the_preprocessing() {
    let model =
        Model::image(4).floats("m", &[3, 1, 1], vec![0.0, 0.5, 0.25]).node("Sub", &["x", "m"], "c").number("s", 0.5);
    let model =
        model.node("Div", &["c", "s"], "n").floats("w", &[4, 3, 3, 3], vec![1.0; 108]).node("Conv", &["n", "w"], "y");
    let encoder = model.read("y").unwrap();
    let Preprocessing::Image { mean, deviation, .. } = encoder.preprocessing else { panic!() };
    // ((x − 0.5) / 0.5 − m) / 0.5 is (x − (0.5 + m / 2)) / 0.25.
    assert_eq!((mean, deviation), ([0.5, 0.75, 0.625], [0.25; 3]));
    assert_eq!(encoder.graph.len(), 3);
}

#[test]
fn all_that_is_missing_is_listed_at_once() {
    let model = Model::image(4).stem().node("LeakyRelu", &["y"], "a").node("Add", &["a", "y"], "b");
    let model = model.node("LeakyRelu", &["b"], "c").node("Celu", &["c"], "d").node("Relu", &["d"], "z");
    let error = model.error("z");
    assert!(error.contains("LeakyRelu × 2") && error.contains("/a, /c") && error.contains("Celu × 1"), "{error}");
    assert!(!error.contains("Relu × 1 ") && error.contains("3 nodes"), "{error}");
}

#[test]
fn names_that_nothing_makes_and_cycles_are_errors_that_name_them() {
    let dangling = Model::image(4).node("Relu", &["nowhere"], "z").error("z");
    assert!(dangling.contains("\"nowhere\""), "{dangling}");
    let cycle = Model::image(4).node("Add", &["x", "b"], "a").node("Relu", &["a"], "b").error("b");
    assert!(cycle.contains("before it is made"), "{cycle}");
    let twice = Model::image(4).node("Relu", &["x"], "a").node("Relu", &["a"], "a").error("a");
    assert!(twice.contains("two nodes"), "{twice}");
}

#[test]
fn files_that_are_no_models_are_errors() {
    let not_onnx = |bytes: &[u8]| read(bytes.to_vec(), "x.onnx", options()).map(|_| ()).unwrap_err().to_string();
    assert!(not_onnx(b"").contains("without a graph"));
    assert!(not_onnx(b"PK\x03\x04 a zip").contains("ONNX"));
    let whole = Model::image(4).stem().bytes("y");
    for length in 0..whole.len() {
        assert!(read(whole[..length].to_vec(), "x.onnx", options()).is_err(), "{length} bytes");
    }
}

#[test]
fn weights_in_another_file_are_refused_with_what_to_do() {
    let mut model = Model::image(4).stem();
    let entry = schema::Entry { key: "location".into(), value: "model.onnx_data".into() };
    model.graph.initializer[0].external_data.push(entry);
    model.graph.initializer[0].data_location = 1;
    let error = model.error("y");
    assert!(error.contains("model.onnx_data") && error.contains("save_as_external_data=False"), "{error}");
}

#[test]
fn absurd_shapes_are_errors() {
    let of_shape =
        |dims: &[i64]| Model::image(4).floats("w", dims, vec![1.0; 12]).node("Conv", &["x", "w"], "y").error("y");
    for dims in [[-4, 3, 1, 1], [1 << 40, 1 << 40, 3, 1], [0, 3, 1, 1], [4, 3, 1, 2]] {
        assert!(!of_shape(&dims).is_empty());
    }
    let huge = Model::image(1 << 40).stem().error("y");
    assert!(huge.contains("size"), "{huge}");
}

#[test]
fn odd_channels_are_padded_and_do_not_change_the_embedding() {
    let weights = |n: usize| (0..n).map(|i| ((i * 7 % 11) as f32 - 5.0) / 6.0).collect::<Vec<_>>();
    let model =
        Model::image(4).floats("a", &[5, 3, 3, 3], weights(135)).node("Conv", &["x", "a"], "y").ints("pads", &[1; 4]);
    let model =
        model.node("Sigmoid", &["y"], "s").floats("b", &[4, 5, 1, 1], weights(20)).node("Conv", &["s", "b"], "z");
    let encoder = model.read("z").unwrap();
    let Some(Weights::Filters { values, channels: 3, bias, .. }) = encoder.weights.get("conv0") else { panic!() };
    assert_eq!((values.len(), bias.len()), (8 * 27, 8));
    let Some(Weights::Matrix { values, width: 8, .. }) = encoder.weights.get("linear0") else { panic!() };
    assert_eq!(&values[5..8], [0.0; 3]);
}
