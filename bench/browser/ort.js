// Runs heart.onnx on four windows a dozen times; ?on=wasm or ?on=webgpu. The times are in window.result.
const provider = new URLSearchParams(location.search).get("on");
const build = provider === "webgpu" ? "ort.webgpu.bundle.min.mjs" : "ort.wasm.bundle.min.mjs";
const [BATCH, SAMPLES, WARM_UP, RUNS] = [4, 2500, 2, 10];

try {
  const ort = await import(`./ort/${build}`);
  // A page without cross-origin isolation has one thread; ours has one, too.
  ort.env.wasm.numThreads = 1;
  const started = performance.now();
  const session = await ort.InferenceSession.create("heart.onnx", { executionProviders: [provider] });
  const sound = Float32Array.from({ length: BATCH * SAMPLES }, (_, i) => 0.05 * Math.sin(0.37 * i + 1e-4 * i * i));
  const times = [];
  let first_ms;
  for (let run = 0; run < WARM_UP + RUNS; run += 1) {
    const start = performance.now();
    const { probabilities } = await session.run({ windows: new ort.Tensor("float32", sound, [BATCH, SAMPLES]) });
    await probabilities.getData();
    const end = performance.now();
    first_ms ??= end - started;
    if (run >= WARM_UP) times.push(end - start);
  }
  window.result = { first_ms, times };
} catch (error) {
  window.result = { error: String(error) };
}
