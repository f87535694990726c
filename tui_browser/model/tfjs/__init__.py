"""Imports autoencoders of TensorFlow.js (layers-model), as Audio Intellimixer loads them; no torch, no TensorFlow."""
