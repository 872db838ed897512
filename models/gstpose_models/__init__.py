# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fetches pose networks, checks them, and converts them to what the plugin loads.

Modules, from the inside out:

errors        what can go wrong, each kind with its exit code
files         checksums, locks, writes that are never half done
catalogue     the networks known, read from models/catalogue.json
progress      one line on the terminal about a download
transfer      one HTTP request into a part file
download      one file from several mirrors: resume, retry, verify
npm           the npm client, and reading a package's members safely
packed_assets one file out of the packed assets of a web application
zip_member    one member of a zip archive, read safely
graph         an ONNX graph under construction (python3-onnx)
openvino_ir   OpenVINO IR to ONNX (python3-numpy)
tfjs_model    nodes and weights of a TensorFlow.js graph model (python3-numpy)
tfjs_graph    TensorFlow.js graph model to ONNX (python3-numpy)
flatbuffer    tables of a FlatBuffers file, read safely (python3-numpy)
tflite_model  tensors and operators of a TensorFlow Lite file; tflite_sparse its sparse weights
tflite_graph  TensorFlow Lite file to ONNX; tflite_operators what each operator becomes
install       from a name to an installed network with its card
cli           the command line
"""
