#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints a table of what the research networks cost: load time, peak memory, forward time.

Their definitions come from the data folder's prototxt/, their weights, which cannot be had here,
are random numbers of the true shapes made by its tools/make_caffemodel.py. With --onnx, and always
with OpenCV 5, which reads no Caffe files, models/fetch converts them before; --backend says what
runs them. With --check, each
network is also started in poseestimate in every mode: its own and those that derive from it have to
work, every other be refused.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

NETWORKS = {
    "coco": ("pose_coco_pose_deploy_linevec", "coco", 57),
    "mpii, 4 stages": ("pose_mpi_pose_deploy_linevec_faster_4_stages", "mpii", 44),
    "mpii": ("pose_mpi_pose_deploy_linevec", "mpii", 44),
    "hand": ("hand_pose_deploy", "hand", 22),
    "face": ("face_pose_deploy", "face", 71),
    "body-25": ("pose_body_25_pose_deploy", "body-25", 78),
}
ROOT = pathlib.Path(__file__).resolve().parents[2]
MODES = ("coco", "mpii", "hand", "body-25", "face", "coco-17")
DERIVED = {"body-25": ("coco", "coco-17"), "coco": ("coco-17",)}  # from what a network gives


def make_weights(data: pathlib.Path, definition: pathlib.Path, folder: str) -> pathlib.Path:
    """A .caffemodel of random weights for `definition`."""
    weights = pathlib.Path(folder) / (definition.stem + ".caffemodel")
    subprocess.run(["/usr/bin/python3", data / "tools" / "make_caffemodel.py", definition, weights],
                   check=True)
    return weights


def convert(weights: pathlib.Path, definition: pathlib.Path) -> pathlib.Path:
    """The network as ONNX, beside its weights."""
    run = subprocess.run([ROOT / "models" / "fetch", "to-onnx", weights, "--config", definition],
                         stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(run.stdout.strip()).with_suffix(".onnx")


def check_modes(network: list[str], own: str) -> list[str]:
    """What is wrong with how poseestimate takes a network, named by properties, in each mode."""
    wrong = []
    for mode in MODES:
        run = subprocess.run(
            ["gst-launch-1.0", "-q", "videotestsrc", "num-buffers=1", "!",
             "video/x-raw,width=64,height=64", "!", "poseestimate", *network, f"mode={mode}",
             "width=64", "height=64", "!", "fakesink"],
            capture_output=True, text=True, timeout=600)
        refused = "match no network of the mode that was set" in run.stderr + run.stdout
        fits = mode == own or mode in DERIVED.get(own, ())
        if fits == refused or (fits and run.returncode != 0):
            wrong.append(f"{network[0]} as {mode}: exit {run.returncode}: {run.stderr.strip()}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", help="the network_cost program")
    parser.add_argument("--data", default=os.environ.get("POSE_TEST_DATA"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--onnx", action="store_true", help="as ONNX instead of Caffe files")
    parser.add_argument("--backend", default="default", help="of poseestimate")
    parser.add_argument("--check", action="store_true", help="also in every mode of the element")
    args = parser.parse_args()
    data = pathlib.Path(args.data or "")
    if not args.data or not (data / "prototxt").is_dir():
        print("skipped: no definitions")
        return 77
    onnx = args.onnx or int(os.environ.get("POSE_OPENCV", "4").split(".")[0]) >= 5
    if onnx and not all(map(importlib.util.find_spec, ("numpy", "onnx"))):
        print("skipped: python3-numpy and python3-onnx are not installed, which the conversion needs")
        return 77
    wrong = []
    print("| network | engine | output | weights | load | peak memory | forward at 368 x 368 |")
    print("|---|---|---|---|---|---|---|")
    for name, (stem, mode, channels) in NETWORKS.items():
        definition = data / "prototxt" / (stem + ".prototxt")
        with tempfile.TemporaryDirectory() as folder:
            weights, config = make_weights(data, definition, folder), str(definition)
            if onnx:
                weights, config = convert(weights, definition), ""
            size = weights.stat().st_size / 2**20
            run = subprocess.run([args.program, weights, config, "368", "368", str(args.runs), "1",
                                  args.backend],
                                 capture_output=True, text=True, check=True)
            cost = json.loads(run.stdout)
            if (cost["mode"], cost["channels"]) != (mode, channels):
                wrong.append(f"{stem} was taken for {cost['mode']}, {cost['channels']} channels")
            if args.check:
                properties = [f"model={weights}"] + [f"config={config}"] * bool(config)
                wrong += check_modes(properties, mode)
        print(f"| {name} | {cost['engine']} | [1, {cost['channels']}, 46, 46] | {size:.0f} MiB | "
              f"{cost['read_s'] + cost['load_s']:.2f} s | {cost['peak_mib']:.0f} MiB | "
              f"{cost['forward_s']:.2f} s |", flush=True)
    for line in wrong:
        print("FAILED:", line)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
