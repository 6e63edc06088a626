"""Bytes of event files by TensorBoard's own package, for test/test_events.c: python make.py >golden.txt

Made with tensorboard 2.21.0."""
import io

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter


def show(name, event):
    out = io.BytesIO()
    RecordWriter(out).write(event.SerializeToString(deterministic=True))
    print(name, out.getvalue().hex())


def value(step, when, **fields):
    event = event_pb2.Event(wall_time=when, step=step)
    event.summary.value.add(**fields)
    return event


def histogram(values):
    edges, size = [0.0], 1e-12
    for i in range(775):
        edges = [-size] + edges + [size]
        size *= 1.1
    edges[-1] = 1.7976931348623157e308
    counts = [0] * len(edges)
    for v in values:
        counts[next(i for i, e in enumerate(edges) if v < e)] += 1
    last = max(i for i, c in enumerate(counts) if c)
    kept = []
    for edge, count in list(zip(edges, counts))[: last + 1]:
        if kept and count == 0 and kept[-1][1] == 0:
            kept.pop()
        kept.append((edge, count))
    return summary_pb2.HistogramProto(
        min=min(values), max=max(values), num=len(values), sum=sum(values), sum_squares=sum(v * v for v in values),
        bucket_limit=[e for e, _ in kept], bucket=[c for _, c in kept])


show("version", event_pb2.Event(wall_time=1.5, file_version="brain.Event:2"))
show("scalar", value(300, 2.25, tag="train/loss", simple_value=0.125))
show("large_step", value(123456789012, 1e9 + 0.5, tag="a", simple_value=-1e-30))
text = summary_pb2.SummaryMetadata(data_class=summary_pb2.DATA_CLASS_TENSOR)
text.plugin_data.plugin_name = "text"
tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=["*é*".encode()],
                                tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=[{"size": 1}]))
show("text", value(7, 3.0, tag="note", tensor=tensor, metadata=text))
show("histogram", value(5, 4.0, tag="weights/a", histo=histogram([-1.0, 0.0, 0.5, 0.5, 2.0])))
content = plugin_data_pb2.HParamsPluginData()
content.session_start_info.hparams["train.epochs"].number_value = 3
content.session_start_info.group_name = "run"
content.session_start_info.start_time_secs = 6.0
hparams = summary_pb2.SummaryMetadata()
hparams.plugin_data.plugin_name = "hparams"
hparams.plugin_data.content = content.SerializeToString(deterministic=True)
empty = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=[{"size": 0}]))
show("hparams", value(0, 6.0, tag="_hparams_/session_start_info", tensor=empty, metadata=hparams))
