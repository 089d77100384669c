"""Seeded weights of a PyTorch model and its export with `torch.onnx.export`."""

import onnx
import torch

from record import HERE, feed, seeded


def load(model, gain):
    """Seeds every tensor of the state dictionary, a tied tensor under the first of its keys."""
    seen = set()
    for key, tensor in model.state_dict().items():
        if tensor.data_ptr() in seen or key.endswith(("position_ids", "token_type_ids", "num_batches_tracked")):
            continue
        seen.add(tensor.data_ptr())
        with torch.no_grad():
            if tensor.dim() == 0:
                tensor.fill_(float(seeded.symmetric(key, 1)[0]))
            else:
                tensor.copy_(torch.from_numpy(seeded.tensor(key, tensor.shape, gain)))
    return model.eval()


def runner(model, output=None):
    """What the model makes of named arrays: given in order, or by name where one output is taken."""

    def run(arrays):
        tensors = {n: torch.from_numpy(a) for n, a in arrays.items()}
        with torch.no_grad():
            return (getattr(model(**tensors), output) if output else model(*tensors.values())).numpy()

    return run


def strip(path):
    """Removes the source locations that the dynamo exporter writes beside every node; they are most of a small file."""
    proto = onnx.load(str(path))
    graph = proto.graph
    for item in [*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]:
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    onnx.save(proto, str(path))


def export(name, model, inputs, outputs, dynamic, opset, dynamo=False, **options):
    """Writes NAME.onnx. `dynamic`: axes with a name, by input or output."""
    path = HERE / f"{name}.onnx"
    arrays = tuple(torch.from_numpy(a) for a in feed(inputs[0]).values())
    names = list(inputs[0])
    if dynamo:
        # An example batch of one would fix the batch.
        arrays = tuple(torch.cat([a, a]) for a in arrays)
        shapes = tuple({axis: torch.export.Dim.DYNAMIC for axis in dynamic[n]} for n in names)
        torch.onnx.export(
            model, arrays, path, input_names=names, output_names=outputs, opset_version=opset, dynamo=True,
            dynamic_shapes=shapes, external_data=False, verbose=False, **options,
        )  # fmt: skip
        strip(path)
    else:
        # The argument came with torch 2.5.
        later = {"dynamo": False} if "dynamo" in torch.onnx.export.__code__.co_varnames else {}
        torch.onnx.export(
            model, arrays, str(path), input_names=names, output_names=outputs, opset_version=opset,
            dynamic_axes=dynamic, **later, **options,
        )  # fmt: skip
