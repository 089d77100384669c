"""search.py SETUP LISTINGS: exact search of one thread by usearch and faiss, for the conductor of `cargo xtask bench`.

A line on stdin is a peer and the number of a query, by a space; the answer is a line of JSON with the milliseconds and the
numbers of the nearest listings. `usearch.i8` gets the same int8 codes that ours has, the others what these codes stand for."""

import json
import pathlib
import sys
import time

import faiss
import numpy
import usearch.index

NEAREST = 10


class UsearchInt8:
    def __init__(self, codes, scales):
        self.codes = codes

    def prepared(self, query):
        return numpy.round(query / numpy.abs(query).max() * 127).astype(numpy.int8)

    def search(self, query):
        metric = usearch.index.MetricKind.Cos
        return usearch.index.search(self.codes, query, NEAREST, metric, exact=True, threads=1).keys


class FaissFloat:
    def __init__(self, codes, scales):
        self.index = faiss.IndexFlatIP(codes.shape[1])
        for start in range(0, len(codes), 65536):
            part = slice(start, start + 65536)
            self.index.add(codes[part] * scales[part, None])

    def prepared(self, query):
        return query[None]

    def search(self, query):
        return self.index.search(query, NEAREST)[1][0]


PEERS = {"usearch.i8": UsearchInt8, "faiss.f32": FaissFloat}


def main():
    folder = pathlib.Path(sys.argv[1]) / f"search-{sys.argv[2]}"
    queries = [numpy.array(query["vector"], numpy.float32) for query in json.loads((folder / "queries.json").read_text())]
    codes = numpy.fromfile(folder / "codes.i8", numpy.int8).reshape(-1, len(queries[0]))
    scales = numpy.fromfile(folder / "scales.f32", numpy.float32)
    faiss.omp_set_num_threads(1)
    peers = {}
    for line in sys.stdin:
        name, number = line.split()
        if name not in peers:
            peers[name] = PEERS[name](codes, scales)
        query = peers[name].prepared(queries[int(number)])
        start = time.perf_counter()
        found = peers[name].search(query)
        ms = (time.perf_counter() - start) * 1e3
        print(json.dumps({"ms": ms, "found": [int(key) for key in found]}), flush=True)


if __name__ == "__main__":
    main()
