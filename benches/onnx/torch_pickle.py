"""Reads the legacy (not zipped) files of `torch.save` without torch."""

import collections
import pickle
import struct

import numpy

# Bytes of an element by the storage's class name.
DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class Storage:
    def __init__(self, dtype, count):
        self.dtype, self.count, self.values = numpy.dtype(dtype), count, None


class Tensor:
    """A view of a storage, whose values come after the pickles."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self):
        width = self.storage.dtype.itemsize
        strides = [stride * width for stride in self.strides]
        return numpy.lib.stride_tricks.as_strided(self.storage.values[self.offset :], self.shape, strides).copy()


class Unpickler(pickle.Unpickler):
    """Makes ordered dictionaries and tensors, and refuses to call anything else."""

    def __init__(self, file, storages):
        super().__init__(file)
        self.storages = storages

    def find_class(self, module, name):
        if name == "_rebuild_tensor_v2":
            return lambda storage, offset, shape, strides, *_: Tensor(storage, offset, shape, strides)
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in DTYPES:
            return name
        raise pickle.UnpicklingError(f"expected tensors, found {module}.{name}")

    def persistent_load(self, saved):
        _, kind, key, _, count, _ = saved
        return self.storages.setdefault(key, Storage(DTYPES[kind], count))


def read(path):
    """The state dictionary: name to numpy array."""
    with open(path, "rb") as file:
        storages = {}
        # Magic number, protocol version, system information.
        for _ in range(3):
            Unpickler(file, storages).load()
        tensors = Unpickler(file, storages).load()
        for key in Unpickler(file, storages).load():
            (count,) = struct.unpack("<Q", file.read(8))
            storage = storages[key]
            if count != storage.count:
                raise ValueError(f"expected {storage.count} values, found {count} in {path}")
            storage.values = numpy.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype)
    return {name: tensor.array() for name, tensor in tensors.items() if isinstance(tensor, Tensor)}
