"""A few lines around onnx.helper."""

import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Graph:
    """Collects nodes and weights; every method gives the name of what it adds."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def weight(self, name, array):
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def unit(self, value, output):
        """A row of length 1, of operations that every execution provider has."""
        length = self.node("ReduceL2", [value], f"{output}.length", axes=[1], keepdims=1)
        return self.node("Div", [value, length], output)

    def save(self, path, inputs, output, dimension):
        """`inputs` are (name, element type, shape); the output is `[1, dimension]`."""
        given = [helper.make_tensor_value_info(*entry) for entry in inputs]
        taken = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, dimension])]
        graph = helper.make_graph(self.nodes, "encoder", given, taken, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, path)
