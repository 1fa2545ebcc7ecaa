/**
 * Imported before onnxruntime: version 1.30 collects events about the machine and the models, and holds an address to send them to. It
 * reads this when its library is loaded.
 */
process.env.ORT_DISABLE_TELEMETRY = "1";
